import type { Vehicle } from '../car/config.ts';
import type { PulseActuatorConfig } from '../protocol/actuator-config.ts';
import type { Pose } from '../protocol/geometry.ts';
import { gravityMps2 } from './limit-lap.ts';

/** True state of the simulated car. Position is that of the rear axle's middle. */
export interface CarState extends Pose {
  /** Along the car, negative when it rolls back. */
  readonly speedMps: number;
  readonly yawRateRadps: number;
  /** Of the front wheels, positive to the left. */
  readonly steeringRad: number;
  readonly longitudinalMps2: number;
  readonly lateralMps2: number;
  /** Mechanical power that the motor gives to the car. */
  readonly motorW: number;
}

/** What servo and speed controller are told. Absent: no pulses reach it. */
export interface Drive {
  /** In [-1, 1], positive to the left. */
  readonly steering: number | undefined;
  /** In [-1, 1]. */
  readonly throttle: number | undefined;
}

export const physicsStepMs = 1;
const stepS = physicsStepMs / 1000;

/** Tyres on a hall floor, as a share of the weight. */
const rollingResistance = 0.03;
/** A freewheeling brushed motor and its gears slow the car down with about this time constant. */
const freewheelLagS = 1.5;
/** Speed controllers take a small neighbourhood of neutral for neutral. */
const throttleDeadBand = 0.015;
/** A pulse outside of this is none: servos and speed controllers wait for one that can be. */
const leastPulseUs = 400;
const mostPulseUs = 2600;

export function carAt(pose: Pose): CarState {
  return {
    ...pose,
    speedMps: 0,
    yawRateRadps: 0,
    steeringRad: 0,
    longitudinalMps2: 0,
    lateralMps2: 0,
    motorW: 0,
  };
}

/** What pulses of these widths (0: none) say, by the ends that the actuator configuration gives. */
export function driveFromPulses(
  config: Pick<PulseActuatorConfig, 'steering' | 'throttle'>,
  pulses: { readonly steeringUs: number; readonly throttleUs: number },
): Drive {
  const { steering, throttle } = config;
  const pushed = valueFromPulse(pulses.throttleUs, {
    plusUs: throttle.forwardPulseUs,
    neutralUs: throttle.neutralPulseUs,
    minusUs: throttle.reversePulseUs,
  });
  return {
    steering: valueFromPulse(pulses.steeringUs, {
      plusUs: steering.leftPulseUs,
      neutralUs: steering.centrePulseUs,
      minusUs: steering.rightPulseUs,
    }),
    throttle: pushed !== undefined && Math.abs(pushed) < throttleDeadBand ? 0 : pushed,
  };
}

/** What a servo or a speed controller with these ends makes of a pulse, in [-1, 1]; undefined of what is none. */
export function valueFromPulse(
  pulseUs: number,
  { plusUs, neutralUs, minusUs }: { readonly plusUs: number; readonly neutralUs: number; readonly minusUs: number },
): number | undefined {
  if (pulseUs < leastPulseUs || pulseUs > mostPulseUs) return undefined;
  const end = (pulseUs - neutralUs) * (plusUs - neutralUs) >= 0 ? plusUs : minusUs;
  const value = end === neutralUs ? 0 : Math.abs((pulseUs - neutralUs) / (end - neutralUs));
  return Math.min(1, value) * (end === plusUs ? 1 : -1);
}

const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value));

/**
 * One millisecond of a bicycle model: steering follows the servo's lag and rate, speed follows the motor's first-order
 * lag within what it and the brakes give. Both share the tyres' grip on a friction circle: what the front wheels ask
 * for beyond it is not given, and the car runs wide (understeer). Without pulses the motor freewheels and the servo
 * stays where it is.
 */
export function stepCar(vehicle: Vehicle, car: CarState, drive: Drive): CarState {
  const steeringRad = steer(vehicle, car.steeringRad, drive.steering);
  const curvature = Math.tan(steeringRad) / vehicle.wheelbaseM;
  const grip = vehicle.friction * gravityMps2;
  const wantedLongitudinal = accelerate(vehicle, car.speedMps, drive.throttle);
  const wantedLateral = car.speedMps * car.speedMps * curvature;
  const share = Math.min(1, grip / Math.max(1e-9, Math.hypot(wantedLongitudinal, wantedLateral)));
  const longitudinalMps2 = wantedLongitudinal * share;
  const speedMps = car.speedMps + longitudinalMps2 * stepS;
  // The yaw that this speed and the tyres allow: at the new speed, so that no step ends beyond the grip.
  const sideGrip = Math.sqrt(Math.max(0, grip * grip - longitudinalMps2 * longitudinalMps2));
  const yawRateRadps = clamp(speedMps * curvature, sideGrip / Math.max(1e-6, Math.abs(speedMps)));
  const headingRad = car.headingRad + yawRateRadps * stepS;
  const middleRad = car.headingRad + (yawRateRadps * stepS) / 2;
  const way = ((car.speedMps + speedMps) / 2) * stepS;
  const isDriven = drive.throttle !== undefined && longitudinalMps2 * speedMps > 0;
  const resistance = rollingResistance * gravityMps2;
  return {
    xM: car.xM + way * Math.cos(middleRad),
    yM: car.yM + way * Math.sin(middleRad),
    headingRad,
    speedMps,
    yawRateRadps,
    steeringRad,
    longitudinalMps2,
    lateralMps2: speedMps * yawRateRadps,
    motorW:
      drive.throttle === undefined || drive.throttle === 0
        ? 0
        : vehicle.massKg * ((isDriven ? Math.abs(longitudinalMps2) : 0) + resistance) * Math.abs(speedMps),
  };
}

function steer(vehicle: Vehicle, steeringRad: number, steering: number | undefined): number {
  if (steering === undefined) return steeringRad;
  const away = clamp(steering, 1) * vehicle.maxSteeringRad - steeringRad;
  const lagged = (away * stepS) / Math.max(stepS, vehicle.servoLagMs / 1000);
  return steeringRad + clamp(lagged, vehicle.servoRateRadps * stepS);
}

/** Along the car: towards the speed that the throttle asks for, or rolling out without pulses. */
function accelerate(vehicle: Vehicle, speedMps: number, throttle: number | undefined): number {
  const resistance = rollingResistance * gravityMps2;
  /** Against the way it rolls, and never past a standstill. */
  const slowDown = (by: number) =>
    -Math.sign(speedMps) * Math.min(Math.abs(speedMps) / stepS, by, vehicle.maxBrakingMps2);
  if (throttle === undefined) return slowDown(resistance + Math.abs(speedMps) / freewheelLagS);
  if (throttle === 0) return slowDown(resistance + Math.abs(speedMps) / Math.max(stepS, vehicle.motorLagMs / 1000));
  const target = clamp(throttle, 1) * vehicle.topSpeedMps;
  const wanted = (target - speedMps) / Math.max(stepS, vehicle.motorLagMs / 1000);
  const speedsUp = wanted * speedMps >= 0 && Math.abs(target) >= Math.abs(speedMps);
  return clamp(wanted, speedsUp ? vehicle.maxAccelerationMps2 : vehicle.maxBrakingMps2);
}
