import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { neutralise } from '../daemon/actuation/neutralise.ts';
import { InMemoryBus, Pca9685Memory } from '../daemon/actuation/testing/in-memory-bus.ts';
import { carOnDesk } from '../daemon/actuation/testing/sample-config.ts';
import { SimulatorServer } from '../daemon/actuation/testing/simulator-server.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { readLines, writeJsonLine } from '../daemon/platform/line-channel.ts';
import {
  type ActuationReport,
  type ActuationStatus,
  type ActuatorConfig,
  actuationReportSchema,
} from '../daemon/protocol/actuation-messages.ts';
import { rates } from '../daemon/protocol/rates.ts';

/**
 * The real process, from dist, against registers behind the simulator's socket. The bounds are those of the design; what
 * is usual is a tenth of them.
 */
const program = fileURLToPath(new URL('../dist/daemon/actuation/actuation-process.js', import.meta.url));
const periodMs = 20;
const neutralCount = 307;
/** From the fault to the end of the last pulse that is not neutral. */
const cutBoundMs = 300;
const waiting = { timeout: 10_000, interval: 2 };

interface Write {
  readonly atMs: number;
  /** Counts of the pulses that the chip makes after the write; undefined when it makes none. */
  readonly throttle: number | undefined;
  readonly steering: number | undefined;
}

let folder: string;
let bus: InMemoryBus;
let memory: Pca9685Memory;
let server: SimulatorServer;
let config: ActuatorConfig;
let writes: Write[];
let reports: ActuationReport[];
let child: ChildProcess;
let log: string;
let sequence: number;
let lastIssuedAtMs: number;
let driving: NodeJS.Timeout | undefined;

beforeAll(() => {
  if (!existsSync(program)) throw new Error(`${program} is missing: run "npx tsc -b daemon/actuation" first`);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'actuation-'));
  bus = new InMemoryBus();
  memory = new Pca9685Memory();
  bus.devices.set(0x40, memory);
  writes = [];
  bus.onWrite = () => {
    writes.push({ atMs: monotonicNowMs(), throttle: memory.pulseCount(0), steering: memory.pulseCount(1) });
  };
  server = new SimulatorServer(bus);
  config = {
    ...carOnDesk,
    bus: { kind: 'simulated', socket: join(folder, 'bus') },
    steering: { ...carOnDesk.steering, leftPulseUs: 1900, centrePulseUs: 1500, rightPulseUs: 1100 },
    throttle: { ...carOnDesk.throttle, armingNeutralMs: 50 },
    commandLifetimeMs: rates.commandLifetimeMs,
  };
  await server.listen(join(folder, 'bus'));
  reports = [];
  log = '';
  sequence = 0;
  lastIssuedAtMs = 0;
});

afterEach(async () => {
  stopDriving();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await server.close();
  await rm(folder, { recursive: true });
});

function spawnActuation(nodeArguments: string[] = []): void {
  child = spawn(process.execPath, [...nodeArguments, program], { stdio: 'pipe' });
  listen(child);
}

/** Reports and log of the process, whoever its parent is. */
function listen(process: ChildProcess): void {
  process.stdin!.on('error', () => {});
  readLines(process.stdout!, (line) => reports.push(actuationReportSchema.parse(JSON.parse(line))));
  readLines(process.stderr!, (line) => {
    log += `${line}\n`;
  });
}

function send(command: unknown): void {
  writeJsonLine(child.stdin!, command);
}

function drive(throttle: number, steering = 0): void {
  sequence += 1;
  lastIssuedAtMs = monotonicNowMs();
  send({ kind: 'drive', sequence, issuedAtMs: lastIssuedAtMs, steering, throttle });
}

function keepDriving(throttle: number, steering = 0): void {
  stopDriving();
  driving = setInterval(() => drive(throttle, steering), rates.controlPeriodMs);
}

function stopDriving(): void {
  clearInterval(driving);
}

function status(): ActuationStatus | undefined {
  return reports.findLast((report) => report.kind === 'status');
}

/** Until a report like this has come, from the given one on. */
async function report(like: Record<string, unknown>, from = 0): Promise<ActuationReport> {
  return vi.waitUntil(
    () =>
      reports
        .slice(from)
        .find((report) => Object.entries(like).every(([key, value]) => report[key as keyof ActuationReport] === value)),
    waiting,
  );
}

async function start(nodeArguments: string[] = []): Promise<void> {
  spawnActuation(nodeArguments);
  send({ kind: 'start', config });
  await report({ kind: 'transition', cause: 'board-ready' });
}

/** Asks until the answer comes: on a busy machine a request may be too old when it is read. */
async function insist(kind: 'arm' | 'clear-stop', cause: string): Promise<void> {
  const from = reports.length;
  const ask = () => send({ kind, atMs: monotonicNowMs() });
  ask();
  const asking = setInterval(ask, 500);
  await report({ kind: 'transition', cause }, from).finally(() => clearInterval(asking));
}

async function arm(): Promise<void> {
  await insist('arm', 'armed');
}

async function throttleCount(wanted: number): Promise<void> {
  await vi.waitUntil(() => memory.pulseCount(0) === wanted, waiting);
}

async function atFullThrottle(nodeArguments: string[] = []): Promise<void> {
  await start(nodeArguments);
  await arm();
  keepDriving(1, 0.5);
  await vi.waitUntil(() => (memory.pulseCount(0) ?? 0) > 400, waiting);
}

function isMotion({ throttle }: Write): boolean {
  return throttle !== undefined && throttle !== neutralCount;
}

/** When the last pulse ended that is not neutral: the write that ended it, and the period that was still running. */
function lastMotionEndMs(): number {
  const last = writes.findLastIndex(isMotion);
  return writes[last + 1]!.atMs + periodMs;
}

/** Neutral for two periods at least, then no pulses on either channel. */
function expectOrderlyEnd(): void {
  const neutral = writes[writes.findLastIndex(isMotion) + 1]!;
  expect(neutral.throttle).toBe(neutralCount);
  const off = writes.find(({ atMs, throttle }) => atMs > neutral.atMs && throttle === undefined)!;
  expect(off.atMs - neutral.atMs).toBeGreaterThanOrEqual(2 * periodMs - 1);
  expect([memory.pulseCount(0), memory.pulseCount(1)]).toEqual([undefined, undefined]);
  expect(memory.asleep).toBe(false);
}

async function exit(): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('driving', () => {
  it('is neutral until armed, then follows the commands, and reports what it does', async () => {
    await start();
    for (let count = 0; count < 20; count++) drive(0);
    await vi.waitUntil(() => status()?.counters.accepted === 20, waiting);
    expect(writes.some(isMotion)).toBe(false);
    expect(status()).toMatchObject({
      armed: false,
      neutralReason: 'not armed',
      throttlePulseUs: expect.closeTo(1498.16),
    });
    await arm();
    keepDriving(0.5, 1);
    await vi.waitUntil(() => memory.pulseCount(0) === 359 && memory.pulseCount(1) === 389, waiting);
    await vi.waitUntil(() => status()?.throttle === 0.5, waiting);
    expect(status()).toMatchObject({
      armed: true,
      stopLatched: false,
      steering: 1,
      counters: { invalid: 0, busErrors: 0 },
    });
    expect(status()?.neutralReason).toBeUndefined();
    const from = reports.length;
    send({ kind: 'emergency-stop', atMs: monotonicNowMs(), reason: 'a child' });
    await report({ kind: 'transition', cause: 'emergency-stop', armed: false }, from);
    await throttleCount(neutralCount);
    await report({ kind: 'status', stopLatched: true }, from);
  });

  it('ends when commands fail to come, but not before their time', async () => {
    await atFullThrottle();
    stopDriving();
    await throttleCount(neutralCount);
    const endMs = lastMotionEndMs();
    expect(endMs - lastIssuedAtMs).toBeLessThanOrEqual(cutBoundMs);
    expect(endMs - lastIssuedAtMs).toBeGreaterThanOrEqual(rates.commandLifetimeMs);
    await report({ kind: 'transition', cause: 'command-expired', armed: true });
    await report({ kind: 'transition', cause: 'commands-lost', armed: false });
  });

  it('does not go on with what waited while the process stood still', async () => {
    await atFullThrottle();
    child.kill('SIGSTOP');
    const first = sequence;
    await vi.waitUntil(() => sequence >= first + 5, waiting);
    stopDriving();
    await vi.waitUntil(() => monotonicNowMs() - lastIssuedAtMs > 200, waiting);
    const from = writes.length;
    child.kill('SIGCONT');
    await vi.waitUntil(() => status()?.counters.stale !== 0, waiting);
    await throttleCount(neutralCount);
    expect(writes.slice(from).filter(isMotion)).toEqual([]);
    expect(status()?.lastSequence).toBeLessThanOrEqual(first);
  });
});

describe('the end', () => {
  it('comes with the pipe', async () => {
    await atFullThrottle();
    stopDriving();
    const closedAtMs = monotonicNowMs();
    child.stdin!.end();
    expect(await exit()).toBe(0);
    expect(lastMotionEndMs() - closedAtMs).toBeLessThanOrEqual(cutBoundMs);
    expectOrderlyEnd();
    await report({ kind: 'transition', cause: 'ending' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('comes with %s', async (signal) => {
    await atFullThrottle();
    const signalledAtMs = monotonicNowMs();
    child.kill(signal);
    expect(await exit()).toBe(0);
    expect(lastMotionEndMs() - signalledAtMs).toBeLessThanOrEqual(cutBoundMs);
    expectOrderlyEnd();
  });

  it('is as orderly when nobody reads any more', async () => {
    await atFullThrottle();
    child.stdout!.destroy();
    child.stderr!.destroy();
    const signalledAtMs = monotonicNowMs();
    child.kill('SIGTERM');
    expect(await exit()).toBe(0);
    expect(lastMotionEndMs() - signalledAtMs).toBeLessThanOrEqual(cutBoundMs);
    expectOrderlyEnd();
  });

  it('comes with a bug, at neutral', async () => {
    const planted = 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("planted")})';
    await atFullThrottle(['--import', planted]);
    const signalledAtMs = monotonicNowMs();
    child.kill('SIGUSR2');
    expect(await exit()).toBe(1);
    expect(lastMotionEndMs() - signalledAtMs).toBeLessThanOrEqual(cutBoundMs);
    expectOrderlyEnd();
    expect(await report({ kind: 'fault', cause: 'bug' })).toMatchObject({ text: 'actuation failed: planted' });
    expect(log).toContain('planted');
  });

  it('comes when the parent is killed', async () => {
    // The parent starts the process and sends what a daemon at full throttle sends.
    const parent = `
      import { spawn } from 'node:child_process';
      const now = () => Number(process.hrtime.bigint()) / 1e6;
      const child = spawn(process.execPath, [process.argv[1]], { stdio: ['pipe', 'inherit', 'inherit'] });
      const send = (command) => child.stdin.write(JSON.stringify(command) + '\\n');
      send({ kind: 'start', config: JSON.parse(process.argv[2]) });
      let sequence = 0;
      setInterval(() => {
        if (sequence === 0) send({ kind: 'arm', atMs: now() });
        else send({ kind: 'drive', sequence, issuedAtMs: now(), steering: 0, throttle: 1 });
        if (process.armed) sequence += 1;
      }, 20);
      process.stdin.on('data', () => { process.armed = true; });
    `;
    child = spawn(process.execPath, ['--input-type=module', '-e', parent, program, JSON.stringify(config)], {
      stdio: 'pipe',
    });
    listen(child);
    await report({ kind: 'transition', cause: 'armed' });
    child.stdin!.write('go\n');
    await vi.waitUntil(() => (memory.pulseCount(0) ?? 0) > 400, waiting);
    const killedAtMs = monotonicNowMs();
    child.kill('SIGKILL');
    await vi.waitUntil(() => memory.pulseCount(0) === undefined && memory.pulseCount(1) === undefined, waiting);
    expect(lastMotionEndMs() - killedAtMs).toBeLessThanOrEqual(cutBoundMs);
    expectOrderlyEnd();
  });

  it('by SIGKILL leaves the board pulsing, and neutralise stops it', async () => {
    await atFullThrottle();
    child.kill('SIGKILL');
    await exit();
    expect(memory.pulseCount(0)).toBeGreaterThan(400);
    const beganAtMs = monotonicNowMs();
    await neutralise(config);
    const endedAtMs = monotonicNowMs();
    expectOrderlyEnd();
    expect(lastMotionEndMs() - beganAtMs).toBeLessThanOrEqual(cutBoundMs);
    expect(endedAtMs - beganAtMs).toBeLessThanOrEqual(1000);
  });

  it('without ever having reached the board is no success: a predecessor may have left it pulsing', async () => {
    await server.close();
    spawnActuation();
    send({ kind: 'start', config });
    await report({ kind: 'fault', cause: 'ENOENT' });
    child.stdin!.end();
    expect(await exit()).toBe(1);
    expect(writes).toEqual([]);
    expect(log).toContain('not known to be neutral');
    await server.listen(join(folder, 'bus'));
  });

  it('is at once and without a word to the board when nothing was started', async () => {
    spawnActuation();
    child.stdin!.end('rubbish\n');
    expect(await exit()).toBe(0);
    expect(writes).toEqual([]);
    expect(log).toContain('line before start ignored');
  });
});

describe('bad input', () => {
  it('is counted and ignored, and the car drives on', async () => {
    await atFullThrottle();
    const rubbish = [
      '',
      'rubbish',
      '[]',
      'null',
      '{"kind":"dance"}',
      '{"kind":"start"}',
      '\u0000\uFFFD',
      '{"kind":"arm"}',
    ];
    child.stdin!.write(`${rubbish.join('\n')}\n${'x'.repeat(100_000)}\n`);
    send({ kind: 'start', config });
    await vi.waitUntil(() => (status()?.counters.invalid ?? 0) >= 9 && status()?.throttle === 1, waiting);
    expect(status()).toMatchObject({ armed: true, counters: { invalid: 9 } });
    await vi.waitUntil(() => log.includes('lines that are no commands were ignored'), waiting);
  });

  it('that calls itself a drive command disarms the third time in a row', async () => {
    await start();
    await arm();
    const from = reports.length;
    for (const throttle of [2, '1', null]) {
      send({ kind: 'drive', sequence: 1, issuedAtMs: monotonicNowMs(), steering: 0, throttle });
    }
    await report({ kind: 'transition', cause: 'violations', armed: false }, from);
    expect(writes.some(isMotion)).toBe(false);
  });

  it('that wanted to stop the car stops it', async () => {
    await atFullThrottle();
    send({ kind: 'emergency-stop' });
    await report({ kind: 'transition', cause: 'emergency-stop' });
    await throttleCount(neutralCount);
    await insist('clear-stop', 'stop-cleared');
    keepDriving(0);
    await arm();
    const from = reports.length;
    send({ kind: 'disarm', reason: 7 });
    await report({ kind: 'transition', cause: 'disarmed' }, from);
  });

  it.each([
    ['a field that cannot be', () => ({ ...config, commandLifetimeMs: 0 }), 'config.commandLifetimeMs'],
    [
      'numbers that contradict each other',
      () => ({ ...config, steering: { ...config.steering, channel: 0 } }),
      'actuators.steering.channel',
    ],
    ['nothing', () => undefined, 'config: '],
  ])('in the configuration ends the process with code 2 and the reason: %s', async (_, configuration, text) => {
    spawnActuation();
    send({ kind: 'start', config: configuration() });
    expect(await exit()).toBe(2);
    const fault = await report({ kind: 'fault', cause: 'bad-start' });
    expect(fault).toMatchObject({ text: expect.stringContaining(text) });
    expect(writes).toEqual([]);
  });
});

describe('a board that does not answer', () => {
  it('disarms, is told, and is neutral and disarmed when it answers again', async () => {
    await atFullThrottle();
    bus.refusal = 'EREMOTEIO';
    const refusedAtMs = monotonicNowMs();
    const fault = await report({ kind: 'fault', cause: 'EREMOTEIO' });
    expect(fault.atMs - refusedAtMs).toBeLessThanOrEqual(500);
    await report({ kind: 'transition', cause: 'board-fault', armed: false });
    const from = writes.length;
    bus.refusal = undefined;
    const since = reports.length;
    await report({ kind: 'transition', cause: 'board-ready', armed: false }, since);
    await report({ kind: 'status', neutralReason: 'not armed' }, since);
    expect(writes[from]?.throttle).toBe(neutralCount);
    expect(writes.slice(from).filter(isMotion)).toEqual([]);
    expect(status()?.counters.busErrors).toBeGreaterThan(2);
  });

  it('at all is told with what to do', async () => {
    await server.close();
    spawnActuation();
    send({ kind: 'start', config });
    const fault = await report({ kind: 'fault', cause: 'ENOENT' });
    expect(fault).toMatchObject({ text: expect.stringContaining(`${folder}/bus cannot be reached`) });
    await server.listen(join(folder, 'bus'));
    await report({ kind: 'transition', cause: 'board-ready' });
  });

  it('that loses its power is noticed, cut and set up anew', async () => {
    await atFullThrottle();
    memory.powerOn();
    const lostAtMs = monotonicNowMs();
    const fault = await report({ kind: 'fault', cause: 'register-divergence' });
    expect(fault.atMs - lostAtMs).toBeLessThanOrEqual(1000);
    const since = reports.length;
    await report({ kind: 'transition', cause: 'board-ready', armed: false }, since);
    expect(memory.pulseCount(0)).toBe(neutralCount);
  });
});
