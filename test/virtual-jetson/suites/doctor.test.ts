import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { answerWheelsUp, examine, type Findings } from '../testing/doctor.ts';
import { board } from '../testing/driven-car.ts';
import { holdByKernel, letGoByKernel, plugCamera, takeRegisterWrites, unplugCamera } from '../testing/hardware.ts';
import { type PulseChange, PulseRecord } from '../testing/pulses.ts';
import { carUnit, health, systemctl, until, untilReady } from '../testing/service.ts';

const kernelsWatchdog = '/sys/class/watchdog/watchdog0';
/** As the doctor advises, but without starting the machine anew: systemd reads its own configuration again. */
function boardWatchdog(wanted: 'on' | 'off'): void {
  const file = '/etc/systemd/system.conf.d/watchdog.conf';
  if (wanted === 'off' && !existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  if (wanted === 'on') writeFileSync(file, '[Manager]\nRuntimeWatchdogSec=10\n');
  else rmSync(file);
  systemctl('daemon-reload');
}

const of = (findings: Findings, check: string) => findings.find((one) => one.check === check);

/** A code for what must be cured first, and a cure for each of it. */
function expectCured({ code, findings }: ReturnType<typeof examine>): void {
  const troubles = findings.filter(({ verdict }) => verdict === 'ill' || verdict === 'weak');
  expect(troubles.filter(({ cure }) => cure === undefined || cure === '')).toEqual([]);
  expect(code).toBe(findings.some(({ verdict }) => verdict === 'ill') ? 1 : 0);
}

describe('the doctor', () => {
  beforeAll(async () => {
    systemctl('reset-failed', carUnit);
    systemctl('restart', carUnit);
    await untilReady();
    // A car that is ready may not have looked at a picture yet, and the doctor would say so.
    await until('the car to see', async () => (((await health())?.framesPerSecond ?? 0) > 0 ? true : undefined));
  });
  afterEach(() => {
    plugCamera();
    letGoByKernel(board.address);
    boardWatchdog('off');
  });
  afterAll(() => systemctl('start', carUnit));

  test('finds the board, the pins and the units of a car that runs, and asks the car for its camera', () => {
    const examined = examine();
    expectCured(examined);
    const { findings } = examined;
    expect(of(findings, 'bus')).toMatchObject({ verdict: 'well', text: expect.stringContaining('0x40') });
    expect(of(findings, 'pins')).toMatchObject({ verdict: 'well' });
    expect(of(findings, 'camera')).toMatchObject({ verdict: 'well', text: expect.stringContaining('the running car') });
    expect(of(findings, 'service')).toMatchObject({ verdict: 'well', text: expect.stringMatching(/^active, starts/) });
    expect(of(findings, 'OE pin')).toMatchObject({ verdict: 'weak' });
    expect(of(findings, 'watchdog')).toMatchObject({ verdict: 'weak' });
  });

  test('says how to cure a camera that is unplugged and a board that the kernel has, and finds the watchdog whose cure was followed', () => {
    systemctl('stop', carUnit);
    unplugCamera();
    holdByKernel(board.address);
    boardWatchdog('on');
    expect(readFileSync(`${kernelsWatchdog}/state`, 'utf8').trim(), 'systemd has the kernel watch it').toBe('active');
    const examined = examine();
    expectCured(examined);
    expect(of(examined.findings, 'camera')).toMatchObject({
      verdict: 'ill',
      cure: expect.stringContaining('plug the camera in'),
    });
    expect(of(examined.findings, 'bus')).toMatchObject({
      verdict: 'ill',
      text: expect.stringContaining('0x40 is busy'),
    });
    expect(of(examined.findings, 'watchdog')).toMatchObject({ verdict: 'well' });
    expect(examined.code).toBe(1);
  });

  test('moves the wheels and asks at a terminal: the registers moved as it asked, and end without a pulse', async () => {
    systemctl('stop', carUnit);
    takeRegisterWrites();
    const { code, words } = await answerWheelsUp(['yes', 'y', 'n', 'y', 'y']);
    const writes = takeRegisterWrites();
    expect(words).toMatch(/ok +steers left/);
    expect(words).toMatch(/ILL +steers right/);
    expect(words).toMatch(/ok +drives forward/);
    expect(code, 'one was seen otherwise').toBe(1);
    const pulses = (channel: number): readonly PulseChange[] => {
      const record = new PulseRecord(board.address, channel);
      record.add(writes);
      return record.changes;
    };
    const steering = pulses(board.steeringChannel).map(({ pulseUs }) => pulseUs);
    const left = steering.indexOf(Math.max(...steering));
    const right = steering.findIndex((pulseUs) => pulseUs > 0 && pulseUs < board.neutralPulseUs - 100);
    expect(steering[left]).toBeGreaterThan(board.neutralPulseUs + 100);
    expect(right, 'first left, then right').toBeGreaterThan(left);
    const throttle = pulses(board.throttleChannel).map(({ pulseUs }) => pulseUs);
    expect(Math.max(...throttle)).toBeGreaterThan(board.neutralPulseUs + 20);
    expect(Math.max(...throttle), 'gently').toBeLessThan(board.neutralPulseUs + 250);
    expect([steering.at(-1), throttle.at(-1)]).toEqual([0, 0]);
  });
});
