import { describe, expect, it } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import { tiltOf } from './picture-tilt.ts';
import { conesOf } from './testing/arc-cones.ts';
import { createRandom } from './testing/random.ts';
import { type DetectorNoise, detectWorld, noNoise, usualNoise } from './testing/test-detector.ts';
import { testFrame } from './testing/test-frame.ts';

const {
  camera,
  pilot: { coneHeightM },
} = loadConfig({});
const cones = conesOf({ curvaturePerM: 0.3, widthM: 0.9, spacingM: 0.5, stagger: 0.2 });
const pose = { xM: 0, yM: 0, headingRad: 0 };

function tiltSeen(wrong: { readonly pitchRad?: number; readonly rollRad?: number }, noise: DetectorNoise = noNoise) {
  const hung = {
    ...camera,
    pitchRad: camera.pitchRad + (wrong.pitchRad ?? 0),
    rollRad: camera.rollRad + (wrong.rollRad ?? 0),
  };
  const detections = detectWorld(hung, pose, cones, [], noise, createRandom(4));
  const { widthPx, heightPx } = camera;
  return tiltOf(camera, coneHeightM, testFrame({ atMs: 0, widthPx, heightPx, detections }));
}

describe('the tilt of a picture', () => {
  it('of a camera that hangs as it was measured is none', () => {
    expect(tiltSeen({})?.pitchRad).toBeCloseTo(0, 1);
    expect(tiltSeen({})?.rollRad).toBeCloseTo(0, 1);
  });

  it.each([-0.15, -0.1, 0.1, 0.15])('is that of a camera that looks down by %d rad more', (pitchRad) => {
    expect(Math.abs((tiltSeen({ pitchRad }, usualNoise)?.pitchRad ?? 0) - pitchRad)).toBeLessThan(0.04);
  });

  it.each([-0.35, -0.2, 0.2, 0.35])('is that of a camera that leans by %d rad', (rollRad) => {
    expect(Math.abs((tiltSeen({ rollRad }, usualNoise)?.rollRad ?? 0) - rollRad)).toBeLessThan(0.08);
  });

  it('is not known from a few cones', () => {
    expect(tiltSeen({}, { ...noNoise, reachM: 0.8 })).toBeUndefined();
  });
});
