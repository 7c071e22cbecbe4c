import { beforeEach, describe, expect, it } from 'vitest';
import type { CarLight } from './fittings.ts';
import { FittingsBench } from './testing/fittings-bench.ts';

let bench: FittingsBench;

beforeEach(() => {
  bench = new FittingsBench();
});

describe('the stop button', () => {
  const stopButton = { pin: 'J41 pin 29', pressedLevel: 'high' } as const;

  it('that is pressed at the start stops from the second tick on, and for as long as it is pressed (F15)', async () => {
    bench.pins.levels.set('J41 pin 29', 'high');
    const fitted = await bench.mount({ stopButton });
    expect(fitted.status(bench.nowMs).stopButton).toBe('unreadable');
    await bench.elapse(fitted, 50);
    expect(bench.stops).toEqual(Array(4).fill('the stop button (J41 pin 29) is pressed'));
    expect(fitted.status(bench.nowMs).stopButton).toBe('pressed');
    bench.pins.levels.set('J41 pin 29', 'low');
    await bench.elapse(fitted, 50);
    expect(bench.stops).toHaveLength(4);
    expect(fitted.status(bench.nowMs).stopButton).toBe('released');
  });

  it('whose pin is still being taken is no stop, and cannot be read yet', async () => {
    let open!: () => void;
    const fitted = bench.fit(
      { stopButton },
      () =>
        new Promise((resolve) => {
          open = () => resolve(bench.pins);
        }),
    );
    const started = fitted.start();
    await bench.elapse(fitted, 50);
    expect(bench.stops).toEqual([]);
    expect(fitted.status(bench.nowMs).stopButton).toBe('unreadable');
    open();
    await started;
    await bench.elapse(fitted, 50);
    expect(bench.stops).toEqual([]);
    expect(fitted.status(bench.nowMs).stopButton).toBe('released');
  });

  it('is not pressed by a spike', async () => {
    const fitted = await bench.mount({ stopButton });
    bench.pins.levels.set('J41 pin 29', 'high');
    await bench.elapse(fitted, 10);
    bench.pins.levels.set('J41 pin 29', 'low');
    await bench.elapse(fitted, 50);
    expect(bench.stops).toEqual([]);
  });

  it('that cannot be read is a stop', async () => {
    const fitted = await bench.mount({ stopButton });
    bench.pins.refusal = 'EIO';
    await bench.elapse(fitted, 10);
    expect(bench.stops).toEqual(['the stop button (J41 pin 29) cannot be read: J41 pin 29 refuses with EIO']);
  });

  it('that is refused at first is taken later, as is what else is fitted', async () => {
    bench.pins.refusal = 'EACCES';
    const wheelEncoder = { pin: 'J41 pin 31', ticksPerMetre: 100, maxTicksPerS: 2000 } as const;
    const fitted = await bench.mount({ stopButton, wheelEncoder });
    await bench.elapse(fitted, 5000);
    expect(bench.missing).toEqual(['J41 pin 29 refuses with EACCES']);
    expect(fitted.status(bench.nowMs).stopButton).toBe('unreadable');
    bench.pins.refusal = undefined;
    await bench.elapse(fitted, 4100);
    const before = bench.stops.length;
    await bench.elapse(fitted, 5000);
    expect(bench.stops).toHaveLength(before);
    bench.pins.rise('J41 pin 31');
    const status = fitted.status(bench.nowMs);
    expect([status.stopButton, status.wheel?.ticks, status.missing]).toEqual(['released', 1, undefined]);
  });

  it('that is not there is a stop, and is named', async () => {
    bench.pins.refusal = 'EACCES';
    const fitted = await bench.mount({ stopButton });
    await bench.elapse(fitted, 10);
    expect(bench.stops[0]).toMatch(/cannot be read: J41 pin 29 refuses with EACCES/);
    expect(fitted.status(bench.nowMs)).toEqual({
      stopButton: 'unreadable',
      missing: ['J41 pin 29 refuses with EACCES'],
    });
  });
});

describe('the wheel’s encoder', () => {
  const wheelEncoder = { pin: 'J41 pin 31', ticksPerMetre: 100, maxTicksPerS: 2000 } as const;

  it('gives a speed', async () => {
    const fitted = await bench.mount({ wheelEncoder });
    await bench.elapse(fitted, 200);
    for (let tick = 0; tick < 40; tick++) bench.pins.rise('J41 pin 31');
    await bench.elapse(fitted, 200);
    expect(fitted.status(bench.nowMs).wheel).toEqual({ ticks: 40, speedMps: expect.closeTo(2, 1), noisy: false });
    await bench.elapse(fitted, 400);
    expect(fitted.status(bench.nowMs).wheel?.speedMps).toBe(0);
  });

  it('says that it cannot be trusted for a while after too many ticks', async () => {
    const fitted = await bench.mount({ wheelEncoder });
    await bench.elapse(fitted, 200);
    bench.pins.rise('J41 pin 31', 'too-many');
    expect(fitted.status(bench.nowMs).wheel).toMatchObject({ ticks: 0, noisy: true });
    await bench.elapse(fitted, 1500);
    expect(fitted.status(bench.nowMs).wheel?.noisy).toBe(false);
  });
});

describe('a pin that is refused', () => {
  it('is not asked for while the car may drive, for that holds motor control up, and then ever more rarely', async () => {
    let openings = 0;
    bench.pins.refusal = 'EACCES';
    const fitted = bench.fit({ statusLed: { pin: 'J41 pin 33' } }, async () => {
      openings += 1;
      return bench.pins;
    });
    await fitted.start();
    await bench.elapse(fitted, 20_000, 'armed');
    expect(openings).toBe(1);
    await bench.elapse(fitted, 120_000);
    // After 2, 4, 8, 16, 32 and 60 s of them.
    expect(openings).toBe(6);
    expect([bench.missing.length, bench.stops]).toEqual([1, []]);
  });
});

describe('the light', () => {
  it('shines while the car is armed, blinks otherwise, and is dark at the end', async () => {
    const fitted = await bench.mount({ statusLed: { pin: 'J41 pin 33' } });
    const changes = async (light: CarLight) => {
      const before = bench.pins.writes.length;
      await bench.elapse(fitted, 4000, light);
      return bench.pins.writes.length - before;
    };
    const ready = await changes('ready');
    expect(await changes('fault')).toBeGreaterThan(4 * ready);
    await changes('armed');
    expect(bench.pins.levels.get('J41 pin 33')).toBe('high');
    expect(await changes('armed')).toBe(0);
    fitted.stop();
    expect(bench.pins.levels.get('J41 pin 33')).toBe('low');
  });

  it('that fails stops nothing', async () => {
    const fitted = await bench.mount({ statusLed: { pin: 'J41 pin 33' } });
    bench.pins.refusal = 'EIO';
    await bench.elapse(fitted, 1000);
    expect([bench.stops, bench.missing]).toEqual([[], ['J41 pin 33 refuses with EIO']]);
  });
});
