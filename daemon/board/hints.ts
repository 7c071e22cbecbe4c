import type { BoardHint, BoardReadings, ReadingLevel } from '../protocol/board.ts';

/**
 * Where a Jetson Nano gets into trouble. Its kernel caps clocks from 97 °C (CPU, GPU) and shuts down at 102 to 103 °C; the
 * supply of 5 V must not fall under 4.75 V. The car should be told well before.
 */
const boardLimits = {
  warmC: 80,
  hotC: 90,
  /** A level is left only this far below where it begins. */
  recoveryC: 4,
  lowSupplyV: 4.75,
  /** Little is both: a small share, and not much of it. A tenth of a workstation's memory is plenty. */
  memoryShare: 0.9,
  memoryFreeMb: 500,
  diskFreeShare: 0.07,
  diskFreeMb: 2500,
  /** A processor that works hard below this share of its clock is held back. */
  clockShare: 0.8,
  busyShare: 0.7,
} as const;

/** Of the hottest sensor; undefined where there is none. `before` is the level of the readings before, for it must not flutter. */
export function temperatureLevel(readings: BoardReadings, before?: ReadingLevel): ReadingLevel | undefined {
  const hottest = hottestOf(readings);
  if (hottest === undefined) return undefined;
  const { warmC, hotC, recoveryC } = boardLimits;
  if (hottest.celsius >= hotC - (before === 'critical' ? recoveryC : 0)) return 'critical';
  const isWarm = before === 'warning' || before === 'critical';
  return hottest.celsius >= warmC - (isWarm ? recoveryC : 0) ? 'warning' : 'normal';
}

/** What a person should know of the readings, the weightiest first. */
export function boardHints(readings: BoardReadings): BoardHint[] {
  const hints: BoardHint[] = [];
  const { supplyV, cpuClockMhz, cpuLoad, cpuCores } = readings;
  if (supplyV !== undefined && supplyV < boardLimits.lowSupplyV) {
    hints.push({
      code: 'undervoltage',
      text: `The board's supply is at ${supplyV.toFixed(2)} V`,
      cure: 'Use a supply of 5 V 4 A at the barrel jack (jumper J48), or power mode 5W',
    });
  }
  const hottest = hottestOf(readings);
  if (hottest !== undefined && hottest.celsius >= boardLimits.warmC) {
    hints.push({
      code: 'hot',
      text: `${hottest.name} is at ${Math.round(hottest.celsius)} °C`,
      cure: 'Fit a fan, or give the heat sink air',
    });
  }
  if (
    cpuClockMhz !== undefined &&
    (cpuLoad ?? 0) >= boardLimits.busyShare &&
    cpuClockMhz.current < cpuClockMhz.maximum * boardLimits.clockShare
  ) {
    hints.push({
      code: 'clock-capped',
      text: `Its processors run at ${cpuClockMhz.current} of ${cpuClockMhz.maximum} MHz under load`,
      cure: 'Look for heat or a weak supply; "sudo jetson_clocks" holds the clocks up',
    });
  }
  if (cpuCores !== undefined && cpuCores.online < cpuCores.present) {
    hints.push({
      code: 'low-power-mode',
      text: `${cpuCores.online} of ${cpuCores.present} processors are switched on`,
      cure: 'With a supply for it: sudo nvpmodel -m 0',
    });
  }
  hints.push(...storageHints(readings));
  return hints;
}

function storageHints({ memoryUsedMb, memoryTotalMb, diskFreeMb, diskTotalMb }: BoardReadings): BoardHint[] {
  const hints: BoardHint[] = [];
  if (memoryUsedMb !== undefined && memoryTotalMb !== undefined) {
    const freeMb = memoryTotalMb - memoryUsedMb;
    if (memoryUsedMb > memoryTotalMb * boardLimits.memoryShare && freeMb < boardLimits.memoryFreeMb) {
      hints.push({
        code: 'memory-low',
        text: `${Math.round(memoryUsedMb)} of ${Math.round(memoryTotalMb)} MB of memory are in use`,
        cure: 'End other programs; a desktop takes 500 MB (sudo systemctl set-default multi-user)',
      });
    }
  }
  if (diskFreeMb !== undefined && diskTotalMb !== undefined) {
    if (diskFreeMb >= diskTotalMb * boardLimits.diskFreeShare || diskFreeMb >= boardLimits.diskFreeMb) return hints;
    hints.push({
      code: 'disk-low',
      text: `${Math.round(diskFreeMb)} MB of the disk are free`,
      cure: 'Make room: sudo apt clean; sudo journalctl --vacuum-size=100M',
    });
  }
  return hints;
}

function hottestOf({ temperatures = [] }: BoardReadings): { name: string; celsius: number } | undefined {
  return temperatures.reduce<{ name: string; celsius: number } | undefined>(
    (hottest, each) => (hottest === undefined || each.celsius > hottest.celsius ? each : hottest),
    undefined,
  );
}
