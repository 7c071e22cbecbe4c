import { plural } from '../platform/plural.ts';
import type { Lap } from '../simulator/lap-judge.ts';

/** What a marshal saw, as `lap --json` prints it. */
export interface LapReport {
  readonly track: string;
  readonly pilot: string;
  readonly model: string;
  readonly lengthM: number;
  readonly laps: readonly Lap[];
  readonly completed: boolean;
  /** Of a drive that was not completed: why, and how far it came in all. */
  readonly endedBecause?: string;
  readonly drivenM?: number;
  /** Null without a whole lap. */
  readonly meanLapS: number | null;
  /** The fastest lap of the centre line that the car's tyres and motor allow. */
  readonly limitLapS: number;
  readonly ratioToLimit: number | null;
  readonly conesHit: number;
  readonly obstaclesHit: number;
  readonly wasOffTrack: boolean;
  readonly direction: 'forward' | 'reverse';
  readonly seed: number;
  readonly noise: number;
  readonly latencyMs: number;
  readonly simulatedS: number;
  readonly wallS: number;
  readonly timesRealTime: number;
}

/** For people. */
export function describeLaps(report: LapReport): string {
  const lines = [
    `${report.track}, ${report.lengthM.toFixed(1)} m, limit lap ${report.limitLapS.toFixed(2)} s`,
    'lap    time s   cones hit   off track   furthest from the centre line m',
    ...report.laps.map(
      (one, index) =>
        `${String(index + 1).padStart(3)} ${one.timeS.toFixed(2).padStart(9)} ${String(one.conesHit).padStart(11)} ` +
        `${(one.offTrack ? 'yes' : 'no').padStart(11)} ${one.maxLateralErrorM.toFixed(2).padStart(35)}`,
    ),
    outcome(report),
  ];
  return `${lines.join('\n')}\n`;
}

function outcome({ completed, meanLapS, ratioToLimit, ...report }: LapReport): string {
  if (completed && meanLapS !== null && ratioToLimit !== null) {
    const pace = `simulated at ${report.timesRealTime.toFixed(1)} times real time`;
    return `mean lap ${meanLapS.toFixed(2)} s, ${ratioToLimit.toFixed(2)} of the limit lap, ${pace}`;
  }
  const metres = ((report.drivenM ?? 0) % report.lengthM).toFixed(1);
  return `not completed: ${plural(report.laps.length, 'lap')} and ${metres} m driven. ${report.endedBecause}`;
}
