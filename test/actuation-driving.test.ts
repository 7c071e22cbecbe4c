import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { rates } from '../daemon/protocol/rates.ts';
import { type ActuationOnDesk, isMotion, neutralCount, setUpDesk } from './harness/actuation-on-desk.ts';

let desk: ActuationOnDesk;
beforeEach(async () => {
  desk = await setUpDesk();
});
afterEach(() => desk.clearAway());

describe('driving', () => {
  it('is neutral until armed, then follows the commands, and reports what it does', async () => {
    await desk.start();
    for (let count = 0; count < 20; count++) desk.drive(0);
    await desk.until(() => desk.status()?.counters.accepted === 20);
    expect(desk.writes.some(isMotion)).toBe(false);
    expect(desk.status()).toMatchObject({
      armed: false,
      neutralReason: 'not armed',
      throttlePulseUs: expect.closeTo(1498.16),
    });
    await desk.arm();
    desk.keepDriving(0.5, 1);
    await desk.until(() => desk.memory.pulseCount(0) === 359 && desk.memory.pulseCount(1) === 389);
    await desk.until(() => desk.status()?.throttle === 0.5);
    expect(desk.status()).toMatchObject({
      armed: true,
      stopLatched: false,
      steering: 1,
      counters: { invalid: 0 },
    });
    expect(desk.status()?.neutralReason).toBeUndefined();
    const from = desk.reports.length;
    desk.send({ kind: 'emergency-stop', atMs: monotonicNowMs(), reason: 'a child' });
    await desk.report({ kind: 'transition', cause: 'emergency-stop', armed: false }, from);
    await desk.throttleCount(neutralCount);
    await desk.report({ kind: 'status', stopLatched: true }, from);
  });

  it('ends when commands fail to come, but not before their time', async () => {
    await desk.atFullThrottle();
    desk.stopDriving();
    await desk.throttleCount(neutralCount);
    await desk.expectCutSince(desk.lastIssuedAtMs);
    expect(desk.lastMotionEndMs() - desk.lastIssuedAtMs).toBeGreaterThanOrEqual(rates.commandLifetimeMs);
    await desk.report({ kind: 'transition', cause: 'command-expired', armed: true });
    await desk.report({ kind: 'transition', cause: 'commands-lost', armed: false });
  });

  it('does not go on with what waited while the process stood still', async () => {
    await desk.atFullThrottle();
    desk.child.kill('SIGSTOP');
    const first = desk.sequence;
    await desk.until(() => desk.sequence >= first + 5);
    desk.stopDriving();
    await desk.until(() => monotonicNowMs() - desk.lastIssuedAtMs > 200);
    const from = desk.writes.length;
    desk.child.kill('SIGCONT');
    await desk.until(() => desk.status()?.counters.stale !== 0);
    await desk.throttleCount(neutralCount);
    expect(desk.writes.slice(from).filter(isMotion)).toEqual([]);
    expect(desk.status()?.lastSequence).toBeLessThanOrEqual(first);
  });
});
