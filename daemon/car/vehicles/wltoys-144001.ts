import { common, degrees, hobbyServoAndSpeedController, onTheNano, usbCamera, type VehiclePreset } from './common.ts';

/**
 * A fast toy: 60 km/h as it is sold, so that a quarter of its throttle is plenty in a hall. Where receiver and speed controller
 * are one box, a speed controller of its own takes its place.
 */
export const wltoys: VehiclePreset = {
  summary: 'WLtoys 144001, 1:14, four-wheel drive, servo and speed controller on a PCA9685, USB camera',
  source:
    "Size from the maker's sheet; wheelbase, angle, mass with the Nano, lags and friction are estimates: measure yours.",
  config: {
    ...common,
    vehicle: {
      name: 'wltoys-144001',
      wheelbaseM: 0.175,
      widthM: 0.2,
      lengthM: 0.31,
      massKg: 1.6,
      maxSteeringRad: 26 * degrees,
      topSpeedMps: 16,
      motorLagMs: 250,
      maxAccelerationMps2: 4,
      maxBrakingMps2: 5,
      friction: 0.8,
      servoLagMs: 50,
      servoRateRadps: 6,
    },
    camera: usbCamera,
    actuators: {
      ...hobbyServoAndSpeedController,
      ...onTheNano,
      throttle: { ...hobbyServoAndSpeedController.throttle, slewPerS: 2, maxForward: 0.25, maxReverse: 0.25 },
    },
  },
};
