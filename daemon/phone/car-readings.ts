import { BatteryWatch } from '../board/battery.ts';
import { startBoardWatch } from '../board/board-watch.ts';
import { startTegrastats } from '../board/tegrastats-program.ts';
import { projectFolder } from '../platform/paths.ts';
import type { ActuationReport } from '../protocol/actuation-messages.ts';
import type { BatteryConfig } from '../protocol/actuator-config.ts';
import type { BatteryReading, BoardReadings } from '../protocol/board.ts';

export interface CarReadings {
  readonly board?: BoardReadings;
  /** Absent while no battery is measured. */
  readonly battery?: BatteryReading;
}

/**
 * The board's own files, about once a second, joined with the battery that the actuation process measures: it alone owns the
 * bus. On the simulated car the board is the computer that simulates it.
 */
export function startReadings(
  battery: BatteryConfig | undefined,
  onReadings: (readings: CarReadings) => void,
): { acceptActuation(report: ActuationReport): void; stop(): void } {
  const batteryWatch = battery === undefined ? undefined : new BatteryWatch(battery);
  const tegrastats = startTegrastats();
  let newest: CarReadings = {};
  const board = startBoardWatch({
    root: '/',
    disk: projectFolder(),
    tegrastats: tegrastats.newest,
    onReadings: (readings) => {
      newest = { ...newest, board: readings };
      onReadings(newest);
    },
  });
  return {
    acceptActuation(report) {
      if (report.kind !== 'status' || batteryWatch === undefined) return;
      const { battery: _old, ...others } = newest;
      newest =
        report.battery === undefined
          ? others
          : { ...others, battery: batteryWatch.observe(report.battery, report.atMs) };
      onReadings(newest);
    },
    stop() {
      board.stop();
      tegrastats.stop();
    },
  };
}
