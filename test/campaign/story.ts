import type { Safety } from '../../daemon/car/config.ts';
import type { Track } from '../../daemon/simulator/tracks/track.ts';
import { CampaignCar } from './campaign-car.ts';

/** `whole`: what the campaign says, for as long as it says, from several moments on. `short`: once, and long drives shortened. */
export type Extent = 'short' | 'whole';

/** One line of the campaign's table. */
export interface FaultCase {
  readonly id: string;
  readonly fault: string;
  readonly expected: string;
  /** From the onset to the end of the last pulse that drives, one PWM period included; absent where that is not the question. */
  readonly boundMs?: number;
  run(extent: Extent): Promise<Measured>;
}

export interface Measured {
  /** What `boundMs` bounds. */
  readonly ms?: number;
  readonly text: string;
  /** Everything else that was expected. */
  readonly holds: boolean;
}

export type Check = (car: CampaignCar, sinceMs: number) => boolean;

interface Story {
  readonly id: string;
  readonly fault: string;
  readonly expected: string;
  readonly boundMs?: number;
  readonly mode: 'manual' | 'auto';
  readonly car?: {
    readonly safety?: Partial<Safety>;
    readonly framesPerSecond?: number;
    readonly outputEnable?: 'fitted';
    readonly track?: Track;
  };
  /** Where it is told: on the first in the short campaign, on each in the whole one. The built-in track, unless told otherwise. */
  readonly tracks?: readonly Track[];
  /** What is done to the driving car. A string it returns is something else that was measured. */
  harm(car: CampaignCar, extent: Extent): undefined | Promise<string | undefined>;
  /** How long it is watched; long enough to see what must not come back. */
  readonly watchMs: number;
  /** What else must be so at the end. */
  readonly holds: Check;
}

/** The onset falls anywhere between two pictures, two commands, two steps of the loop. */
const onsetsMs = { short: [0], whole: [0, 10, 20, 30, 40] } as const;

export function story(told: Story): FaultCase {
  const { id, fault, expected, boundMs } = told;
  return {
    id,
    fault,
    expected,
    ...(boundMs !== undefined && { boundMs }),
    async run(extent) {
      const all: Measured[] = [];
      // What has no bound does not hang on the moment.
      const onsets = boundMs === undefined ? [0] : onsetsMs[extent];
      const tracks = told.tracks?.slice(0, extent === 'short' ? 1 : undefined) ?? [undefined];
      for (const track of tracks) {
        const there = track === undefined ? told : { ...told, car: { ...told.car, track } };
        for (const onsetMs of onsets) all.push(await tell(there, onsetMs, extent));
      }
      const broken = all.find(({ holds }) => !holds);
      return broken ?? all.reduce((worst, each) => ((each.ms ?? 0) > (worst.ms ?? 0) ? each : worst));
    },
  };
}

async function tell(told: Story, onsetAfterMs: number, extent: Extent): Promise<Measured> {
  const car = new CampaignCar({ seed: 7, ...told.car });
  await car.drive(told.mode);
  await car.run(onsetAfterMs);
  car.commandAges.clear();
  car.loopPeriods.clear();
  const onsetMs = car.nowMs;
  const measured = await told.harm(car, extent);
  await car.run(told.watchMs);
  const broken = car.invariants.violations;
  const seen = [...new Set(car.codesSince(onsetMs))].join(', ');
  return {
    ...(told.boundMs !== undefined && { ms: Math.round(Math.max(0, car.drivenUntilMs - onsetMs)) }),
    text:
      broken[0] ??
      [told.car?.track?.name, car.mode, seen, measured].filter((part) => part !== undefined && part !== '').join('; '),
    holds: broken.length === 0 && told.holds(car, onsetMs),
  };
}

export const disarmed: Check = (car) => car.mode === 'disarmed' && !car.isDriven;
export const drives: Check = (car) => car.isDriven;
export const told =
  (...codes: string[]): Check =>
  (car, sinceMs) =>
    codes.every((code) => car.codesSince(sinceMs).includes(code));
export const never =
  (...codes: string[]): Check =>
  (car, sinceMs) =>
    !codes.some((code) => car.codesSince(sinceMs).includes(code));
/** Asked to arm, it refuses, and names this as a reason. */
export const refusesToArm =
  (mode: 'manual' | 'auto', reason: string): Check =>
  (car) => {
    const answer = car.request({ kind: 'arm', mode, armedBy: 'remote' });
    return !answer.accepted && answer.obstacles.some(({ code }) => code === reason);
  };
export const all =
  (...checks: Check[]): Check =>
  (car, sinceMs) =>
    checks.every((check) => check(car, sinceMs));
