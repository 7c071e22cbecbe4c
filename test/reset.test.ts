import { afterEach, describe, expect, test } from 'vitest';
import { driveByHand, type Hand } from './harness/drive-by-hand.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';

describe('the simulated car is put back at its start', { timeout: 120_000 }, () => {
  let car: RunningCar | undefined;
  let hand: Hand | undefined;
  afterEach(async () => {
    hand?.letGo();
    await car?.end();
  });

  test('by the phone that drives it, once it is disarmed and not before', async () => {
    const running = await startCar();
    car = running;
    await running.until('the car to be ready', (health) => health.ready);
    await running.untilTrace('the car on its start', ({ states }) => states.length > 0);
    const start = running.trace().states[0]!;
    const fromStartM = (at: { xM: number; yM: number } | undefined) =>
      at === undefined ? 0 : Math.hypot(at.xM - start.xM, at.yM - start.yM);

    hand = await driveByHand(running, 'a metre of the way', ({ states }) => fromStartM(states.at(-1)) > 1);
    const { phone } = hand;

    phone.send({ kind: 'reset-simulated-car' });
    await phone.messages.first((message) => message.kind === 'refused' && /disarm it first/.test(message.text));
    expect(fromStartM(running.trace().states.at(-1))).toBeGreaterThan(1);

    hand.letGo();
    phone.send({ kind: 'disarm' });
    await running.until('disarmed', ({ mode }) => mode === 'disarmed');
    phone.send({ kind: 'reset-simulated-car' });
    await running.untilTrace('the car at its start', ({ states }) => fromStartM(states.at(-1)) < 0.01);
    expect(running.trace().states.at(-1)?.speedMps).toBe(0);
  });
});
