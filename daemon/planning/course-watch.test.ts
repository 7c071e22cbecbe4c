import { describe, expect, it } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import { CourseWatch } from './course-watch.ts';
import { viewGround } from './ground.ts';
import { createRandom } from './testing/random.ts';
import { detectWorld, usualNoise } from './testing/test-detector.ts';
import { testFrame } from './testing/test-frame.ts';
import type { TestCone } from './testing/test-track.ts';

const config = loadConfig({});
const { camera, vehicle } = config;
const framePeriodMs = 50;
const speedMps = 1.2;

/** Two rows of cones along a way that bends evenly, many turns of it. */
function coneRows(curvaturePerM: number): TestCone[] {
  return [1, -1].flatMap((side) =>
    Array.from({ length: 60 }, (_, index): TestCone => {
      const alongM = 0.5 * index + (side > 0 ? 0 : 0.2);
      const headingRad = curvaturePerM * alongM;
      const straight = Math.abs(curvaturePerM) < 1e-9;
      const xM = straight ? alongM : Math.sin(headingRad) / curvaturePerM;
      const yM = straight ? 0 : (1 - Math.cos(headingRad)) / curvaturePerM;
      return {
        xM: xM - side * 0.45 * Math.sin(headingRad),
        yM: yM + side * 0.45 * Math.cos(headingRad),
        colour: side > 0 ? 'blue' : 'yellow',
      };
    }),
  );
}

class Drive {
  readonly watch = new CourseWatch(config);
  readonly #cones: TestCone[];
  readonly #curvaturePerM: number;
  readonly #random = createRandom(9);
  #alongM = 0;
  #atMs = 1000;

  constructor(curvaturePerM: number) {
    this.#curvaturePerM = curvaturePerM;
    this.#cones = coneRows(curvaturePerM);
  }

  /** Drives so far with a camera turned to the left by `yawRad`; `carried` is moved by somebody's hand. */
  go(wayM: number, { yawRad = 0, carried = false } = {}): this {
    const curvature = this.#curvaturePerM;
    const steering = Math.atan(vehicle.wheelbaseM * curvature) / vehicle.maxSteeringRad;
    const untilM = this.#alongM + wayM;
    while (this.#alongM < untilM) {
      this.#atMs += framePeriodMs;
      this.#alongM += (speedMps * framePeriodMs) / 1000;
      this.watch.drove(
        carried ? { steering: 0, throttle: 0 } : { steering, throttle: speedMps / vehicle.topSpeedMps },
        this.#atMs,
      );
      const headingRad = curvature * this.#alongM;
      const straight = Math.abs(curvature) < 1e-9;
      const detections = detectWorld(
        camera,
        {
          xM: straight ? this.#alongM : Math.sin(headingRad) / curvature,
          yM: straight ? 0 : (1 - Math.cos(headingRad)) / curvature,
          headingRad: headingRad + yawRad,
        },
        this.#cones,
        [],
        usualNoise,
        this.#random,
      );
      const { widthPx, heightPx } = camera;
      const frame = testFrame({ atMs: this.#atMs, widthPx, heightPx, detections });
      this.watch.observe(viewGround(camera, config.pilot.coneHeightM, frame).cones, this.#atMs);
    }
    return this;
  }
}

const turned = 0.39;

describe('a camera', () => {
  it.each([-0.6, 0, 0.6])('that looks where the car drives is right, along a bend of %d 1/m', (curvaturePerM) => {
    const { watch } = new Drive(curvaturePerM).go(9);
    expect(watch.isWrong).toBe(false);
    expect(Math.abs(watch.asideRad ?? 1)).toBeLessThan(0.08);
  });

  it.each([
    [turned, 0],
    [-turned, 0],
    [turned, 0.6],
    [-turned, -0.6],
  ])('turned aside by %d rad is noticed within a few metres, along a bend of %d 1/m', (yawRad, curvaturePerM) => {
    expect(new Drive(curvaturePerM).go(6, { yawRad }).watch.isWrong).toBe(true);
  });

  it('of a car that stands or is carried says nothing', () => {
    const { watch } = new Drive(0).go(6, { yawRad: turned, carried: true });
    expect(watch.isWrong).toBe(false);
    expect(watch.asideRad).toBeUndefined();
  });

  it('that was put right is believed again after a few metres, and not before', () => {
    const drive = new Drive(0).go(6, { yawRad: turned });
    expect(drive.watch.isWrong).toBe(true);
    expect(drive.go(0.5).watch.isWrong).toBe(true);
    expect(drive.go(6).watch.isWrong).toBe(false);
  });
});
