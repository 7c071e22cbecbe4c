import { once } from 'node:events';
import { afterEach, expect, type TestContext, test } from 'vitest';
import { WebSocket } from 'ws';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import type { Health } from '../daemon/protocol/telemetry.ts';
import './campaign/task-meta.ts';
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
  await running.untilTrace('speed', ({ states }) => (states.at(-1)?.speedMps ?? 0) > 1);
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

/** One line of the campaign's table (`npm run test:faults`). */
function tell(
  task: TestContext['task'],
  id: string,
  fault: string,
  expected: string,
  ms: number,
  limitMs = boundMs,
): void {
  task.meta.row = { id, fault, expected, text: 'real processes', ms: Math.round(ms), boundMs: limitMs };
}

function kill(pid: number | null): void {
  if (pid === null) throw new Error('the process to kill does not run');
  process.kill(pid, 'SIGKILL');
}

test('the daemon killed at speed: actuation notices the closed pipe', { timeout: 60_000 }, async ({ task }) => {
  const drivenMs = await drivenAfter((pids) => kill(pids.planning));
  tell(task, 'F36', 'the daemon is killed at speed', 'neutral by motor control: its pipe closed', drivenMs);
  expect(drivenMs).toBeLessThanOrEqual(boundMs);
});

test('the daemon stopped (SIGSTOP) at speed: its last command expires', { timeout: 60_000 }, async ({ task }) => {
  const drivenMs = await drivenAfter((pids) => process.kill(pids.planning, 'SIGSTOP'));
  car?.process.kill('SIGCONT');
  tell(task, 'F37', 'the daemon is stopped (SIGSTOP) at speed', 'neutral: its last command expires', drivenMs, boundMs);
  expect(drivenMs).toBeLessThanOrEqual(boundMs);
});

test('perception killed at speed: the pilot has nothing to go by', { timeout: 60_000 }, async ({ task }) => {
  const drivenMs = await drivenAfter((pids) => kill(pids.perception));
  tell(task, 'F25a', 'perception is killed at speed', 'neutral, restarted, stays disarmed', drivenMs);
  expect(drivenMs).toBeLessThanOrEqual(boundMs);
  const back = await car?.until('perception to come back', (health) => health.framesPerSecond > 0);
  expect(back?.mode, 'nothing resumes motion by itself').toBe('disarmed');
});

test('actuation killed at speed: its parent neutralises the wheels', { timeout: 60_000 }, async ({ task }) => {
  const drivenMs = await drivenAfter((pids) => kill(pids.actuation));
  tell(task, 'F38', 'motor control is killed at speed', 'neutral by the daemon, restarted, disarmed', drivenMs);
  expect(drivenMs).toBeLessThanOrEqual(boundMs);
  const after = await car?.until('actuation to come back', (health) => health.pids.actuation !== null);
  expect(after?.mode, 'nothing resumes motion by itself').toBe('disarmed');
});

test('actuation hung (SIGSTOP) at speed: its parent hears nothing, ends it and neutralises', {
  timeout: 60_000,
}, async ({ task }) => {
  const drivenMs = await drivenAfter((pids) => process.kill(pids.actuation ?? 0, 'SIGSTOP'), hungLimitMs);
  tell(
    task,
    'F38b',
    'motor control hangs (SIGSTOP) at speed',
    'ended and neutralised by the daemon',
    drivenMs,
    hungLimitMs,
  );
  expect(drivenMs).toBeLessThanOrEqual(hungLimitMs);
});

test('SIGTERM while actuation hangs: the wheels are neutralised all the same', { timeout: 60_000 }, async ({
  task,
}) => {
  const drivenMs = await drivenAfter((pids) => {
    process.kill(pids.actuation ?? 0, 'SIGSTOP');
    process.kill(pids.planning, 'SIGTERM');
  }, hungLimitMs);
  tell(task, 'F49b', 'SIGTERM while motor control hangs', 'neutral all the same', drivenMs, hungLimitMs);
  expect(drivenMs).toBeLessThanOrEqual(hungLimitMs);
  await car?.exited;
});

test('perception hung (SIGSTOP) at speed: detections grow old, and it is ended and replaced', {
  timeout: 60_000,
}, async ({ task }) => {
  let hung: number | null = null;
  let atMs = 0;
  const drivenMs = await drivenAfter((pids) => {
    hung = pids.perception;
    atMs = monotonicNowMs();
    process.kill(pids.perception ?? 0, 'SIGSTOP');
  });
  // 250 ms until detections are old, and the age of the newest one at the fault.
  tell(
    task,
    'F25',
    'perception hangs (SIGSTOP) at speed',
    'neutral, ended, restarted, disarmed',
    drivenMs,
    boundMs + 100,
  );
  expect(drivenMs).toBeLessThanOrEqual(boundMs + 100);
  await car?.until('the hung perception to be ended', (health) => health.pids.perception !== hung);
  expect(monotonicNowMs() - atMs).toBeLessThanOrEqual(2200);
  const back = await car?.until('perception to come back', (health) => health.framesPerSecond > 0);
  expect(back?.pids.perception).not.toBe(hung);
  expect(back?.mode, 'nothing resumes motion by itself').toBe('disarmed');
});

test('SIGTERM at speed: neutral, and an orderly end', { timeout: 60_000 }, async ({ task }) => {
  const drivenMs = await drivenAfter((pids) => process.kill(pids.planning, 'SIGTERM'));
  tell(task, 'F49', 'SIGTERM at speed', 'neutral, exit code 0', drivenMs);
  expect(drivenMs).toBeLessThanOrEqual(boundMs);
  expect(await car?.exited).toBe(0);
});

test('a daemon that starts while a phone holds the stick: nothing moves until it is armed', {
  timeout: 60_000,
}, async ({ task }) => {
  const held = { kind: 'drive', steering: 0, throttle: 0.6 } as const;
  const running = await startCar();
  car = running;
  const socket = new WebSocket(`${running.url.replace('http', 'ws')}ws/control`);
  await once(socket, 'open');
  let sequence = 0;
  const holding = setInterval(() => {
    const nowMs = performance.now();
    socket.send(JSON.stringify({ ...held, sequence: sequence++, inputAtMs: nowMs, sentAtMs: nowMs }));
  }, 33);
  await running.until('the car to be ready', (health) => health.ready);
  const fromMs = running.trace().states.at(-1)?.atMs ?? 0;
  await running.untilTrace('a second to pass', ({ states }) => (states.at(-1)?.atMs ?? 0) > fromMs + 1000);
  clearInterval(holding);
  socket.close();
  const driven = running.trace().states.some((state) => isMoving(state.throttlePulseUs));
  tell(task, 'F47', 'the daemon starts while a phone holds the throttle', 'no motion until armed', driven ? 1 : 0, 0);
  expect(driven).toBe(false);
});
