import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicNowMs } from '../daemon/platform/clock.ts';
import { type ActuationOnDesk, isMotion, neutralCount, setUpDesk } from './harness/actuation-on-desk.ts';

let desk: ActuationOnDesk;
beforeEach(async () => {
  desk = await setUpDesk();
});
afterEach(() => desk.clearAway());

describe('a board that does not answer', () => {
  it('disarms, is told, and is neutral and disarmed when it answers again', async () => {
    await desk.atFullThrottle();
    desk.bus.refusal = 'EREMOTEIO';
    const refusedAtMs = monotonicNowMs();
    const fault = await desk.report({ kind: 'fault', cause: 'EREMOTEIO' });
    await desk.expectWithin(500, refusedAtMs, fault.atMs);
    await desk.report({ kind: 'transition', cause: 'board-fault', armed: false });
    const from = desk.writes.length;
    desk.bus.refusal = undefined;
    const since = desk.reports.length;
    await desk.report({ kind: 'transition', cause: 'board-ready', armed: false }, since);
    await desk.report({ kind: 'status', neutralReason: 'not armed' }, since);
    expect(desk.writes[from]?.throttle).toBe(neutralCount);
    expect(desk.writes.slice(from).filter(isMotion)).toEqual([]);
    expect(desk.status()?.counters.busErrors).toBeGreaterThan(2);
  });

  it('at all is told with what to do', async () => {
    await desk.server.close();
    desk.spawn();
    desk.send({ kind: 'start', config: desk.config });
    const fault = await desk.report({ kind: 'fault', cause: 'ENOENT' });
    expect(fault).toMatchObject({ text: expect.stringContaining(`${desk.socket} cannot be reached`) });
    await desk.server.listen(desk.socket);
    await desk.report({ kind: 'transition', cause: 'board-ready' });
  });

  it('that loses its power is noticed, cut and set up anew', async () => {
    await desk.atFullThrottle();
    desk.memory.powerOn();
    const lostAtMs = monotonicNowMs();
    const fault = await desk.report({ kind: 'fault', cause: 'register-divergence' });
    await desk.expectWithin(1000, lostAtMs, fault.atMs);
    const since = desk.reports.length;
    await desk.report({ kind: 'transition', cause: 'board-ready', armed: false }, since);
    expect(desk.memory.pulseCount(0)).toBe(neutralCount);
  });
});
