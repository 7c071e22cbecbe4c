import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { monotonicNowMs } from '../../../daemon/platform/clock.ts';
import { tellMeasured } from '../measured.ts';
import { takeRegisterWrites } from '../testing/hardware.ts';
import { pairDevice } from '../testing/pairing.ts';
import { type PulseChange, PulseRecord } from '../testing/pulses.ts';
import { carUnit, health, mainPid, systemctl, unitState, until, untilReady } from '../testing/service.ts';
import { driveAs, type Thumb } from '../testing/thumb.ts';

const board = { address: 0x40, throttleChannel: 0, neutralPulseUs: 1500 } as const;
/** Of the unit. */
const watchdogLimitMs = 2000;
/** From the harm to the end of the last driven pulse, as docs/safety.md promises. */
const boundMs = 300;
/** Silence has to be told from lateness first: 300 ms more, and the time to end the process. */
const hungBoundMs = 700;
/** A perception that hangs is known by its pictures that do not come: one period of the camera more. */
const hungPerceptionBoundMs = 400;
/** Where both processes die, systemd has to notice and to start the neutraliser. */
const bothDeadBoundMs = 500;

const throttlePulses = new PulseRecord(board.address, board.throttleChannel);
/** An emulated guest has one slow core for what a car has four for: it gets twice the time, and what it took is told. */
const isEmulated = spawnSync('systemd-detect-virt', { encoding: 'utf8' }).stdout.trim() !== 'kvm';
const boundFactor = isEmulated ? 2 : 1;

/** Every pulse width that the motor has had until now. */
function throttle(): readonly PulseChange[] {
  throttlePulses.add(takeRegisterWrites());
  return throttlePulses.changes;
}
function isDriven({ pulseUs }: PulseChange): boolean {
  return pulseUs > 0 && Math.abs(pulseUs - board.neutralPulseUs) > 10;
}
const noPulse: PulseChange = { atMs: 0, pulseUs: 0 };
const isDrivenNow = () => isDriven(throttle().at(-1) ?? noPulse);

let token: string;
let thumb: Thumb | undefined;
/** When the motor's last driven pulse ended. */
let stillSinceMs = 0;

/** What is done to a car at speed, and within which time its wheels are neutral. */
interface Harm {
  readonly fault: string;
  readonly boundMs: number;
  /** By hand unless told otherwise. */
  readonly mode?: 'manual' | 'auto';
  harm(): unknown;
}

async function driveUntilDriven(mode: 'manual' | 'auto'): Promise<void> {
  thumb = await driveAs(token, mode);
  await until('the motor to be driven', () => (isDrivenNow() ? true : undefined));
}

/**
 * Drives, does harm, and holds how long the motor was driven after it against the bound. The registers alone are asked. The
 * thumb stays where it is: whoever goes neutral does so for the harm. Answers with when the harm was done.
 */
async function expectNeutralAfter({ fault, boundMs, mode = 'manual', harm }: Harm): Promise<number> {
  await driveUntilDriven(mode);
  const harmedAtMs = monotonicNowMs();
  await harm();
  await until('the pulses to end', () => (isDrivenNow() ? undefined : true));
  const changes = throttle();
  stillSinceMs = changes[changes.findLastIndex(isDriven) + 1]?.atMs ?? Number.POSITIVE_INFINITY;
  const drivenMs = stillSinceMs - harmedAtMs;
  const askedMs = boundMs * boundFactor;
  tellMeasured({ fault, drivenMs, boundMs, askedMs });
  // What was neutral before the harm says nothing of it.
  expect(drivenMs).toBeGreaterThan(0);
  expect(drivenMs).toBeLessThanOrEqual(askedMs);
  return harmedAtMs;
}

const run = promisify(execFile);

function kill(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (pid === null || pid === undefined || pid === 0) throw new Error('the process to kill does not run');
  process.kill(pid, signal);
}

async function pids() {
  const now = await health();
  if (now === undefined) throw new Error('the car does not answer');
  return now.pids;
}

/** It came back by itself, as another process, and nothing moves until somebody arms it. */
async function expectBackAndStill(before: number): Promise<void> {
  const back = await untilReady(before);
  expect(back.mode).toBe('disarmed');
  expectStill();
}
function expectStill(): void {
  expect(throttle().filter((change) => change.atMs > stillSinceMs && isDriven(change))).toEqual([]);
}

describe('the service', () => {
  beforeAll(async () => {
    systemctl('restart', carUnit);
    await untilReady();
    token = await pairDevice('virtual Jetson');
  });
  // Whatever became of the test before.
  beforeEach(async () => {
    systemctl('start', carUnit);
    await untilReady();
  });
  afterEach(() => {
    thumb?.takeOff();
    thumb = undefined;
    // Also forgets how often it was started: the limit is tried last.
    systemctl('reset-failed', carUnit);
  });
  afterAll(() => systemctl('restart', carUnit));

  test('has said that it is ready, and how it fares', async () => {
    const state = unitState(carUnit, 'ActiveState', 'SubState', 'StatusText', 'WatchdogUSec');
    expect(state['ActiveState']).toBe('active');
    expect(state['SubState']).toBe('running');
    expect(state['StatusText']).toContain('hshop-1-18');
    expect(state['WatchdogUSec']).toBe(`${watchdogLimitMs / 1000}s`);
  });

  test('runs as its own user, with what it may do cut down', async () => {
    const { planning, actuation, perception } = await pids();
    for (const pid of [planning, actuation, perception]) {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const user = execFileSync('id', ['-u', 'jetson-car'], { encoding: 'utf8' }).trim();
      expect(status).toMatch(new RegExp(`^Uid:\\s+${user}\\s`, 'm'));
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(status).toMatch(/^Seccomp:\s+2$/m);
    }
    expect(Number(readFileSync(`/proc/${planning}/oom_score_adj`, 'utf8'))).toBe(-500);
  });

  test('writes its log with levels', () => {
    const warnings = execFileSync('journalctl', ['-u', carUnit, '-p', 'info', '-o', 'json', '--no-pager'], {
      encoding: 'utf8',
    });
    const priorities = warnings
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { PRIORITY: string; MESSAGE: string })
      .filter(({ MESSAGE }) => /^(car|actuation|perception): /.test(MESSAGE));
    expect(priorities.length).toBeGreaterThan(0);
    expect(priorities.every(({ MESSAGE }) => !MESSAGE.includes('{"level"'))).toBe(true);
  });

  test('stopped at speed: neutral, and it ends in order', async () => {
    const harm = () => run('systemctl', ['stop', '--no-block', carUnit]);
    await expectNeutralAfter({ fault: 'systemctl stop', boundMs, harm });
    await until('the service to end', () =>
      unitState(carUnit, 'ActiveState')['ActiveState'] === 'inactive' ? true : undefined,
    );
    expect(unitState(carUnit, 'Result')['Result']).toBe('success');
    expect(throttle().at(-1)?.pulseUs, 'no pulses from a car that is off').toBe(0);
    expectStill();
  });

  test.each([
    ['the daemon is killed', 'SIGKILL'],
    ['the daemon crashes in native code', 'SIGSEGV'],
  ] as const)('%s at speed: %s', async (fault, signal) => {
    const { planning } = await pids();
    await expectNeutralAfter({ fault: `${fault}: ${signal}`, boundMs, harm: () => kill(planning, signal) });
    await expectBackAndStill(planning);
  });

  test.each([
    ['motor control is killed', 'SIGKILL', boundMs],
    ['motor control hangs', 'SIGSTOP', hungBoundMs],
  ] as const)('%s at speed: %s; the daemon neutralises, and goes on', async (fault, signal, limitMs) => {
    const { planning, actuation } = await pids();
    const harm = () => kill(actuation, signal);
    await expectNeutralAfter({ fault: `${fault}: ${signal}`, boundMs: limitMs, harm });
    const back = await until('motor control to come back', async () => {
      const now = await health();
      return now?.ready === true && now.pids.actuation !== null && now.pids.actuation !== actuation ? now : undefined;
    });
    expect(back.pids.planning).toBe(planning);
    expect(back.mode).toBe('disarmed');
    expectStill();
  });

  const perceptionHarms = [
    ['is killed', 'SIGKILL', boundMs],
    ['hangs', 'SIGSTOP', hungPerceptionBoundMs],
  ] as const;
  const anotherPerception = (before: number | null) =>
    until('perception to come back', async () => {
      const now = await health();
      const { perception } = now?.pids ?? {};
      return perception !== null && perception !== before && (now?.framesPerSecond ?? 0) > 0 ? now : undefined;
    });

  test.each(perceptionHarms)('perception %s while the car drives itself: %s', async (what, signal, limitMs) => {
    const { planning, perception } = await pids();
    const fault = `perception ${what} in auto: ${signal}`;
    await expectNeutralAfter({ fault, boundMs: limitMs, mode: 'auto', harm: () => kill(perception, signal) });
    const back = await anotherPerception(perception);
    expect(back.pids.planning).toBe(planning);
    expect(back.mode, 'nothing resumes motion by itself').toBe('disarmed');
    expectStill();
  });

  test('all of it killed at once at speed: systemd runs the neutraliser', async () => {
    const { planning, actuation } = await pids();
    const harm = () => {
      kill(planning, 'SIGSTOP');
      kill(actuation, 'SIGKILL');
      kill(planning, 'SIGKILL');
    };
    await expectNeutralAfter({ fault: 'daemon and motor control are killed', boundMs: bothDeadBoundMs, harm });
    await expectBackAndStill(planning);
  });

  test('the daemon hangs at speed: neutral by itself, and the watchdog starts it anew', async () => {
    const { planning } = await pids();
    const fault = 'the daemon hangs: SIGSTOP';
    const hungAtMs = await expectNeutralAfter({ fault, boundMs, harm: () => kill(planning, 'SIGSTOP') });
    await until('another daemon', () => (mainPid() !== planning && mainPid() !== 0 ? true : undefined));
    const hungMs = monotonicNowMs() - hungAtMs;
    console.log(`the watchdog had another daemon started ${hungMs.toFixed(0)} ms after the hang`);
    // Fed up to a fifth of its limit before the hang.
    expect(hungMs).toBeGreaterThan(watchdogLimitMs / 2);
    await expectBackAndStill(planning);
  });

  test('a board that kept pulsing while the car was off is neutral before the car starts', async () => {
    systemctl('stop', carUnit);
    const write = (register: number, value: number) =>
      execFileSync('i2cset', ['-y', '1', '0x40', String(register), String(value)]);
    for (const [register, value] of [
      [0x00, 0x20],
      [0x06, 0],
      [0x07, 0],
      [0x08, 0x99],
      [0x09, 0x01],
    ] as const) {
      write(register, value);
    }
    expect(isDrivenNow()).toBe(true);
    systemctl('start', 'jetson-car-neutral.service');
    expect(throttle().at(-1)?.pulseUs).toBe(0);
  });

  test('five failures in a minute: it stays down, neutral, and says so', async () => {
    let killed = 0;
    await until('systemd to give up', () => {
      const { ActiveState, Result } = unitState(carUnit, 'ActiveState', 'Result');
      if (ActiveState === 'failed') return Result;
      const pid = mainPid();
      if (pid !== 0 && ActiveState !== 'deactivating') {
        try {
          process.kill(pid, 'SIGKILL');
          killed += 1;
        } catch {
          // It was faster.
        }
      }
      return undefined;
    });
    expect(killed).toBeGreaterThanOrEqual(5);
    expect(throttle().at(-1)?.pulseUs).toBe(0);
  });
});
