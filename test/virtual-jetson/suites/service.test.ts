import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { monotonicNowMs } from '../../../daemon/platform/clock.ts';
import {
  anotherPerception,
  bounds,
  expectNeutralAfter,
  expectStill,
  isDrivenNow,
  kill,
  killBoth,
  pids,
  throttle,
  useInstalledCar,
} from '../testing/driven-car.ts';
import { carUnit, health, mainPid, systemctl, unitState, until, untilReady } from '../testing/service.ts';

/** Of the unit. */
const watchdogLimitMs = 2000;
const run = promisify(execFile);

/** It came back by itself, as another process, and nothing moves until somebody arms it. */
async function expectBackAndStill(before: number): Promise<void> {
  const back = await untilReady(before);
  expect(back.mode).toBe('disarmed');
  expectStill();
}

describe('the service', () => {
  useInstalledCar();
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

  test('stopped at speed: neutral, and it ends in order', async () => {
    const harm = () => run('systemctl', ['stop', '--no-block', carUnit]);
    await expectNeutralAfter({ fault: 'systemctl stop', boundMs: bounds.dead, harm });
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
    await expectNeutralAfter({
      fault: `${fault}: ${signal}`,
      boundMs: bounds.dead,
      harm: () => kill(planning, signal),
    });
    await expectBackAndStill(planning);
  });

  test.each([
    ['motor control is killed', 'SIGKILL', bounds.dead],
    ['motor control hangs', 'SIGSTOP', bounds.hung],
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

  test('writes its log with levels: what it does, and that its motor control died', () => {
    const fields = ['-o', 'json', '--output-fields=PRIORITY,MESSAGE', '--no-pager'];
    // All that was done to the car since the boot stands in it.
    const log = execFileSync('journalctl', ['-u', carUnit, ...fields], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { PRIORITY: string; MESSAGE: string })
      .filter(({ MESSAGE }) => /^(car|actuation|perception): /.test(MESSAGE));
    // As syslog numbers them: 6 is for information, 4 and less is for people to hear of.
    expect(lines.some(({ PRIORITY }) => PRIORITY === '6')).toBe(true);
    expect(lines.some(({ PRIORITY }) => Number(PRIORITY) <= 4)).toBe(true);
    expect(lines.filter(({ MESSAGE }) => MESSAGE.includes('{"level"'))).toEqual([]);
  });

  const perceptionHarms = [
    ['is killed', 'SIGKILL', bounds.dead],
    ['hangs', 'SIGSTOP', bounds.blind],
  ] as const;
  test.each(perceptionHarms)('perception %s while the car drives itself: %s', async (what, signal, limitMs) => {
    const { planning, perception } = await pids();
    const fault = `perception ${what} in auto: ${signal}`;
    await expectNeutralAfter({ fault, boundMs: limitMs, harm: () => kill(perception, signal) }, 'auto');
    const back = await anotherPerception(perception);
    expect(back.pids.planning).toBe(planning);
    expect(back.mode, 'nothing resumes motion by itself').toBe('disarmed');
    expectStill();
  });

  test('all of it killed at once at speed: systemd runs the neutraliser', async () => {
    const before = await pids();
    const fault = 'daemon and motor control are killed';
    await expectNeutralAfter({ fault, boundMs: bounds.bothDead, harm: () => killBoth(before) });
    await expectBackAndStill(before.planning);
  });

  test('the daemon hangs at speed: neutral by itself, and the watchdog starts it anew', async () => {
    const { planning } = await pids();
    const fault = 'the daemon hangs: SIGSTOP';
    const hungAtMs = await expectNeutralAfter({ fault, boundMs: bounds.dead, harm: () => kill(planning, 'SIGSTOP') });
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
    const neutraliser = () =>
      Number(
        unitState('jetson-car-neutral.service', 'ExecMainExitTimestampMonotonic')['ExecMainExitTimestampMonotonic'],
      );
    const neutralisedAtUs = neutraliser();
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
    await until('the neutraliser to have run', () => (neutraliser() > neutralisedAtUs ? true : undefined));
    // Longer than RestartSec.
    await sleep(2000);
    expect(unitState(carUnit, 'ActiveState')['ActiveState']).toBe('failed');
    const words = execFileSync('journalctl', ['-u', carUnit, '-n', '20', '-o', 'cat', '--no-pager'], {
      encoding: 'utf8',
    });
    expect(words).toContain('Start request repeated too quickly');
  });
});
