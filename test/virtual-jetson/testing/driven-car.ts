import { spawnSync } from 'node:child_process';
import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { monotonicNowMs } from '../../../daemon/platform/clock.ts';
import type { Health } from '../../../daemon/protocol/telemetry.ts';
import { TestPhone } from '../../../daemon/remote/testing/phone.ts';
import { tellMeasured } from '../measured.ts';
import { cyclePower, type RegisterWrite, takeRegisterWrites } from './hardware.ts';
import { pairDevice } from './pairing.ts';
import { type PulseChange, PulseRecord } from './pulses.ts';
import { carUnit, health, remotePort, systemctl, until, untilReady } from './service.ts';
import { driveAs, type Thumb } from './thumb.ts';

/** Of car.yaml's preset. */
export const board = { address: 0x40, throttleChannel: 0, steeringChannel: 1, neutralPulseUs: 1500 } as const;

/** From the harm to the end of the last driven pulse, as docs/safety.md promises. */
export const bounds = {
  dead: 300,
  /** Silence has to be told from lateness first: 300 ms more, and the time to end the process. */
  hung: 700,
  /** A camera that hangs or is gone is known by its pictures that do not come: one period of it more. */
  blind: 400,
  /** Where both processes die, systemd has to notice and to start the neutraliser. */
  bothDead: 500,
  /** From the first transfer that a bus takes again. */
  busIsBack: 100,
  /** The button is a wire of motor control's own. */
  stopButton: 100,
  /** Until the line of OE is high, whatever the bus does. */
  busRefusesWithOe: 200,
  busIsSilentWithOe: 350,
  /** The neutraliser tries for 400 ms to show the speed controller neutral. */
  bothDeadAndBusRefuses: 1000,
} as const;

/** An emulated guest has one slow core for what a car has four for: it gets twice the time, and what it took is told. */
const isEmulated = spawnSync('systemd-detect-virt', { encoding: 'utf8' }).stdout.trim() !== 'kvm';
const boundFactor = isEmulated ? 2 : 1;

/** Holds what a harm took against what is promised of a car, and tells it. */
export function expectWithin(fault: string, drivenMs: number, boundMs: number): void {
  const askedMs = boundMs * boundFactor;
  tellMeasured({ fault, drivenMs, boundMs, askedMs });
  // What was neutral before the harm says nothing of it.
  expect(drivenMs).toBeGreaterThan(0);
  expect(drivenMs).toBeLessThanOrEqual(askedMs);
}

/** Who else wants to see every write: each is told once. */
const observers = new Set<(writes: readonly RegisterWrite[]) => void>();
const throttlePulses = new PulseRecord(board.address, board.throttleChannel);
let token: string | undefined;
let thumb: Thumb | undefined;
/** When the motor's last driven pulse ended. */
let stillSinceMs = 0;

/** For a suite: a car that runs before each test, with nobody who drives, whatever became of the test before. */
export function useInstalledCar(): void {
  beforeAll(async () => {
    systemctl('start', carUnit);
    await untilReady();
    token ??= await pairDevice('virtual Jetson');
  });
  beforeEach(async () => {
    systemctl('start', carUnit);
    await untilReady();
  });
  afterEach(() => {
    takeThumbOff();
    // Also forgets how often it was started.
    systemctl('reset-failed', carUnit);
  });
}

/** Every pulse width that the motor has had until now. */
export function throttle(): readonly PulseChange[] {
  const writes = takeRegisterWrites();
  throttlePulses.add(writes);
  for (const observe of observers) observe(writes);
  return throttlePulses.changes;
}
/** From now on `observe` is shown what `throttle` sees of the bus. The answer ends it. */
export function observeBus(observe: (writes: readonly RegisterWrite[]) => void): () => void {
  throttle();
  observers.add(observe);
  return () => observers.delete(observe);
}
export function isDriven({ pulseUs }: PulseChange): boolean {
  return pulseUs > 0 && Math.abs(pulseUs - board.neutralPulseUs) > 10;
}
const noPulse: PulseChange = { atMs: 0, pulseUs: 0 };
export const isDrivenNow = () => isDriven(throttle().at(-1) ?? noPulse);

/** The board's supply goes and comes: its outputs are off from then on, as the datasheet has it. */
export function losePower(): void {
  throttle();
  cyclePower();
  stillSinceMs = monotonicNowMs();
  throttlePulses.powerOn(stillSinceMs);
}

/** What is done to a car at speed, and within which time its wheels are neutral. */
export interface Harm {
  readonly fault: string;
  readonly boundMs: number;
  harm(): unknown;
}

/** A paired phone that watches; whoever connects it closes it. */
export function connectPhone(): Promise<TestPhone> {
  if (token === undefined) throw new Error('no car was started for this suite');
  return TestPhone.connect(remotePort, { token });
}

/** The page that drove is closed: the next to open has the wheel. */
export function takeThumbOff(): void {
  thumb?.takeOff();
  thumb = undefined;
}

/** Arms the car and drives it, by hand at half throttle. */
export async function takeTheWheel(mode: 'manual' | 'auto'): Promise<void> {
  if (token === undefined) throw new Error('no car was started for this suite');
  thumb = await driveAs(token, mode);
}

export async function driveUntilDriven(mode: 'manual' | 'auto'): Promise<void> {
  await takeTheWheel(mode);
  await until('the motor to be driven', () => (isDrivenNow() ? true : undefined));
}

/** Drives by hand unless told otherwise, does harm, and holds how long the motor was driven after it against the bound. */
export async function expectNeutralAfter(harm: Harm, mode: 'manual' | 'auto' = 'manual'): Promise<number> {
  await driveUntilDriven(mode);
  return expectNeutral(harm);
}

/**
 * The same for a car that is driven. The registers alone are asked. The thumb stays where it is: whoever goes neutral does so for
 * the harm. Answers with when the harm was done.
 */
export async function expectNeutral({ fault, boundMs, harm }: Harm): Promise<number> {
  const harmedAtMs = monotonicNowMs();
  await harm();
  await until('the pulses to end', () => (isDrivenNow() ? undefined : true));
  const changes = throttle();
  stillSinceMs = changes[changes.findLastIndex(isDriven) + 1]?.atMs ?? Number.POSITIVE_INFINITY;
  expectWithin(fault, stillSinceMs - harmedAtMs, boundMs);
  return harmedAtMs;
}

/** Nothing was driven since the pulses ended. */
export function expectStill(): void {
  expect(throttle().filter((change) => change.atMs > stillSinceMs && isDriven(change))).toEqual([]);
}

export function kill(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (pid === null || pid === undefined || pid === 0) throw new Error('the process to kill does not run');
  process.kill(pid, signal);
}

/** Daemon and motor control die as one: neither sees the other's end, nor neutralises. */
export function killBoth({ planning, actuation }: Health['pids']): void {
  kill(planning, 'SIGSTOP');
  kill(actuation, 'SIGKILL');
  kill(planning, 'SIGKILL');
}

export async function pids(): Promise<Health['pids']> {
  const now = await health();
  if (now === undefined) throw new Error('the car does not answer');
  return now.pids;
}

/** Another process than `before` that brings pictures. */
export function anotherPerception(before: number | null): Promise<Health> {
  return until('perception to come back', async () => {
    const now = await health();
    const { perception } = now?.pids ?? {};
    return perception !== null && perception !== before && (now?.framesPerSecond ?? 0) > 0 ? now : undefined;
  });
}
