import { describe, expect, it } from 'vitest';
import { presets } from '../../car/presets.ts';
import { carPointToPixel } from '../../protocol/camera-geometry.ts';
import type { Pose } from '../../protocol/geometry.ts';
import { Reflexes, Sight } from './obstacles.ts';

const { camera, vehicle } = presets['simulated']!;
const frameMs = 50;
const way = { line: Array.from({ length: 60 }, (_, i) => ({ xM: i * 0.1 - 1, yM: 0 })), halfWidthM: 0.4 };

/** A car whose pose the story sets, and a straight way along x. */
function story() {
  const reflexes = new Reflexes({ camera, vehicle, stopFor: ['stop sign', 'person', 'box'], stopSignWaitMs: 2000 });
  let nowMs = 0;
  return {
    /** Shows the same frame for a time, and tells whether there was a reason to stop after each. */
    run(
      forMs: number,
      seen: readonly { label: string; xM: number; yM: number }[],
      pose: Pose,
      speedMps = 0,
    ): boolean[] {
      const stops: boolean[] = [];
      for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += frameMs) {
        reflexes.observe(
          seen.map((thing) => ({ ...thing, widthM: 0.2, score: 0.9 })),
          pose,
          nowMs,
        );
        stops.push(reflexes.stops(way, pose.xM + 1, speedMps, nowMs).caps.length > 0);
      }
      return stops;
    },
  };
}

const at = (xM: number): Pose => ({ xM, yM: 0, headingRad: 0 });
const here = at(0);
const person = { label: 'person', xM: 0.6, yM: 0 };

describe('a person the car stands for', () => {
  it('is not forgotten by age, and is cleared after 2.5 s of pictures without', () => {
    const car = story();
    expect(car.run(10_000, [person], here).at(-1)).toBe(true);
    const stops = car.run(4000, [], here);
    expect(stops.slice(0, 2400 / frameMs)).not.toContain(false);
    expect(stops.at(-1)).toBe(false);
  });

  it('is still there when the detector misses them now and then', () => {
    const car = story();
    car.run(200, [person], here);
    for (let i = 0; i < 5; i++) {
      expect(car.run(2000, [], here)).not.toContain(false);
      expect(car.run(frameMs, [person], here)).not.toContain(false);
    }
  });

  it('is not cleared by a pause without pictures', () => {
    const reflexes = new Reflexes({ camera, vehicle, stopFor: ['person'], stopSignWaitMs: 2000 });
    const seen = [{ ...person, widthM: 0.2, score: 0.9 }];
    for (const nowMs of [0, 50, 100]) reflexes.observe(seen, here, nowMs);
    reflexes.stops(way, 1, 0, 100);
    reflexes.observe([], here, 20_000);
    expect(reflexes.stops(way, 1, 0, 20_000).caps).toHaveLength(1);
  });
});

describe('a person too near to be seen', () => {
  const seenFrom = at(-0.4);

  it('is waited for long beyond the usual time', () => {
    const car = story();
    car.run(200, [{ ...person, xM: 0.7 }], seenFrom);
    // The car has rolled up to them: 0.3 m before the rear axle, below the picture.
    const stops = car.run(12_000, [], here);
    expect(stops.slice(0, 9900 / frameMs)).not.toContain(false);
    expect(stops.at(-1)).toBe(false);
  });

  it('is waited for as long as anybody is in sight', () => {
    const car = story();
    car.run(200, [{ ...person, xM: 0.7 }], seenFrom);
    const bystander = { label: 'person', xM: 2, yM: 1.5 };
    expect(car.run(20_000, [bystander], here)).not.toContain(false);
  });

  it('lets the car go on once they are seen walking off the way', () => {
    const car = story();
    car.run(200, [{ ...person, xM: 0.7 }], seenFrom);
    car.run(1000, [], here);
    for (let step = 0; step < 40; step++) {
      car.run(frameMs, [{ label: 'person', xM: 0.5 + 0.02 * step, yM: 0.04 * step }], here);
    }
    expect(car.run(frameMs, [{ label: 'person', xM: 1.3, yM: 1.6 }], here)).toEqual([false]);
  });
});

describe('things that are not stopped for', () => {
  it('are forgotten soon when pictures do not show them', () => {
    const car = story();
    expect(car.run(200, [{ ...person, xM: 3 }], here).at(-1)).toBe(true);
    expect(car.run(1000, [], here).at(-1)).toBe(false);
  });

  it('are not believed from one picture', () => {
    const car = story();
    expect(car.run(frameMs, [person], here)).toEqual([false]);
    expect(car.run(500, [], here)).not.toContain(true);
  });
});

describe('what the camera can see of the ground', () => {
  const narrow = presets['hshop-1-18']!.camera;

  it.each(['simulated', 'hshop-1-18'])('follows from its mounting and lens: %s', (name) => {
    const geometry = presets[name]!.camera;
    const sight = new Sight(geometry);
    let shown = 0;
    for (let xM = -0.5; xM < 4; xM += 0.05) {
      for (let yM = -2; yM <= 2; yM += 0.1) {
        if (!sight.shows({ xM, yM })) continue;
        shown++;
        const pixel = carPointToPixel(geometry, { xM, yM, zM: 0 });
        expect(pixel).toBeDefined();
        expect(pixel!.xPx).toBeGreaterThan(0);
        expect(pixel!.xPx).toBeLessThan(geometry.widthPx);
        expect(pixel!.yPx).toBeLessThan(geometry.heightPx);
      }
    }
    expect(shown).toBeGreaterThan(500);
    expect(sight.shows({ xM: 1, yM: 0 })).toBe(true);
    expect(sight.isTooNear({ xM: geometry.forwardM, yM: 0 })).toBe(true);
  });

  it('begins farther away for a camera that is higher, narrower or looks less down', () => {
    const { blindM } = new Sight(narrow);
    expect(blindM).toBeCloseTo(0.44, 2);
    expect(new Sight({ ...narrow, heightM: 2 * narrow.heightM }).blindM).toBeCloseTo(0.1 + 2 * (blindM - 0.1), 6);
    expect(new Sight({ ...narrow, pitchRad: 0 }).blindM).toBeGreaterThan(blindM);
    expect(new Sight({ ...narrow, horizontalFieldOfViewRad: 0.5 }).blindM).toBeGreaterThan(blindM);
  });

  it('does not reach beside a narrow lens, where the angle from the rear axle would still say so', () => {
    const aside = { xM: 0.6, yM: 0.23 };
    expect(Math.atan2(aside.yM, aside.xM)).toBeLessThan(0.38);
    expect(new Sight(narrow).shows(aside)).toBe(false);
    expect(new Sight(camera).shows(aside)).toBe(true);
  });

  it('is nothing for a camera that sees no ground', () => {
    const sight = new Sight({ ...narrow, pitchRad: -1 });
    expect(sight.blindM).toBe(Number.POSITIVE_INFINITY);
    expect(sight.shows({ xM: 1, yM: 0 })).toBe(false);
  });
});
