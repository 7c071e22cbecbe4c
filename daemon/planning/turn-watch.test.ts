import { describe, expect, it } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import { EgoMotion } from './ego-motion.ts';
import { viewGround } from './ground.ts';
import { ConeDrive } from './testing/cone-drive.ts';
import { createRandom } from './testing/random.ts';
import { detectWorld, usualNoise } from './testing/test-detector.ts';
import { testFrame } from './testing/test-frame.ts';
import type { TestCone } from './testing/test-track.ts';
import { TurnWatch } from './turn-watch.ts';

const drive = (curvaturePerM: number) => new ConeDrive(new TurnWatch(), curvaturePerM);
const bends = [-1.2, -0.6, 0.6, 1.2];

describe('a picture', () => {
  it.each([...bends, 0])('that turns as the car does is right, along a bend of %d 1/m', (curvaturePerM) => {
    const driven = drive(curvaturePerM);
    for (let piece = 0; piece < 40; piece++) expect(driven.go(0.5).watch.isWrong).toBe(false);
  });

  it.each(bends)('that is mirrored is known within a second of a bend of %d 1/m, and not by a few pictures', (bend) => {
    expect(drive(bend).go(0.35, { isMirrored: true }).watch.isWrong).toBe(false);
    expect(drive(bend).go(1.2, { isMirrored: true }).watch.isWrong).toBe(true);
    expect(drive(bend).go(6).go(1.2, { isMirrored: true }).watch.isWrong).toBe(true);
  });

  it.each(bends)('of a car that steers to the other side is as wrong, along a bend of %d 1/m', (bend) => {
    expect(drive(bend).go(1.2, { isSteeredOtherwise: true }).watch.isWrong).toBe(true);
  });

  it('of a camera that is turned aside is right for all that: it turns as the car does', () => {
    for (const yawRad of [-0.39, 0.39]) expect(drive(0.6).go(6, { yawRad }).watch.isWrong).toBe(false);
  });

  it('says nothing of a mirror while the car goes straight, stands, or is carried round a bend', () => {
    expect(drive(0).go(6, { isMirrored: true }).watch.isWrong).toBe(false);
    expect(drive(0.6).go(6, { isMirrored: true, isCarried: true }).watch.isWrong).toBe(false);
  });

  it.each(bends)(
    'of a car that stays where it is with turning wheels is no mirrored one, at a bend of %d 1/m',
    (bend) => {
      for (let wayM = 0; wayM < 4; wayM += 0.37) {
        expect(drive(bend).go(wayM).go(4, { isStuck: true }).watch.isWrong, `after ${wayM} m`).toBe(false);
      }
    },
  );

  it.each([10, 20, 30, 60])(
    'that is older than it is said to be is no mirrored one, at %d frames a second',
    (framesPerSecond) => {
      for (const periodS of [0.8, 1, 1.5, 2, 4]) {
        for (const lateMs of [0, 50, 100, 150, 200, 250, 300]) {
          expect(weave({ framesPerSecond, periodS, lateMs }).isWrong, `${lateMs} ms, weaving in ${periodS} s`).toBe(
            false,
          );
        }
      }
    },
  );

  it('that was put right is believed again after a bend, and not while the car is carried', () => {
    const driven = drive(0.6).go(2, { isMirrored: true });
    expect(driven.go(3, { isCarried: true }).watch.isWrong).toBe(true);
    expect(driven.go(0.2).watch.isWrong).toBe(true);
    expect(driven.go(2).watch.isWrong).toBe(false);
  });
});

/** Drives between two straight rows of cones, steering to and fro, with pictures that are older than their time says. */
function weave(options: { framesPerSecond: number; periodS: number; lateMs: number }): TurnWatch {
  const { framesPerSecond, periodS, lateMs } = options;
  const config = loadConfig({});
  const { camera, pilot } = config;
  const { widthPx, heightPx } = camera;
  const cones = [1, -1].flatMap((side) =>
    Array.from({ length: 40 }, (_, index): TestCone => {
      return { xM: 0.5 * index + (side > 0 ? 0 : 0.2), yM: 0.45 * side, colour: side > 0 ? 'blue' : 'yellow' };
    }),
  );
  const random = createRandom(7);
  const [commanded, driven] = [new EgoMotion(config), new EgoMotion(config)];
  const watch = new TurnWatch();
  const framePeriodMs = 1000 / framesPerSecond;
  let nextFrameMs = 1000;
  for (let atMs = 0; atMs < 8000; atMs += 20) {
    const told = { steering: 0.6 * Math.sin((2 * Math.PI * atMs) / 1000 / periodS), throttle: 0.2 };
    commanded.drove(told, atMs);
    driven.drove(told, atMs);
    while (nextFrameMs <= atMs) {
      const seen = detectWorld(camera, driven.advanceTo(nextFrameMs - lateMs), cones, [], usualNoise, random);
      const frame = testFrame({ atMs: nextFrameMs, widthPx, heightPx, detections: seen });
      watch.observe(viewGround(camera, pilot.coneHeightM, frame).cones, commanded.advanceTo(nextFrameMs), nextFrameMs);
      nextFrameMs += framePeriodMs;
    }
  }
  return watch;
}
