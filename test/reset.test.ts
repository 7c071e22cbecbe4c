import { afterEach, describe, expect, test } from 'vitest';
import { TestPhone } from '../daemon/remote/testing/phone.ts';
import { type RunningCar, startCar } from './harness/running-car.ts';

describe('the simulated car is put back at its start', { timeout: 120_000 }, () => {
  let car: RunningCar | undefined;
  let thumb: NodeJS.Timeout | undefined;
  afterEach(async () => {
    clearInterval(thumb);
    await car?.end();
  });

  test('by the phone that drives it, once it is disarmed and not before', async () => {
    const running = await startCar();
    car = running;
    await running.until('the car to be ready', (health) => health.ready);
    const phone = await TestPhone.connect(Number(new URL(running.url).port));
    await running.untilTrace('the car on its start', ({ states }) => states.length > 0);
    const start = running.trace().states[0]!;
    const fromStartM = (at: { xM: number; yM: number } | undefined) =>
      at === undefined ? 0 : Math.hypot(at.xM - start.xM, at.yM - start.yM);

    phone.send({ kind: 'arm', mode: 'manual' });
    await running.until('manual', ({ mode }) => mode === 'manual');
    thumb = setInterval(() => phone.drive({ throttle: 0.5 }), 33);
    await running.untilTrace('a metre of the way', ({ states }) => fromStartM(states.at(-1)) > 1);

    phone.send({ kind: 'reset-simulated-car' });
    const refused = await phone.messages.first((message) => message.kind === 'refused');
    expect(refused.text).toMatch(/disarm it first/);
    expect(fromStartM(running.trace().states.at(-1))).toBeGreaterThan(1);

    clearInterval(thumb);
    phone.send({ kind: 'disarm' });
    await running.until('disarmed', ({ mode }) => mode === 'disarmed');
    phone.send({ kind: 'reset-simulated-car' });
    await running.untilTrace('the car at its start', ({ states }) => fromStartM(states.at(-1)) < 0.01);
    expect(running.trace().states.at(-1)?.speedMps).toBe(0);
  });
});
