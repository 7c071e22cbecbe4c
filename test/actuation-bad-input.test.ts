import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import type { ActuatorConfig } from '../daemon/protocol/actuator-config.ts';
import { type ActuationOnDesk, isMotion, neutralCount, setUpDesk } from './harness/actuation-on-desk.ts';

let desk: ActuationOnDesk;
beforeEach(async () => {
  desk = await setUpDesk();
});
afterEach(() => desk.clearAway());

describe('bad input', () => {
  it('is counted and ignored, and the car drives on', async () => {
    await desk.atFullThrottle();
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
    desk.child.stdin!.write(`${rubbish.join('\n')}\n${'x'.repeat(100_000)}\n`);
    desk.send({ kind: 'start', config: desk.config });
    await desk.until(() => (desk.status()?.counters.invalid ?? 0) >= 9 && desk.status()?.throttle === 1);
    expect(desk.status()).toMatchObject({ armed: true, counters: { invalid: 9 } });
    await desk.until(() => desk.log.includes('lines that are no commands were ignored'));
  });

  it('that calls itself a drive command disarms the third time in a row', async () => {
    await desk.start();
    await desk.arm();
    const from = desk.reports.length;
    for (const throttle of [2, '1', null]) {
      desk.send({ kind: 'drive', sequence: 1, issuedAtMs: monotonicNowMs(), steering: 0, throttle });
    }
    await desk.report({ kind: 'transition', cause: 'violations', armed: false }, from);
    expect(desk.writes.some(isMotion)).toBe(false);
  });

  it('that wanted to stop the car stops it', async () => {
    await desk.atFullThrottle();
    desk.send({ kind: 'emergency-stop' });
    await desk.report({ kind: 'transition', cause: 'emergency-stop' });
    await desk.throttleCount(neutralCount);
    await desk.insist('clear-stop', 'stop-cleared');
    desk.keepDriving(0);
    await desk.arm();
    const from = desk.reports.length;
    desk.send({ kind: 'disarm', reason: 7 });
    await desk.report({ kind: 'transition', cause: 'disarmed' }, from);
  });

  it.each([
    [
      'a field that cannot be',
      (config: ActuatorConfig) => ({ ...config, commandLifetimeMs: 0 }),
      'config.commandLifetimeMs',
    ],
    [
      'numbers that contradict each other',
      (config: ActuatorConfig) => ({ ...config, steering: { ...config.steering, channel: 0 } }),
      'actuators.steering.channel',
    ],
    ['nothing', () => undefined, 'config: '],
  ])('in the configuration ends the process with code 2 and the reason: %s', async (_, configuration, text) => {
    desk.spawn();
    desk.send({ kind: 'start', config: configuration(desk.config) });
    expect(await desk.exit()).toBe(2);
    const fault = await desk.report({ kind: 'fault', cause: 'bad-start' });
    expect(fault).toMatchObject({ text: expect.stringContaining(text) });
    expect(desk.writes).toEqual([]);
  });
});
