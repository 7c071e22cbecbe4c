import type { CarConfig, Vehicle } from '../car/config.ts';
import { approach } from '../protocol/approach.ts';
import type { Pose } from '../protocol/geometry.ts';
import { type GroundEstimate, rotateCovariance } from './ground-estimate.ts';
import { type Matrix6, multiply6, multiplyTransposed6 } from './matrix6.ts';
import { type DriveValues, neutral } from './pilots/pilot.ts';

/** Where the car is in the odometry frame, which begins where the car was when the daemon started. */
export interface EgoState extends Pose {
  readonly speedMps: number;
  readonly yawRateRadps: number;
}

/** A thing seen from the car (car frame) beside the same thing as mapped (odometry frame). */
export interface Match {
  readonly seen: GroundEstimate;
  readonly mapped: GroundEstimate;
}

interface Motion {
  xM: number;
  yM: number;
  headingRad: number;
  speedMps: number;
  /** Real steady speed over the vehicle's nominal one: battery, floor, tyres. */
  speedGain: number;
  /** Yaw rate that the kinematic model does not explain: slip, trim. */
  extraYawRadps: number;
  /** Front wheels as they stand, and the commands as the gate's slew has let them through. */
  wheelRad: number;
  steering: number;
  throttle: number;
}

interface LoggedCommand extends DriveValues {
  readonly fromMs: number;
}

const maxStepMs = 10;
/** Commands older than this are folded into the filter: no frame that comes so late drives. */
const longestLogMs = 2000;
/** Command sent → pulse at the servo: half a PWM period. */
const actuationDelayMs = 10;
const extraYawDecayS = 0.4;
/** Standard deviations per square root of a second; speed's grows with how much the car moves. */
const noise = { positionM: 0.02, headingRad: 0.03, speedMps: 0.5, speedGain: 0.03, extraYawRadps: 0.8 };

/**
 * Where the car is, from the commands it was given and from cones seen again. A Kalman filter that stands at the capture
 * time of the newest frame: late detections are placed where the car was when they were taken, and the present is
 * predicted from there with the commands given since. State: x, y, heading, speed, speed gain, unexplained yaw rate.
 */
export class EgoMotion {
  readonly #vehicle: Vehicle;
  readonly #steeringSlewPerS: number;
  readonly #throttleSlewPerS: number;
  readonly #motion: Motion = {
    xM: 0,
    yM: 0,
    headingRad: 0,
    speedMps: 0,
    speedGain: 1,
    extraYawRadps: 0,
    wheelRad: 0,
    steering: 0,
    throttle: 0,
  };
  #covariance: Matrix6 = new Float64Array(36);
  #atMs: number | undefined;
  #travelledM = 0;
  #log: LoggedCommand[] = [];

  constructor(config: CarConfig) {
    this.#vehicle = config.vehicle;
    this.#steeringSlewPerS = config.actuators.steering.slewPerS;
    this.#throttleSlewPerS = config.actuators.throttle.slewPerS;
    this.#covariance[4 * 7] = 0.1 ** 2;
  }

  /** How far the car has gone by capture time of the newest frame. */
  get travelledM(): number {
    return this.#travelledM;
  }

  /** How many commands are kept: bounded, however long no frame comes. */
  get loggedCommands(): number {
    return this.#log.length;
  }

  drove(given: DriveValues, nowMs: number): void {
    this.#atMs ??= nowMs;
    const newest = this.#log.at(-1) ?? neutral;
    if (given.steering !== newest.steering || given.throttle !== newest.throttle) {
      this.#log.push({ fromMs: nowMs + actuationDelayMs, steering: given.steering, throttle: given.throttle });
    }
    if (nowMs - this.#atMs > longestLogMs) this.advanceTo(nowMs - longestLogMs);
  }

  /** Moves the filter on to a capture time; the past is left alone. */
  advanceTo(captureMs: number): EgoState {
    if (this.#atMs === undefined) this.#atMs = captureMs;
    const motion = this.#motion;
    this.#walk(motion, captureMs, (stepS) => {
      const before = { ...motion };
      this.#advance(motion, stepS);
      this.#travelledM += Math.abs(motion.speedMps) * stepS;
      this.#covariance = this.#propagate(before, stepS);
    });
    this.#atMs = Math.max(this.#atMs, captureMs);
    // The newest command before the present is still in force.
    let inForce = 0;
    while (inForce + 1 < this.#log.length && this.#log[inForce + 1]!.fromMs <= this.#atMs) inForce++;
    this.#log.splice(0, inForce);
    return this.#view(motion);
  }

  /** The car at a time after the newest frame, by the commands given since; beyond the present, by the last one. */
  predict(atMs: number): EgoState {
    const motion = { ...this.#motion };
    this.#walk(motion, atMs, (stepS) => this.#advance(motion, stepS));
    return this.#view(motion);
  }

  /** How sure the filter is of its position and heading: standard deviations. */
  get uncertainty(): { readonly positionM: number; readonly headingRad: number; readonly speedMps: number } {
    const p = this.#covariance;
    return { positionM: Math.sqrt(p[0]! + p[7]!), headingRad: Math.sqrt(p[14]!), speedMps: Math.sqrt(p[21]!) };
  }

  /** Corrects the pose and the speed by things seen again, one after the other; gates none, the caller matched them. */
  correct(matches: readonly Match[]): EgoState {
    for (const match of matches) this.#correctBy(match);
    const motion = this.#motion;
    motion.speedGain = Math.max(0.5, Math.min(1.5, motion.speedGain));
    motion.extraYawRadps = Math.max(-3, Math.min(3, motion.extraYawRadps));
    return this.#view(motion);
  }

  #view(motion: Motion): EgoState {
    const curvature = Math.tan(motion.wheelRad) / this.#vehicle.wheelbaseM;
    return {
      xM: motion.xM,
      yM: motion.yM,
      headingRad: motion.headingRad,
      speedMps: motion.speedMps,
      yawRateRadps: motion.speedMps * curvature + motion.extraYawRadps,
    };
  }

  /** Calls `advance` in small steps with the command in force set on the motion. */
  #walk(motion: Motion, untilMs: number, advance: (stepS: number) => void): void {
    let atMs = this.#atMs ?? untilMs;
    let index = -1;
    // After a long pause, coarse steps do: nothing moves.
    const stepMs = untilMs - atMs > 2000 ? (untilMs - atMs) / 200 : maxStepMs;
    while (atMs < untilMs - 1e-6) {
      while (index + 1 < this.#log.length && this.#log[index + 1]!.fromMs <= atMs + 1e-6) index++;
      const nextCommandMs = this.#log[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      const endMs = Math.min(untilMs, atMs + stepMs, nextCommandMs);
      const stepS = (endMs - atMs) / 1000;
      const command = this.#log[index] ?? neutral;
      motion.steering = approach(motion.steering, command.steering, this.#steeringSlewPerS * stepS);
      // The gate cuts to neutral at once.
      motion.throttle =
        command.throttle === 0 ? 0 : approach(motion.throttle, command.throttle, this.#throttleSlewPerS * stepS);
      advance(stepS);
      atMs = endMs;
    }
  }

  #acceleration(motion: Motion): { readonly mps2: number; readonly saturated: boolean } {
    const { motorLagMs, topSpeedMps, maxAccelerationMps2, maxBrakingMps2 } = this.#vehicle;
    const lagS = Math.max(0.02, motorLagMs / 1000);
    const wanted = (motion.throttle * motion.speedGain * topSpeedMps - motion.speedMps) / lagS;
    const mps2 = Math.max(-maxBrakingMps2, Math.min(maxAccelerationMps2, wanted));
    return { mps2, saturated: mps2 !== wanted };
  }

  #advance(motion: Motion, stepS: number): void {
    const { wheelbaseM, maxSteeringRad, servoLagMs, servoRateRadps } = this.#vehicle;
    const { mps2 } = this.#acceleration(motion);
    const yawRate = (motion.speedMps * Math.tan(motion.wheelRad)) / wheelbaseM + motion.extraYawRadps;
    const heading = motion.headingRad + (yawRate * stepS) / 2;
    motion.xM += motion.speedMps * Math.cos(heading) * stepS;
    motion.yM += motion.speedMps * Math.sin(heading) * stepS;
    motion.headingRad += yawRate * stepS;
    motion.speedMps += mps2 * stepS;
    motion.extraYawRadps *= Math.exp(-stepS / extraYawDecayS);
    const wheelGap = motion.steering * maxSteeringRad - motion.wheelRad;
    const share = servoLagMs > 0 ? 1 - Math.exp((-stepS * 1000) / servoLagMs) : 1;
    const change = wheelGap * share;
    motion.wheelRad += Math.max(-servoRateRadps * stepS, Math.min(servoRateRadps * stepS, change));
  }

  #propagate(before: Motion, stepS: number): Matrix6 {
    const { wheelbaseM, topSpeedMps, motorLagMs } = this.#vehicle;
    const lagS = Math.max(0.02, motorLagMs / 1000);
    const { saturated } = this.#acceleration(before);
    const f: Matrix6 = new Float64Array(36);
    for (let i = 0; i < 6; i++) f[i * 7] = 1;
    f[0 * 6 + 2] = -before.speedMps * Math.sin(before.headingRad) * stepS;
    f[0 * 6 + 3] = Math.cos(before.headingRad) * stepS;
    f[1 * 6 + 2] = before.speedMps * Math.cos(before.headingRad) * stepS;
    f[1 * 6 + 3] = Math.sin(before.headingRad) * stepS;
    f[2 * 6 + 3] = (Math.tan(before.wheelRad) / wheelbaseM) * stepS;
    f[2 * 6 + 5] = stepS;
    if (!saturated) {
      f[3 * 6 + 3] = Math.max(0, 1 - stepS / lagS);
      f[3 * 6 + 4] = (before.throttle * topSpeedMps * stepS) / lagS;
    }
    f[5 * 6 + 5] = Math.exp(-stepS / extraYawDecayS);
    const p = multiplyTransposed6(multiply6(f, this.#covariance), f);
    const moving = Math.min(1, Math.abs(before.speedMps) + Math.abs(before.throttle));
    const add = (index: number, deviation: number): void => {
      p[index * 7] = p[index * 7]! + deviation * deviation * stepS;
    };
    add(0, noise.positionM * moving);
    add(1, noise.positionM * moving);
    add(2, noise.headingRad * moving);
    add(3, noise.speedMps * (0.05 + moving));
    add(4, noise.speedGain * moving);
    add(5, noise.extraYawRadps * moving);
    return p;
  }

  #correctBy({ seen, mapped }: Match): void {
    const motion = this.#motion;
    const cos = Math.cos(motion.headingRad);
    const sin = Math.sin(motion.headingRad);
    const dx = mapped.xM - motion.xM;
    const dy = mapped.yM - motion.yM;
    const expectedX = cos * dx + sin * dy;
    const expectedY = -sin * dx + cos * dy;
    // d(expected)/d(x, y, heading): two rows; the other columns are zero.
    const h0 = [-cos, -sin, expectedY] as const;
    const h1 = [sin, -cos, -expectedX] as const;
    const p = this.#covariance;
    const ph0 = new Float64Array(6);
    const ph1 = new Float64Array(6);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 3; j++) {
        ph0[i] = ph0[i]! + p[i * 6 + j]! * h0[j]!;
        ph1[i] = ph1[i]! + p[i * 6 + j]! * h1[j]!;
      }
    }
    const rotated = rotateCovariance(mapped, cos, -sin);
    let s00 = seen.xx + rotated.xx;
    let s01 = seen.xy + rotated.xy;
    let s11 = seen.yy + rotated.yy;
    for (let j = 0; j < 3; j++) {
      s00 += h0[j]! * ph0[j]!;
      s01 += h0[j]! * ph1[j]!;
      s11 += h1[j]! * ph1[j]!;
    }
    const determinant = s00 * s11 - s01 * s01;
    if (!(determinant > 1e-12)) return;
    const ex = seen.xM - expectedX;
    const ey = seen.yM - expectedY;
    const k0 = new Float64Array(6);
    const k1 = new Float64Array(6);
    for (let i = 0; i < 6; i++) {
      k0[i] = (ph0[i]! * s11 - ph1[i]! * s01) / determinant;
      k1[i] = (ph1[i]! * s00 - ph0[i]! * s01) / determinant;
    }
    const change = (i: number): number => k0[i]! * ex + k1[i]! * ey;
    motion.xM += change(0);
    motion.yM += change(1);
    motion.headingRad += change(2);
    motion.speedMps += change(3);
    motion.speedGain += change(4);
    motion.extraYawRadps += change(5);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) p[i * 6 + j] = p[i * 6 + j]! - k0[i]! * ph0[j]! - k1[i]! * ph1[j]!;
    }
    // Rounding must not make it lopsided.
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < i; j++) {
        const mean = (p[i * 6 + j]! + p[j * 6 + i]!) / 2;
        p[i * 6 + j] = mean;
        p[j * 6 + i] = mean;
      }
    }
  }
}
