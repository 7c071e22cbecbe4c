import { boardHints, temperatureLevel } from '../board/hints.ts';
import type { BoardHint, BoardReadings } from '../protocol/board.ts';
import { type Finding, ill, weak, well } from './finding.ts';

/** The computer itself: what its own sensors say, by the limits that hold while the car drives (board/hints.ts). */
export function judgeBoard(board: BoardReadings): Finding[] {
  const hints = boardHints(board);
  const first = (...codes: BoardHint['code'][]) => hints.find(({ code }) => codes.includes(code));
  const { cpuClockMhz, memoryUsedMb, memoryTotalMb } = board;
  const findings = [judgePower(board, first('undervoltage', 'low-power-mode')), judgeTemperature(board, first('hot'))];
  if (cpuClockMhz !== undefined) {
    const { current, maximum } = cpuClockMhz;
    findings.push(orHint('clocks', `${current} of ${maximum} MHz`, first('clock-capped')));
  }
  if (memoryUsedMb !== undefined && memoryTotalMb !== undefined) {
    const text = `${memoryUsedMb.toFixed(0)} of ${memoryTotalMb.toFixed(0)} MB in use`;
    findings.push(orHint('memory', text, first('memory-low')));
  }
  return findings;
}

function judgePower({ powerMode, supplyV, powerMw }: BoardReadings, hint: BoardHint | undefined): Finding {
  const parts = [
    ...(powerMode === undefined ? [] : [`power mode ${powerMode}`]),
    ...(supplyV === undefined ? [] : [`supply ${supplyV.toFixed(2)} V`]),
    ...(powerMw?.total === undefined ? [] : [`draws ${(powerMw.total / 1000).toFixed(1)} W`]),
  ];
  if (hint?.code === 'undervoltage') return ill('power', [hint.text, ...parts].join(', '), hint.cure);
  if (hint !== undefined) return weak('power', [...parts, hint.text].join(', '), hint.cure);
  if (parts.length === 0) return unmeasured('power');
  return well('power', parts.join(', '));
}

function judgeTemperature(board: BoardReadings, hint: BoardHint | undefined): Finding {
  const level = temperatureLevel(board);
  if (level === undefined) return unmeasured('temperature');
  if (hint !== undefined) return (level === 'critical' ? ill : weak)('temperature', hint.text, hint.cure);
  const [hottest] = [...(board.temperatures ?? [])].sort((one, other) => other.celsius - one.celsius);
  return well('temperature', hottest === undefined ? 'normal' : `${hottest.name} ${hottest.celsius.toFixed(0)} °C`);
}

function orHint(check: string, text: string, hint: BoardHint | undefined): Finding {
  return hint === undefined ? well(check, text) : weak(check, hint.text, hint.cure);
}

function unmeasured(check: string): Finding {
  return { check, verdict: 'needs-car', text: 'this computer does not measure it; run the doctor on the car' };
}
