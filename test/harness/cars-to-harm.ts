import { afterEach, expect } from 'vitest';
import { monotonicNowMs } from '../../daemon/platform/clock.ts';
import type { Health } from '../../daemon/protocol/telemetry.ts';
import { latenessDuringTests, type MachineLateness } from './machine-lateness.ts';
import { type RunningCar, startCar } from './running-car.ts';

/** From the fault to the end of the last non-neutral pulse, one period included: nothing may take longer (docs/safety.md, "Bounds"). */
export const mostDrivenMs = 300;
export const pulsePeriodMs = 20;
const neutralPulseUs = 1500;
/** So many samples of the wheels in a row, 20 ms apart, say that the motor is driven and not just was. */
const drivenSamples = 5;
/** Cars that are tried until one is driven when the fault comes. */
const mostTries = 5;

export function isMoving({ throttlePulseUs }: { readonly throttlePulseUs: number }): boolean {
  return throttlePulseUs > 0 && Math.abs(throttlePulseUs - neutralPulseUs) > 5;
}

type Harm = (pids: Health['pids']) => void;
interface HarmOptions {
  /** The campaign's bound. */
  readonly boundMs: number;
  /** Processes that must wake up one after the other until the wheels are neutral, the bus included: each as late as this machine lets it. */
  readonly wakings: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Driven {
  readonly ms: number;
  readonly boundMs: number;
  /** By how much the bound is exceeded at most by a car that keeps it, because this machine was late. */
  readonly allowanceMs: number;
}

/** Cars for tests of what ends a drive: one at a time, and each goes with its test. */
export class CarsToHarm {
  readonly lateness: MachineLateness = latenessDuringTests();
  #car: RunningCar | undefined;

  constructor() {
    afterEach(() => this.#end());
  }

  /** The one that a test has started last. */
  get car(): RunningCar {
    if (this.#car === undefined) throw new Error('no car was started');
    return this.#car;
  }

  async start(args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<RunningCar> {
    const running = await startCar(args, environment);
    this.#car = running;
    return running;
  }

  /** Drives by itself until it is at speed and the motor pulls. */
  async driving(environment: Readonly<Record<string, string>> = {}): Promise<RunningCar> {
    const running = await this.start(['--auto'], environment);
    await running.until('the car to drive', (health) => health.mode === 'auto');
    await running.untilTrace('speed', ({ states }) => {
      const newest = states.slice(-drivenSamples);
      return (newest.at(-1)?.speedMps ?? 0) > 1 && newest.every(isMoving);
    });
    return running;
  }

  /**
   * Does harm to a car whose motor pulls, and says how long it was driven after that. A car that coasts stops under any fault: on a
   * busy machine it may do so just then, and another one is tried.
   */
  async drivenAfter(harm: Harm, options: HarmOptions): Promise<Driven> {
    let cause: unknown;
    for (let tries = 1; tries <= mostTries; tries++) {
      const running = await this.driving(options.environment).catch((error: unknown) => {
        cause = error;
      });
      const driven = running && (await this.#drivenOnce(running, harm, options));
      // One that this machine itself made late proves little: what counts is a car that keeps the bound, or one that breaks it.
      if (driven !== undefined && (!isMachinesFault(driven) || tries === mostTries)) return driven;
      await this.#end();
    }
    throw new Error(`of ${mostTries} cars none was driven when the fault came`, { cause });
  }

  /** Undefined where the motor was not driven when the harm was done. */
  async #drivenOnce(running: RunningCar, harm: Harm, { boundMs, wakings }: HarmOptions): Promise<Driven | undefined> {
    const { pids } = await running.health();
    const atMs = monotonicNowMs();
    harm(pids);
    // Longer than the limit, or a car that never stops would pass.
    await running.untilTrace(
      'the limit to pass',
      ({ states }) => (states.at(-1)?.atMs ?? 0) > atMs + Math.max(boundMs, mostDrivenMs) + 400,
    );
    const { states, writes } = running.trace();
    expect(isMoving(states.at(-1)!), 'in the end the motor is not driven').toBe(false);
    const before = states.filter((state) => state.atMs <= atMs).slice(-drivenSamples);
    if (before.length < drivenSamples || !before.every(isMoving)) return undefined;
    const lastIndex = states.findLastIndex(isMoving);
    const [movingAtMs, neutralAtMs] = [states[lastIndex]!.atMs, states[lastIndex + 1]!.atMs];
    // By the record of the bus: the write that ended it, and the pulse that was under way.
    const written = writes.findLast((write) => write.atMs > movingAtMs && write.atMs <= neutralAtMs)?.atMs;
    const endedAtMs = (written ?? neutralAtMs) + pulsePeriodMs;
    const lateMs = await this.lateness.worstMs(atMs, written ?? neutralAtMs);
    return { ms: Math.max(0, endedAtMs - atMs), boundMs, allowanceMs: wakings * lateMs };
  }

  async #end(): Promise<void> {
    await this.#car?.end();
    this.#car = undefined;
  }
}

function isMachinesFault({ ms, boundMs, allowanceMs }: Driven): boolean {
  return ms > boundMs && ms <= boundMs + allowanceMs;
}

/** The campaign's bound, and not a millisecond more than this machine was late. */
export function expectInTime({ ms, boundMs, allowanceMs }: Driven): void {
  const text = `${ms.toFixed(0)} ms of ${boundMs}, on a machine that was late by ${allowanceMs.toFixed(0)} ms`;
  expect(ms, text).toBeLessThanOrEqual(boundMs + allowanceMs);
}
