import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { presets, simulatedActuators } from '../daemon/car/presets.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { readLines } from '../daemon/platform/line-channel.ts';
import { daemonEntry } from '../daemon/platform/paths.ts';
import {
  type SimulatorAnswer,
  type SimulatorReport,
  simulatorAnswerSchema,
  simulatorReportSchema,
} from '../daemon/protocol/simulator-messages.ts';
import { decodeStampedFrameHeader, stampedFrameHeaderBytes } from '../daemon/protocol/stamped-frame.ts';
import { folderForEachTest, testFolder } from './harness/test-folders.ts';

type Process = ChildProcessByStdio<Writable, Readable, Readable>;

const config = presets['simulated']!;
const timeout = 60_000;
const folder = folderForEachTest(testFolder('jetson-car-simulator'));
let socketPath: string;
let started: Process[];

beforeEach(() => {
  socketPath = join(folder(), 'car.sock');
  started = [];
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
});

function start(program: 'simulator-process' | 'camera-program', args: readonly string[] = []): Process {
  const file = join(folder(), 'config.json');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(
    process.execPath,
    [daemonEntry(`simulator/${program}`), '--socket', socketPath, '--config', file, ...args],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stderr.resume();
  started.push(child);
  return child;
}

/** Reports as they come; each may be waited for. */
function reportsOf(child: Process): (fits: (report: SimulatorReport) => boolean) => Promise<SimulatorReport> {
  const waiting: { fits: (report: SimulatorReport) => boolean; resolve: (report: SimulatorReport) => void }[] = [];
  const heard: SimulatorReport[] = [];
  readLines(child.stdout, (line) => {
    const report = simulatorReportSchema.parse(JSON.parse(line));
    heard.push(report);
    for (const one of waiting.filter(({ fits }) => fits(report))) one.resolve(report);
  });
  return (fits) => {
    const already = heard.find(fits);
    if (already !== undefined) return Promise.resolve(already);
    return new Promise((resolve) => waiting.push({ fits, resolve }));
  };
}

async function connect(): Promise<{ socket: Socket; ask(request: object): Promise<SimulatorAnswer> }> {
  const socket = createConnection(socketPath);
  await once(socket, 'connect');
  const waiting: ((answer: SimulatorAnswer) => void)[] = [];
  readLines(socket, (line) => waiting.shift()?.(simulatorAnswerSchema.parse(JSON.parse(line))));
  return {
    socket,
    ask(request) {
      socket.write(`${JSON.stringify(request)}\n`);
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** Full throttle, straight. */
async function driveOff(ask: (request: object) => Promise<SimulatorAnswer>): Promise<void> {
  const write = (register: number, bytes: number[]) =>
    ask({ op: 'i2c-write', id: 1, address: simulatedActuators.pca9685.address, register, bytes });
  await write(0xfe, [121]);
  await write(0x00, [0x21]);
  const counts = Math.round(2000 / (122 / 25));
  await write(0x06 + 4 * simulatedActuators.throttle.channel, [0, 0, counts & 0xff, counts >> 8]);
}

describe('the simulator’s process', () => {
  test('rolls on when its client dies, a second longer than its parent, and traces both', { timeout }, async () => {
    const trace = join(folder(), 'trace.jsonl');
    const child = start('simulator-process', ['--trace', trace]);
    const report = reportsOf(child);
    expect(await report(({ kind }) => kind === 'ready')).toMatchObject({ socket: socketPath, track: 'built-in' });
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    const { socket, ask } = await connect();
    await driveOff(ask);
    socket.destroy();
    await report((r) => r.kind === 'simulated-car' && r.speedMps > 2);
    const parentGoneAtMs = monotonicNowMs();
    child.stdin.end();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    const lines = readFileSync(trace, 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown> & { atMs: number });
    expect(entries.filter((entry) => entry['register'] !== undefined)).toMatchObject([
      { bus: 'simulated', address: 0x40, register: 0xfe, bytes: [121] },
      { bus: 'simulated', address: 0x40, register: 0x00, bytes: [0x21] },
      { bus: 'simulated', address: 0x40, register: 0x06, bytes: [0, 0, 0x9a, 0x01] },
    ]);
    const states = entries.filter((entry) => entry['speedMps'] !== undefined);
    const last = states.at(-1)!;
    expect(last.atMs - parentGoneAtMs).toBeGreaterThan(700);
    expect(last['throttlePulseUs']).toBeCloseTo(2000, -1);
    expect(last['speedMps']).toBeGreaterThan(2);
    expect(last['steeringPulseUs']).toBe(0);
    expect((last.atMs - states[0]!.atMs) / (states.length - 1)).toBeCloseTo(20, 0);
  });

  test('takes the place of a socket that a dead one left behind', { timeout }, async () => {
    const first = start('simulator-process');
    await reportsOf(first)(({ kind }) => kind === 'ready');
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(statSync(socketPath).isSocket()).toBe(true);
    const second = start('simulator-process');
    await reportsOf(second)(({ kind }) => kind === 'ready');
    const { ask } = await connect();
    expect(await ask({ op: 'view', id: 5 })).toMatchObject({ op: 'view', id: 5, speedMps: 0 });
  });

  test.each([
    ['a track that is not there', ['--track', '/nowhere/track.csv'], /\/nowhere\/track\.csv does not exist/],
    [
      'a trace that cannot be written',
      ['--trace', '/nowhere/trace.jsonl'],
      /\/nowhere\/trace\.jsonl cannot be written: its folder does not exist/,
    ],
    ['an option that does not exist', ['--colour', 'red'], /--colour/],
  ])('%s: it says so and ends', { timeout }, async (_, args, text) => {
    const child = start('simulator-process', args);
    const exited = once(child, 'exit');
    const failed = await reportsOf(child)(({ kind }) => kind === 'failed');
    expect(failed).toMatchObject({ text: expect.stringMatching(text) });
    expect(await exited).toEqual([1, null]);
  });
});

describe('the simulated camera', () => {
  /** A simulator that always sees the same. */
  async function stillWorld(): Promise<{ close(): void }> {
    const server = createServer((client) => {
      client.on('error', () => {});
      readLines(client, (line) => {
        const { id } = JSON.parse(line) as { id: number };
        const pose = { xM: 3, yM: 0, headingRad: 1, speedMps: 0, yawRateRadps: 0 };
        client.write(`${JSON.stringify({ op: 'view', id, atMs: 100 + id, ...pose })}\n`);
      });
    });
    server.listen(socketPath);
    await once(server, 'listening');
    return server;
  }

  const { widthPx, heightPx } = config.camera;
  const frameBytes = stampedFrameHeaderBytes + widthPx * heightPx * 3;

  /** Reads whole frames one by one; what is not asked for stays in the pipe. */
  function frameReader(stream: Readable): () => Promise<Buffer> {
    let rest: Buffer = Buffer.alloc(0);
    return async () => {
      while (rest.length < frameBytes) {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) await once(stream, 'readable');
        else rest = Buffer.concat([rest, chunk]);
      }
      const frame = rest.subarray(0, frameBytes);
      rest = rest.subarray(frameBytes);
      return frame;
    };
  }

  test('writes stamped frames, and drops what is not read instead of queueing it', { timeout }, async () => {
    const simulator = start('simulator-process');
    const report = reportsOf(simulator);
    await report(({ kind }) => kind === 'ready');
    const camera = start('camera-program', ['--seed', '3']);
    const nextFrame = frameReader(camera.stdout);
    const first = await nextFrame();
    const header = decodeStampedFrameHeader(first);
    expect(header).toMatchObject({ widthPx, heightPx });
    const firstAtMs = header?.capturedAtMs ?? 0;
    expect(new Set(first.subarray(stampedFrameHeaderBytes)).size, 'a picture, not one grey').toBeGreaterThan(50);
    // Nobody reads for a second: what was under way is old, and the frame behind it is new again.
    const later = await report((r) => r.kind === 'simulated-car' && r.atMs > firstAtMs + 1000);
    const laterAtMs = later.kind === 'simulated-car' ? later.atMs : 0;
    const behind: number[] = [];
    for (let atMs = 0; atMs < laterAtMs; behind.push(atMs)) {
      atMs = decodeStampedFrameHeader(await nextFrame())?.capturedAtMs ?? 0;
    }
    expect(behind.length, 'one in the pipe, one under way, one new').toBeLessThanOrEqual(4);
    const exited = once(camera, 'exit');
    camera.stdout.destroy();
    expect(await exited).toEqual([0, null]);
  });

  test('ends when its parent is gone, and when the simulator is', { timeout }, async () => {
    const world = await stillWorld();
    const camera = start('camera-program');
    await frameReader(camera.stdout)();
    const exited = once(camera, 'exit');
    camera.stdin.end();
    camera.stdout.resume();
    expect(await exited).toEqual([0, null]);
    world.close();
    const late = start('camera-program');
    late.stdout.resume();
    expect((await once(late, 'exit'))[0]).toBe(1);
  });
});
