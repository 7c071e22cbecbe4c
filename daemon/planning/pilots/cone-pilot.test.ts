import { expect, test } from 'vitest';
import { loadConfig } from '../../car/load-config.ts';
import type { Detection, FrameDetections } from '../../protocol/detection.ts';
import { conesOf } from '../testing/arc-cones.ts';
import { createRandom } from '../testing/random.ts';
import { detectWorld, noNoise } from '../testing/test-detector.ts';
import { createConePilot } from './cone-pilot.ts';

const config = loadConfig({});
const { camera } = config;
const framePeriodMs = 50;
const straight = conesOf({ curvaturePerM: 0, widthM: 0.9, spacingM: 0.5, stagger: 0.2 });
const seen = detectWorld(camera, { xM: 0, yM: 0, headingRad: 0 }, straight, [], noNoise, createRandom(1));

/** A car that stands on a straight track; what its camera shows is given. */
function standingCar() {
  const pilot = createConePilot(config);
  let nowMs = 0;
  let frameId = 0;
  const frameOf = (detections: readonly Detection[]): FrameDetections => ({
    kind: 'detections',
    frameId: frameId++,
    capturedAtMs: nowMs,
    captureTimeSource: 'camera',
    detectedAtMs: nowMs,
    widthPx: camera.widthPx,
    heightPx: camera.heightPx,
    detections: [...detections],
    timing: { preprocessMs: 1, runMs: 1, decodeMs: 1 },
  });
  return {
    /** How long frames like this are shown until the pilot is lost; undefined when it still is not at the end. */
    lostAfter(detections: readonly Detection[], forMs: number): number | undefined {
      const fromMs = nowMs;
      while (nowMs - fromMs < forMs) {
        nowMs += framePeriodMs;
        pilot.drove({ steering: 0, throttle: 0 }, nowMs);
        pilot.observe(frameOf(detections));
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

test('a few frames without a cone are borne', () => {
  const car = standingCar();
  car.lostAfter(seen, 200);
  car.lostAfter(seen, 1000);
  expect(car.lostAfter([], 400)).toBeUndefined();
  expect(car.lostAfter(seen, 1000)).toBeUndefined();
});
