import {
  bridgeThrottle,
  common,
  degrees,
  hobbyServoAndSpeedController,
  onTheNano,
  usbCamera,
  type VehiclePreset,
} from './common.ts';

/**
 * The 1:18 metal chassis of hshop.vn: a brushed motor and a steering servo, both behind a PCA9685. Dimensions and mass
 * with the Nano and its power bank on board; friction of rubber on a smooth floor.
 */
export const hshopVehicle = {
  wheelbaseM: 0.175,
  widthM: 0.16,
  lengthM: 0.27,
  massKg: 1.2,
  maxSteeringRad: 27 * degrees,
  topSpeedMps: 2.5,
  motorLagMs: 180,
  maxAccelerationMps2: 3.5,
  maxBrakingMps2: 4.5,
  friction: 0.75,
  servoLagMs: 50,
  servoRateRadps: 6,
} as const;

export const hshop: VehiclePreset = {
  summary: 'hshop.vn 1:18 metal chassis, servo and speed controller on a PCA9685, USB camera',
  source: 'Measures of the chassis as its builder published them; mass, lags and friction are estimates.',
  config: {
    ...common,
    vehicle: { name: 'hshop-1-18', ...hshopVehicle },
    camera: usbCamera,
    actuators: { ...hobbyServoAndSpeedController, ...onTheNano },
  },
};

/** An L298N's inputs on the servo's own board: direction on two channels, speed on a third. It hums at the servo's 60 Hz. */
export const hshopWithBridge: VehiclePreset = {
  summary: 'The same chassis with its motor behind an H-bridge (L298N, TB6612) on the PCA9685',
  source: "Channels 8 (ENA), 9 (IN1) and 10 (IN2) are this project's choice: wire them so, or say otherwise.",
  config: {
    ...hshop.config,
    vehicle: { ...hshop.config.vehicle, name: 'hshop-1-18-h-bridge' },
    actuators: {
      kind: 'servo-and-motors',
      ...onTheNano,
      pca9685: { address: 0x40, frequencyHz: 60 },
      steering: hobbyServoAndSpeedController.steering,
      throttle: bridgeThrottle,
      motors: [
        {
          kind: 'direction-and-pwm',
          pwm: { kind: 'pca9685', channel: 8 },
          forward: { kind: 'pca9685', channel: 9 },
          reverse: { kind: 'pca9685', channel: 10 },
        },
      ],
    },
  },
};
