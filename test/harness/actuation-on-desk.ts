import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { InMemoryBus, Pca9685Memory } from '../../daemon/actuation/testing/in-memory-bus.ts';
import { carOnDesk } from '../../daemon/actuation/testing/sample-config.ts';
import { SimulatorServer } from '../../daemon/actuation/testing/simulator-server.ts';
import { monotonicNowMs } from '../../daemon/platform/clock.ts';
import { readLines, writeJsonLine } from '../../daemon/platform/line-channel.ts';
import {
  type ActuationReport,
  type ActuationStatus,
  actuationReportSchema,
} from '../../daemon/protocol/actuation-messages.ts';
import type { ActuatorConfig } from '../../daemon/protocol/actuator-config.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import { type MachineLateness, watchLateness } from './machine-lateness.ts';

/** The process as it is built. */
export const actuationProgram = fileURLToPath(
  new URL('../../dist/daemon/actuation/actuation-process.js', import.meta.url),
);
/** What a channel's registers hold at the neutral pulse. */
export const neutralCount = 307;
const periodMs = 20;
/** From the fault to the end of the last pulse that is not neutral (docs/safety.md, "Bounds"). What is usual is a tenth of it. */
const cutBoundMs = 300;
/** The process and the bus must wake up one after the other until the wheels are neutral, each as late as this machine lets it. */
const wakings = 2;
/** It only ends what never comes. */
const waiting = { timeout: 30_000, interval: 2 };

interface Write {
  readonly atMs: number;
  /** Counts of the pulses that the chip makes after the write; undefined when it makes none. */
  readonly throttle: number | undefined;
  readonly steering: number | undefined;
}

/**
 * The real actuation process, from dist, against registers behind the simulator's socket, and a parent's end of its pipe. Made by
 * `setUpDesk`; `clearAway` ends what it started.
 */
export class ActuationOnDesk {
  readonly bus = new InMemoryBus();
  readonly memory = new Pca9685Memory();
  readonly server = new SimulatorServer(this.bus);
  readonly socket: string;
  readonly config: ActuatorConfig;
  readonly writes: Write[] = [];
  readonly reports: ActuationReport[] = [];
  log = '';
  sequence = 0;
  lastIssuedAtMs = 0;
  readonly #folder: string;
  readonly #lateness: MachineLateness = watchLateness();
  #child: ChildProcess | undefined;
  #driving: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.socket = join(folder, 'bus');
    this.bus.devices.set(0x40, this.memory);
    this.bus.onWrite = () => {
      const [throttle, steering] = [this.memory.pulseCount(0), this.memory.pulseCount(1)];
      this.writes.push({ atMs: monotonicNowMs(), throttle, steering });
    };
    this.config = {
      ...carOnDesk,
      bus: { kind: 'simulated', socket: this.socket },
      steering: { ...carOnDesk.steering, leftPulseUs: 1900, centrePulseUs: 1500, rightPulseUs: 1100 },
      throttle: { ...carOnDesk.throttle, armingNeutralMs: 50 },
      commandLifetimeMs: rates.commandLifetimeMs,
    };
  }

  get child(): ChildProcess {
    if (this.#child === undefined) throw new Error('no process was started');
    return this.#child;
  }

  spawn(nodeArguments: string[] = []): void {
    this.listen(spawn(process.execPath, [...nodeArguments, actuationProgram], { stdio: 'pipe' }));
  }

  /** Takes a process as the one on the desk: reports and log come from it, whoever its parent is. */
  listen(child: ChildProcess): void {
    this.#child = child;
    child.stdin!.on('error', () => {});
    readLines(child.stdout!, (line) => this.reports.push(actuationReportSchema.parse(JSON.parse(line))));
    readLines(child.stderr!, (line) => {
      this.log += `${line}\n`;
    });
  }

  async start(nodeArguments: string[] = []): Promise<void> {
    this.spawn(nodeArguments);
    this.send({ kind: 'start', config: this.config });
    await this.report({ kind: 'transition', cause: 'board-ready' });
  }

  async arm(): Promise<void> {
    await this.insist('arm', 'armed');
  }

  async atFullThrottle(nodeArguments: string[] = []): Promise<void> {
    await this.start(nodeArguments);
    // The bus answers from this very process: where that is not let run for long, the car stops, and is armed anew.
    const isDriven = () => (this.memory.pulseCount(0) ?? 0) > 400;
    while (!isDriven()) {
      this.stopDriving();
      await this.arm();
      const from = this.reports.length;
      this.keepDriving(1, 0.5);
      const hasEnded = () => this.reports.slice(from).some((each) => each.kind === 'transition' && !each.armed);
      await this.until(() => isDriven() || hasEnded());
    }
  }

  send(command: unknown): void {
    writeJsonLine(this.child.stdin!, command);
  }

  drive(throttle: number, steering = 0): void {
    this.sequence += 1;
    this.lastIssuedAtMs = monotonicNowMs();
    this.send({ kind: 'drive', sequence: this.sequence, issuedAtMs: this.lastIssuedAtMs, steering, throttle });
  }

  keepDriving(throttle: number, steering = 0): void {
    this.stopDriving();
    this.#driving = setInterval(() => this.drive(throttle, steering), rates.controlPeriodMs);
  }

  stopDriving(): void {
    clearInterval(this.#driving);
  }

  /** Asks until the answer comes: on a busy machine a request may be too old when it is read. */
  async insist(kind: 'arm' | 'clear-stop', cause: string): Promise<void> {
    const from = this.reports.length;
    const ask = () => this.send({ kind, atMs: monotonicNowMs() });
    ask();
    const asking = setInterval(ask, 500);
    await this.report({ kind: 'transition', cause }, from).finally(() => clearInterval(asking));
  }

  status(): ActuationStatus | undefined {
    return this.reports.findLast((report) => report.kind === 'status');
  }

  /** Until a report like this has come, from the given one on. */
  async report(like: Record<string, unknown>, from = 0): Promise<ActuationReport> {
    const isLike = (report: ActuationReport) =>
      Object.entries(like).every(([key, value]) => report[key as keyof ActuationReport] === value);
    return this.until(() => this.reports.slice(from).find(isLike));
  }

  async until<T>(condition: () => T): Promise<Exclude<T, undefined | false>> {
    return (await vi.waitUntil(condition, waiting)) as Exclude<T, undefined | false>;
  }

  async throttleCount(wanted: number): Promise<void> {
    await this.until(() => this.memory.pulseCount(0) === wanted);
  }

  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  /** When the last pulse ended that is not neutral: the write that ended it, and the period that was still running. */
  lastMotionEndMs(): number {
    const last = this.writes.findLastIndex(isMotion);
    return this.writes[last + 1]!.atMs + periodMs;
  }

  /** That the last motion ended soon enough after a moment of the monotonic clock, beside the machine's own lateness. */
  async expectCutSince(fromMs: number): Promise<void> {
    const endMs = this.lastMotionEndMs();
    await this.expectWithin(cutBoundMs, fromMs, endMs);
  }

  /** That a span took no longer than it may, beside the machine's own lateness in it. */
  async expectWithin(boundMs: number, fromMs: number, untilMs: number): Promise<void> {
    const allowanceMs = wakings * (await this.#lateness.worstMs(fromMs, untilMs));
    expect(untilMs - fromMs).toBeLessThanOrEqual(boundMs + allowanceMs);
  }

  /** Neutral for two periods at least, then no pulses on either channel. */
  expectOrderlyEnd(): void {
    const neutral = this.writes[this.writes.findLastIndex(isMotion) + 1]!;
    expect(neutral.throttle).toBe(neutralCount);
    const off = this.writes.find(({ atMs, throttle }) => atMs > neutral.atMs && throttle === undefined)!;
    expect(off.atMs - neutral.atMs).toBeGreaterThanOrEqual(2 * periodMs - 1);
    expect([this.memory.pulseCount(0), this.memory.pulseCount(1)]).toEqual([undefined, undefined]);
    expect(this.memory.asleep).toBe(false);
  }

  async clearAway(): Promise<void> {
    this.stopDriving();
    this.#lateness.end();
    if (this.#child !== undefined) {
      this.#child.kill('SIGKILL');
      await this.exit();
    }
    await this.server.close();
    await rm(this.#folder, { recursive: true });
  }
}

export async function setUpDesk(): Promise<ActuationOnDesk> {
  if (!existsSync(actuationProgram)) {
    throw new Error(`${actuationProgram} is missing: run "npx tsc -b daemon/actuation" first`);
  }
  const desk = new ActuationOnDesk(await mkdtemp(join(tmpdir(), 'actuation-')));
  await desk.server.listen(desk.socket);
  return desk;
}

export function isMotion({ throttle }: Write): boolean {
  return throttle !== undefined && throttle !== neutralCount;
}
