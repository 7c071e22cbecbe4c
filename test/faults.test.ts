import { afterEach, expect, test } from 'vitest';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import type { Health } from '../daemon/protocol/telemetry.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';

/** From the fault to the end of the last non-neutral pulse (the design's bound). */
const boundMs = 300;
/** Silence has to be told from lateness first: 300 ms more, and the time to end the process. */
const hungLimitMs = boundMs + 400;
const neutralPulseUs = 1500;

let car: RunningCar | undefined;
afterEach(async () => {
  await car?.end();
  car = undefined;
});

function isMoving(pulseUs: number): boolean {
  return pulseUs > 0 && Math.abs(pulseUs - neutralPulseUs) > 5;
}

/** Drives by itself until it is at speed, does harm, and says how long the motor was driven after that. */
async function drivenAfter(harm: (pids: Health['pids']) => void, limitMs = boundMs): Promise<number> {
  const running = await startCar(['--auto']);
  car = running;
  const { pids } = await running.until('the car to drive', (health) => health.mode === 'auto');
  await running.untilTrace('speed', ({ states }) => (states.at(-1)?.speedMps ?? 0) > 1.5);
  const atMs = monotonicNowMs();
  harm(pids);
  // Longer than the limit, or a car that never stops would pass.
  await running.untilTrace('the limit to pass', ({ states }) => (states.at(-1)?.atMs ?? 0) > atMs + limitMs + 400);
  const { states } = running.trace();
  expect(isMoving(states.at(-1)?.throttlePulseUs ?? 0), 'in the end the motor is not driven').toBe(false);
  expect(states.some((state) => state.atMs < atMs && isMoving(state.throttlePulseUs))).toBe(true);
  const lastMoving = states.findLast((state) => isMoving(state.throttlePulseUs));
  return (lastMoving?.atMs ?? atMs) - atMs;
}

function kill(pid: number | null): void {
  if (pid === null) throw new Error('the process to kill does not run');
  process.kill(pid, 'SIGKILL');
}

test('the daemon killed at speed: actuation notices the closed pipe', { timeout: 60_000 }, async () => {
  expect(await drivenAfter((pids) => kill(pids.planning))).toBeLessThanOrEqual(boundMs);
});

test('the daemon stopped (SIGSTOP) at speed: its last command expires', { timeout: 60_000 }, async () => {
  const drivenMs = await drivenAfter((pids) => process.kill(pids.planning, 'SIGSTOP'));
  car?.process.kill('SIGCONT');
  expect(drivenMs).toBeLessThanOrEqual(boundMs);
});

test('perception killed at speed: the pilot has nothing to go by', { timeout: 60_000 }, async () => {
  expect(await drivenAfter((pids) => kill(pids.perception))).toBeLessThanOrEqual(boundMs);
  const back = await car?.until('perception to come back', (health) => health.framesPerSecond > 0);
  expect(back?.mode, 'nothing resumes motion by itself').toBe('disarmed');
});

test('actuation killed at speed: its parent neutralises the wheels', { timeout: 60_000 }, async () => {
  expect(await drivenAfter((pids) => kill(pids.actuation))).toBeLessThanOrEqual(boundMs);
  const after = await car?.until('actuation to come back', (health) => health.pids.actuation !== null);
  expect(after?.mode, 'nothing resumes motion by itself').toBe('disarmed');
});

test('actuation hung (SIGSTOP) at speed: its parent hears nothing, ends it and neutralises', {
  timeout: 60_000,
}, async () => {
  const drivenMs = await drivenAfter((pids) => process.kill(pids.actuation ?? 0, 'SIGSTOP'), hungLimitMs);
  expect(drivenMs).toBeLessThanOrEqual(hungLimitMs);
});

test('SIGTERM while actuation hangs: the wheels are neutralised all the same', { timeout: 60_000 }, async () => {
  const drivenMs = await drivenAfter((pids) => {
    process.kill(pids.actuation ?? 0, 'SIGSTOP');
    process.kill(pids.planning, 'SIGTERM');
  }, hungLimitMs);
  expect(drivenMs).toBeLessThanOrEqual(hungLimitMs);
  await car?.exited;
});

test('perception hung (SIGSTOP) at speed: detections grow old, and it is ended and replaced', {
  timeout: 60_000,
}, async () => {
  let hung: number | null = null;
  let atMs = 0;
  const drivenMs = await drivenAfter((pids) => {
    hung = pids.perception;
    atMs = monotonicNowMs();
    process.kill(pids.perception ?? 0, 'SIGSTOP');
  });
  // 250 ms until detections are old, and the age of the newest one at the fault.
  expect(drivenMs).toBeLessThanOrEqual(boundMs + 100);
  await car?.until('the hung perception to be ended', (health) => health.pids.perception !== hung);
  expect(monotonicNowMs() - atMs).toBeLessThanOrEqual(2200);
  const back = await car?.until('perception to come back', (health) => health.framesPerSecond > 0);
  expect(back?.pids.perception).not.toBe(hung);
  expect(back?.mode, 'nothing resumes motion by itself').toBe('disarmed');
});

test('SIGTERM at speed: neutral, and an orderly end', { timeout: 60_000 }, async () => {
  expect(await drivenAfter((pids) => process.kill(pids.planning, 'SIGTERM'))).toBeLessThanOrEqual(boundMs);
  expect(await car?.exited).toBe(0);
});
