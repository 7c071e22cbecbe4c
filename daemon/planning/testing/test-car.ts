import type { Vehicle } from '../../car/config.ts';
import type { Pose } from '../../protocol/geometry.ts';
import { gravityMps2 } from '../vehicle-response.ts';

/** How the car on the floor differs from its data sheet. */
export interface Imperfection {
  readonly speedGain: number;
  readonly steeringGain: number;
  readonly steeringOffset: number;
}

export const perfect: Imperfection = { speedGain: 1, steeringGain: 1, steeringOffset: 0 };

/** A kinematic bicycle with motor and servo lag, the gate's slew, and tyres that let go beyond their friction. */
export class TestCar {
  pose: Pose;
  speedMps = 0;
  yawRateRadps = 0;
  readonly #vehicle: Vehicle;
  readonly #imperfection: Imperfection;
  #wheelRad = 0;
  #steering = 0;
  #throttle = 0;

  constructor(vehicle: Vehicle, pose: Pose, imperfection: Imperfection) {
    this.#vehicle = vehicle;
    this.pose = pose;
    this.#imperfection = imperfection;
  }

  step(asked: { readonly steering: number; readonly throttle: number }, stepS: number): void {
    const { wheelbaseM, maxSteeringRad, topSpeedMps, motorLagMs, servoLagMs, servoRateRadps, friction } = this.#vehicle;
    const { maxAccelerationMps2, maxBrakingMps2 } = this.#vehicle;
    const towards = (value: number, target: number, most: number): number =>
      value + Math.max(-most, Math.min(most, target - value));
    this.#steering = towards(this.#steering, asked.steering, 14 * stepS);
    this.#throttle = asked.throttle === 0 ? 0 : towards(this.#throttle, asked.throttle, 8 * stepS);
    const wheelTarget =
      (this.#steering * this.#imperfection.steeringGain + this.#imperfection.steeringOffset) * maxSteeringRad;
    const wheelChange = ((wheelTarget - this.#wheelRad) * stepS * 1000) / servoLagMs;
    this.#wheelRad += Math.max(-servoRateRadps * stepS, Math.min(servoRateRadps * stepS, wheelChange));
    const drive = (this.#throttle * topSpeedMps * this.#imperfection.speedGain - this.speedMps) / (motorLagMs / 1000);
    this.speedMps += Math.max(-maxBrakingMps2, Math.min(maxAccelerationMps2, drive)) * stepS;
    const grip = friction * gravityMps2;
    const wanted = (this.speedMps * Math.tan(this.#wheelRad)) / wheelbaseM;
    const most = grip / Math.max(0.05, Math.abs(this.speedMps));
    this.yawRateRadps = Math.max(-most, Math.min(most, wanted));
    const headingRad = this.pose.headingRad + this.yawRateRadps * stepS;
    this.pose = {
      xM: this.pose.xM + this.speedMps * Math.cos(headingRad) * stepS,
      yM: this.pose.yM + this.speedMps * Math.sin(headingRad) * stepS,
      headingRad,
    };
  }
}
