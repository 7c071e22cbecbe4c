import type { CarConfig } from '../../car/config.ts';
import { loadConfig } from '../../car/load-config.ts';
import type { Detection, FrameDetections } from '../../protocol/detection.ts';
import type { Pose } from '../../protocol/geometry.ts';
import { EgoMotion } from '../ego-motion.ts';
import { type SeenCone, viewGround } from '../ground.ts';
import { type DriveValues, neutral } from '../pilots/pilot.ts';
import { createRandom } from './random.ts';
import { detectWorld, usualNoise } from './test-detector.ts';
import { testFrame } from './test-frame.ts';
import type { TestCone } from './test-track.ts';

const framePeriodMs = 50;
const speedMps = 1.2;

/** What a watch is shown of each picture: the pose is by the commands alone. Some want the picture and the commands themselves. */
export interface ConeWatch {
  observe(cones: readonly SeenCone[], pose: Pose, atMs: number, frame: FrameDetections, told: DriveValues): void;
}

/** What is not as it should be while the car goes. */
interface Wrong {
  /** The camera looks so far to the left. */
  readonly yawRad?: number;
  readonly isMirrored?: boolean;
  /** The wheels turn to the other side than they are told to. */
  readonly isSteeredOtherwise?: boolean;
  /** Somebody's hand moves the car. */
  readonly isCarried?: boolean;
  /** The wheels turn, or are told to, and the car stays where it is. */
  readonly isStuck?: boolean;
}

/** Two rows of cones along a way that bends evenly, many turns of it. */
function coneRows(curvaturePerM: number): TestCone[] {
  return [1, -1].flatMap((side) =>
    Array.from({ length: 60 }, (_, index): TestCone => {
      const { xM, yM, headingRad } = poseAlong(curvaturePerM, 0.5 * index + (side > 0 ? 0 : 0.2));
      return {
        xM: xM - side * 0.45 * Math.sin(headingRad),
        yM: yM + side * 0.45 * Math.cos(headingRad),
        colour: side > 0 ? 'blue' : 'yellow',
      };
    }),
  );
}

function poseAlong(curvaturePerM: number, alongM: number): Pose {
  const headingRad = curvaturePerM * alongM;
  if (Math.abs(curvaturePerM) < 1e-9) return { xM: alongM, yM: 0, headingRad };
  return { xM: Math.sin(headingRad) / curvaturePerM, yM: (1 - Math.cos(headingRad)) / curvaturePerM, headingRad };
}

/** A car that drives between two rows of cones, and a watch that is shown what it sees. */
export class ConeDrive<Watch extends ConeWatch> {
  readonly watch: Watch;
  readonly #config: CarConfig = loadConfig({});
  readonly #commanded = new EgoMotion(this.#config);
  readonly #cones: TestCone[];
  readonly #curvaturePerM: number;
  readonly #random = createRandom(9);
  #alongM = 0;
  #atMs = 1000;

  constructor(watch: Watch, curvaturePerM: number) {
    this.watch = watch;
    this.#curvaturePerM = curvaturePerM;
    this.#cones = coneRows(curvaturePerM);
  }

  /** Until the car has gone so far, or should have. */
  go(wayM: number, wrong: Wrong = {}): this {
    const { yawRad = 0, isMirrored = false, isSteeredOtherwise = false, isCarried = false, isStuck = false } = wrong;
    const { camera, pilot, vehicle } = this.#config;
    const { widthPx, heightPx } = camera;
    const steering = Math.atan(vehicle.wheelbaseM * this.#curvaturePerM) / vehicle.maxSteeringRad;
    const told: DriveValues = isCarried
      ? neutral
      : { steering: isSteeredOtherwise ? -steering : steering, throttle: speedMps / vehicle.topSpeedMps };
    const stepM = (speedMps * framePeriodMs) / 1000;
    for (let goneM = 0; goneM < wayM; goneM += stepM) {
      this.#atMs += framePeriodMs;
      if (!isStuck) this.#alongM += stepM;
      this.#commanded.drove(told, this.#atMs);
      const pose = poseAlong(this.#curvaturePerM, this.#alongM);
      const looks = { ...pose, headingRad: pose.headingRad + yawRad };
      const seen = detectWorld(camera, looks, this.#cones, [], usualNoise, this.#random);
      const detections = isMirrored ? seen.map((detection) => mirrored(detection, widthPx)) : seen;
      const frame = testFrame({ atMs: this.#atMs, widthPx, heightPx, detections });
      const { cones } = viewGround(camera, pilot.coneHeightM, frame);
      this.watch.observe(cones, this.#commanded.advanceTo(this.#atMs), this.#atMs, frame, told);
    }
    return this;
  }
}

function mirrored(detection: Detection, widthPx: number): Detection {
  const { box } = detection;
  return { ...detection, box: { ...box, xPx: widthPx - box.xPx - box.widthPx } };
}
