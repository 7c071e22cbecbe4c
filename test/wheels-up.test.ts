import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { presets } from '../daemon/car/presets.ts';
import { type SimulatedCar, startSimulatedCar } from '../daemon/children/simulated-car.ts';
import type { Finding } from '../daemon/doctor/finding.ts';
import { type Movement, movementsOf } from '../daemon/doctor/wheels-up.ts';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { createLogger } from '../daemon/platform/log.ts';
import type { ActuatorConfig } from '../daemon/protocol/actuator-config.ts';
import { type BusWrite, SimulatedBus } from '../daemon/simulator/devices/bus.ts';
import { Pca9685 } from '../daemon/simulator/devices/pca9685.ts';
import { boardsOf, type WheelsTold, wheelsTold } from '../daemon/simulator/motor-outputs.ts';
import { mostDrivenMs, pulsePeriodMs } from './harness/cars-to-harm.ts';
import { latenessDuringTests } from './harness/machine-lateness.ts';
import { folderOfThisTest } from './harness/test-folders.ts';

/** The wheels of every preset, moved by the doctor's own code and processes, on the boards of the simulated car. */
const program = join(import.meta.dirname, 'harness', 'wheels-up-program.mjs');
const movementMs = 600;
/** The program, motor control, the bus, and motor control again for the next output: each as late as this machine lets it. */
const wakings = 4;
/** A board's pulses are counted: one for neutral may be a step beside it. */
const drivenThrottle = 0.03;
/**
 * A computer that is busy with everything else lets the simulated bus answer too late, or a command come when it has expired: then
 * motor control ends the trial, rightly. Only where this machine was seen to be as late as that is it tried again.
 */
const mostTries = 5;
const disturbingMs = 15;
const output = { log: createLogger('test'), childLine: () => {} };
const patience = { timeout: 30_000, interval: 10 };
const start = 'The wheels are in the air, and nobody touches them?';

const lateness = latenessDuringTests();
let car: SimulatedCar | undefined;
afterEach(async () => {
  await car?.end();
});

type Told = WheelsTold & { readonly atMs: number };

/** What the boards make the wheels do after each write of the trace, and what their pins do at its end. */
function replay(actuators: ActuatorConfig, traceFile: string): { told: Told[]; channelsThatPulse: number[] } {
  const boards = new Map(boardsOf(actuators).map(({ address }) => [address, new Pca9685()]));
  const bus = new SimulatedBus(boards);
  const text = existsSync(traceFile) ? readFileSync(traceFile, 'utf8') : '';
  const told = text.split('\n').flatMap((line) => {
    // The last one may be under way.
    if (!line.includes('"bus"') || !line.endsWith('}')) return [];
    const write = JSON.parse(line) as BusWrite & { atMs: number };
    bus.write(write.address, write.register, write.bytes, write.atMs);
    return [{ atMs: write.atMs, ...wheelsTold(actuators, boards, write.atMs) }];
  });
  const channelsThatPulse = [...boards.values()].flatMap((board) =>
    Array.from({ length: 16 }, (_, channel) => channel).filter(
      (channel) => board.output(channel, monotonicNowMs()).kind !== 'off',
    ),
  );
  return { told, channelsThatPulse };
}

/** The program at work on a simulated car of this preset. */
async function tryPreset(name: string) {
  const preset = presets[name]!;
  const traceFile = join(folderOfThisTest('wheels-up'), 'trace.jsonl');
  car = await startSimulatedCar(preset, { trace: traceFile }, output);
  const actuators: ActuatorConfig = { ...preset.actuators, bus: { kind: 'simulated', socket: car.socket } };
  const running = spawn(process.execPath, [program, JSON.stringify(actuators), String(movementMs)]);
  let [said, answered, report] = ['', 0, ''];
  running.stderr.on('data', (chunk) => {
    said += chunk;
  });
  running.stdout.on('data', (chunk) => {
    report += chunk;
  });
  running.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve) => running.once('close', resolve));
  return {
    running,
    ended,
    said: () => said,
    findings: () => JSON.parse(report) as Finding[],
    replay: () => replay(actuators, traceFile),
    /** When it was asked; questions come one after the other. */
    async asked(question: string): Promise<number> {
      // One that was ended by what happened to it asks nothing any more.
      const asking = vi.waitFor(() => expect(said.slice(answered)).toContain(question), patience);
      await Promise.race([asking, ended.then(() => expect(said.slice(answered)).toContain(question))]);
      answered = said.length;
      return monotonicNowMs();
    },
    answer: (text: string) => running.stdin.write(`${text}\n`),
  };
}

type Trial = Awaited<ReturnType<typeof tryPreset>>;

/** The moment that is told of had passed before it was seen. */
class TooLate extends Error {}

/** Tried again where this machine was too late, not where something else failed. */
async function undisturbed(name: string, story: (trial: Trial) => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const fromMs = monotonicNowMs();
    const trial = await tryPreset(name);
    const isMachinesFault = async (error: unknown): Promise<boolean> =>
      error instanceof TooLate ||
      (/board-fault|command-expired/.test(trial.said()) &&
        (await lateness.worstMs(fromMs, monotonicNowMs())) >= disturbingMs);
    try {
      await story(trial);
      return;
    } catch (error) {
      if (tries === mostTries || !(await isMachinesFault(error))) throw error;
    } finally {
      trial.running.kill('SIGKILL');
      await trial.ended;
      await car?.end();
    }
  }
}

const isDriven = ({ drive }: Told) => Math.abs(drive.throttle ?? 0) > drivenThrottle;

describe.each(Object.keys(presets))('the wheels of %s', { timeout: 180_000 }, (name) => {
  const movements = movementsOf(presets[name]!.actuators);

  test('move as the questions ask, one after the other, and stand without a pulse afterwards', async () => {
    await undisturbed(name, (trial) => tryAll(trial, movements));
  });
});

async function tryAll(trial: Trial, movements: readonly Movement[]): Promise<void> {
  let sinceMs = await trial.asked(start);
  trial.answer('yes');
  const spans: { fromMs: number; untilMs: number }[] = [];
  for (const [at, { question }] of movements.entries()) {
    const untilMs = await trial.asked(question);
    spans.push({ fromMs: sinceMs, untilMs });
    sinceMs = untilMs;
    trial.answer(at === 1 ? 'n' : 'y');
  }
  expect(await trial.ended, trial.said()).toBe(0);
  expect(trial.findings().map(({ check, verdict }) => [check, verdict])).toEqual(
    movements.map(({ check }, at) => [check, at === 1 ? 'ill' : 'well']),
  );
  await vi.waitFor(() => expect(trial.replay().channelsThatPulse).toEqual([]), patience);
  const { told } = trial.replay();
  for (const [at, { fromMs, untilMs }] of spans.entries()) {
    const { check, steering, throttle } = movements[at]!;
    const during = told.filter(({ atMs }) => atMs >= fromMs && atMs <= untilMs);
    // A bridge's inputs are written one after the other: what is told between two of them is neither the old nor the new.
    const shown = during.some(
      ({ drive }) =>
        Math.abs((drive.throttle ?? 0) - throttle) < 0.03 && Math.abs((drive.steering ?? 0) - steering) < 0.05,
    );
    expect(shown, `${check}: ${JSON.stringify(during.map(({ drive }) => drive))}`).toBe(true);
    expect(Math.max(...during.map(({ drive }) => drive.throttle ?? 0)), `${check}: gently`).toBeLessThan(0.25);
    expect(
      during.every(({ drive }) => (drive.throttle ?? 0) >= 0),
      `${check}: never backward`,
    ).toBe(true);
  }
}

/** The question comes when the movement is over: wheels that have not turned a while after it do not turn any more. */
async function untilDriven(trial: Trial, question: string): Promise<void> {
  const isSeen = () => expect(trial.replay().told.some(isDriven), trial.said()).toBe(true);
  await vi.waitFor(
    () => expect(trial.said().includes(question) || trial.replay().told.some(isDriven)).toBe(true),
    patience,
  );
  await vi.waitFor(isSeen, { timeout: 3000, interval: 10 });
}

describe.each([
  ['wltoys-144001', ['while they turn', 'at the question']],
  ['jetbot', ['while they turn']],
] as const)('ended in the middle, the wheels of %s', { timeout: 180_000 }, (name, places) => {
  const movements = movementsOf(presets[name]!.actuators);
  const ways: readonly [string, (running: ChildProcess) => void][] = [
    ['Ctrl-C', (running) => running.kill('SIGINT')],
    ['Ctrl-D, or a terminal that is gone', (running) => running.stdin?.end()],
    ['kill -9', (running) => running.kill('SIGKILL')],
  ];

  test.each(ways)('stand, by %s at the first question: nothing has moved at all', async (_way, end) => {
    await undisturbed(name, async (trial) => {
      await trial.asked(start);
      end(trial.running);
      await trial.ended;
      expect(trial.replay().told).toEqual([]);
    });
  });

  test.each(ways)('stand, by %s in the midst of it', async (way, end) => {
    const driven = movements.findIndex(({ throttle }) => throttle > 0);
    for (const place of places) {
      await undisturbed(name, async (trial) => {
        await trial.asked(start);
        trial.answer('yes');
        for (const { question } of movements.slice(0, driven)) {
          await trial.asked(question);
          trial.answer('y');
        }
        if (place === 'at the question') await trial.asked(movements[driven]!.question);
        else await untilDriven(trial, movements[driven]!.question);
        const endedAtMs = monotonicNowMs();
        end(trial.running);
        await trial.ended;
        await vi.waitFor(() => expect(trial.replay().channelsThatPulse).toEqual([]), patience);
        const { told } = trial.replay();
        const atEnd = told.findLast(({ atMs }) => atMs <= endedAtMs);
        if (place === 'while they turn' && !isDriven(atEnd!)) throw new TooLate('they stood when they were ended');
        const last = told.findLastIndex(isDriven);
        expect(last, 'they had turned').toBeGreaterThanOrEqual(0);
        const cutAtMs = told[last + 1]!.atMs + pulsePeriodMs;
        const allowanceMs = wakings * (await lateness.worstMs(endedAtMs, cutAtMs));
        expect(cutAtMs - endedAtMs, `on a machine that was late by ${allowanceMs.toFixed(0)} ms`).toBeLessThanOrEqual(
          mostDrivenMs + allowanceMs,
        );
        if (way !== 'kill -9') expect(trial.said()).toMatch(/^refused: .*: the wheels are neutral$/m);
      });
    }
  });
});
