import type { BatteryConfig } from '../protocol/actuator-config.ts';
import type { BatteryReading, ReadingLevel } from '../protocol/board.ts';

/** What the INA219 says at one moment. */
export interface BatterySample {
  readonly volts: number;
  readonly amps: number;
}

/** A level is reached only when every sample for this long says so; a motor's pull makes the voltage sag for less. */
export const batteryHoldMs = { warning: 3000, critical: 5000 } as const;
/** A level is left only this much above where it begins: a battery that rests recovers, and is empty all the same. */
const recoveryShare = 0.05;
/** Over this the draw is averaged for the minutes that are left. */
const drawWindowMs = 60_000;
const leastAmps = 0.05;
/** Two samples further apart than this are no stretch of time: nobody measured in between. */
const longestGapMs = 2000;

/**
 * Judges a battery by its voltage over time. Pure but for what it remembers; time is an argument. A sag of 200 ms while the
 * car speeds up changes nothing.
 */
export class BatteryWatch {
  readonly #config: BatteryConfig;
  #level: ReadingLevel = 'normal';
  #lowSinceMs: number | undefined;
  #criticalSinceMs: number | undefined;
  #atMs: number | undefined;
  #meanAmps: number | undefined;

  constructor(config: BatteryConfig) {
    this.#config = config;
  }

  observe(sample: BatterySample, nowMs: number): BatteryReading {
    const { lowShare, criticalShare, capacityMah } = this.#config;
    const gapMs = nowMs - (this.#atMs ?? nowMs);
    if (gapMs > longestGapMs) {
      this.#lowSinceMs = undefined;
      this.#criticalSinceMs = undefined;
    }
    this.#atMs = nowMs;
    const share = shareOf(sample.volts, this.#config);
    this.#lowSinceMs = share <= lowShare ? (this.#lowSinceMs ?? nowMs) : undefined;
    this.#criticalSinceMs = share <= criticalShare ? (this.#criticalSinceMs ?? nowMs) : undefined;
    this.#settle(share, nowMs);
    const weight = Math.min(1, gapMs / drawWindowMs);
    this.#meanAmps =
      this.#meanAmps === undefined ? sample.amps : this.#meanAmps + weight * (sample.amps - this.#meanAmps);
    const minutesLeft =
      capacityMah === undefined || this.#meanAmps < leastAmps
        ? undefined
        : (share * (capacityMah / 1000) * 60) / this.#meanAmps;
    return {
      volts: Math.max(0, sample.volts),
      amps: sample.amps,
      share,
      ...(minutesLeft !== undefined && { minutesLeft }),
      level: this.#level,
    };
  }

  #settle(share: number, nowMs: number): void {
    const { lowShare, criticalShare } = this.#config;
    const lasts = (sinceMs: number | undefined, holdMs: number) => sinceMs !== undefined && nowMs - sinceMs >= holdMs;
    if (lasts(this.#criticalSinceMs, batteryHoldMs.critical)) this.#level = 'critical';
    else if (this.#level === 'normal' && lasts(this.#lowSinceMs, batteryHoldMs.warning)) this.#level = 'warning';
    if (this.#level === 'critical' && share > criticalShare + recoveryShare) this.#level = 'warning';
    if (this.#level === 'warning' && share > lowShare + recoveryShare) this.#level = 'normal';
  }
}

/** By voltage, between empty and full. */
function shareOf(volts: number, { emptyV, fullV }: BatteryConfig): number {
  return Math.min(1, Math.max(0, (volts - emptyV) / (fullV - emptyV)));
}
