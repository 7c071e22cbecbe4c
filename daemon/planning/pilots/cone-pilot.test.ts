import { describe, expect, it, test } from 'vitest';
import { loadConfig } from '../../car/load-config.ts';
import type { Detection, FrameDetections } from '../../protocol/detection.ts';
import { conesOf } from '../testing/arc-cones.ts';
import { createRandom } from '../testing/random.ts';
import { detectWorld, noNoise } from '../testing/test-detector.ts';
import { testFrame } from '../testing/test-frame.ts';
import { createConePilot } from './cone-pilot.ts';

const config = loadConfig({});
const { camera } = config;
const framePeriodMs = 50;
const straight = conesOf({ curvaturePerM: 0, widthM: 0.9, spacingM: 0.5, stagger: 0.2 });
const seen = detectWorld(camera, { xM: 0, yM: 0, headingRad: 0 }, straight, [], noNoise, createRandom(1));

function frameAt(atMs: number, frameId: number, detections: readonly Detection[]): FrameDetections {
  return testFrame({ atMs, frameId, widthPx: camera.widthPx, heightPx: camera.heightPx, detections: [...detections] });
}

/** A car that stands on a straight track; what its camera shows is given. */
function standingCar() {
  const pilot = createConePilot(config);
  let nowMs = 0;
  let frameId = 0;
  return {
    decide: () => pilot.decide(nowMs),
    /** How long frames like this are shown until the pilot is lost; undefined when it still is not at the end. */
    lostAfter(detections: readonly Detection[], forMs: number): number | undefined {
      const fromMs = nowMs;
      while (nowMs - fromMs < forMs) {
        nowMs += framePeriodMs;
        pilot.drove({ steering: 0, throttle: 0 }, nowMs);
        pilot.observe(frameAt(nowMs, frameId++, detections));
        if (pilot.decide(nowMs).kind === 'lost') return nowMs - fromMs;
      }
      return undefined;
    },
  };
}

test('drives on between cones that it sees for as long as it sees them', () => {
  const car = standingCar();
  // The first cone must be seen twice to be believed.
  car.lostAfter(seen, 200);
  expect(car.lostAfter(seen, 5000)).toBeUndefined();
});

test('a black picture is no track, however well the cones before it are remembered', () => {
  const car = standingCar();
  car.lostAfter(seen, 200);
  car.lostAfter(seen, 3000);
  const lostMs = car.lostAfter([], 3000);
  expect(lostMs).toBeGreaterThanOrEqual(500);
  expect(lostMs).toBeLessThanOrEqual(600);
});

test('shows no way where none is seen any more', () => {
  const car = standingCar();
  car.lostAfter(seen, 200);
  car.lostAfter(seen, 1000);
  expect(car.decide().plan?.centreLine.length).toBeGreaterThan(10);
  car.lostAfter([], 3000);
  expect(car.decide()).toMatchObject({ kind: 'lost', plan: { centreLine: [] } });
});

test('a few frames without a cone are borne', () => {
  const car = standingCar();
  car.lostAfter(seen, 200);
  car.lostAfter(seen, 1000);
  expect(car.lostAfter([], 400)).toBeUndefined();
  expect(car.lostAfter(seen, 1000)).toBeUndefined();
});

describe('the border of the track', () => {
  /** A car whose wheels stand straight drives aslant over a straight track; how far off the pilot gives up. */
  function offsetWhenStopped(speedMps: number, headingRad: number): number | undefined {
    const pilot = createConePilot(config);
    const random = createRandom(1);
    for (let nowMs = 20; nowMs * speedMps < 3000; nowMs += 20) {
      const alongM = (nowMs / 1000) * speedMps;
      const pose = { xM: alongM * Math.cos(headingRad), yM: alongM * Math.sin(headingRad), headingRad };
      pilot.drove({ steering: 0, throttle: speedMps / config.vehicle.topSpeedMps }, nowMs);
      if (nowMs % 60 === 0) {
        pilot.observe(frameAt(nowMs, nowMs, detectWorld(camera, pose, straight, [], noNoise, random)));
      }
      const decision = pilot.decide(nowMs);
      if (decision.kind === 'lost' && decision.reason === 'off-track') return pose.yM;
    }
    return undefined;
  }

  it('is where a car stops that leaves it, no farther beyond it than its brakes take and a slow one is doubted', () => {
    const halfWidthM = 0.45;
    const doubtM = 0.1;
    for (const speedMps of [0.8, 2]) {
      const allowedM = (speedMps * speedMps) / (2 * config.vehicle.maxBrakingMps2);
      const stoppedM = offsetWhenStopped(speedMps, 0.35)!;
      expect(stoppedM).toBeGreaterThan(halfWidthM - 0.1);
      expect(stoppedM).toBeLessThan(halfWidthM + allowedM + (speedMps < 1 ? doubtM : 0));
    }
  });

  it('is not crossed by a car that drives on within it', () => {
    expect(offsetWhenStopped(1, 0)).toBeUndefined();
    expect(offsetWhenStopped(1, 0.08)).toBeUndefined();
  });
});
