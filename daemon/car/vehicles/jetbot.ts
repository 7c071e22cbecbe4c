import type { BridgeMotor } from '../../protocol/actuator-config.ts';
import { bridgeThrottle, common, onTheNano, type VehiclePreset, wideCsiCamera } from './common.ts';

const trackWidthM = 0.114;
/** How much slower the inner side is at full steering: a curve of 95 mm about the middle. */
const turnShare = 0.6;
const wheelbaseM = 0.1;

/**
 * No wheel is steered: wheelbase and angle are those of a car with the same tightest curve, whose curvature is
 * tan(angle) / wheelbase here and 2 turnShare / trackWidth there.
 */
const vehicle = {
  wheelbaseM,
  widthM: 0.14,
  lengthM: 0.18,
  massKg: 0.9,
  maxSteeringRad: Math.atan((2 * turnShare * wheelbaseM) / trackWidthM),
  topSpeedMps: 0.6,
  motorLagMs: 120,
  maxAccelerationMps2: 2,
  maxBrakingMps2: 3,
  friction: 0.7,
  servoLagMs: 20,
  servoRateRadps: 20,
};

const channel = (number: number) => ({ kind: 'pca9685', channel: number }) as const;
const twoSides = {
  kind: 'differential',
  ...onTheNano,
  steering: { slewPerS: 14, turnShare },
  throttle: bridgeThrottle,
} as const;

const hatMotor = (pwm: number, forward: number, reverse: number): BridgeMotor => ({
  kind: 'direction-and-pwm',
  pwm: channel(pwm),
  forward: channel(forward),
  reverse: channel(reverse),
});
const pairMotor = (forward: number, reverse: number): BridgeMotor => ({
  kind: 'two-pwm',
  forward: channel(forward),
  reverse: channel(reverse),
});

export const jetBot: VehiclePreset = {
  summary: 'NVIDIA JetBot, two motors on an Adafruit MotorHAT, CSI camera',
  source:
    'github.com/NVIDIA-AI-IOT/jetbot, robot.py and motor.py; Adafruit MotorHAT: motor 1 on 8 to 10, motor 2 on 11 to 13. ' +
    'Sizes and lags are estimates.',
  config: {
    ...common,
    vehicle: { name: 'jetbot', ...vehicle },
    camera: { ...wideCsiCamera, heightM: 0.09, forwardM: 0.06 },
    actuators: {
      ...twoSides,
      motorBoard: { address: 0x60, frequencyHz: 1600 },
      leftMotors: [hatMotor(8, 9, 10)],
      rightMotors: [hatMotor(13, 12, 11)],
    },
  },
};

export const waveshareJetBot: VehiclePreset = {
  summary: 'Waveshare JetBot, two motors and an INA219 on its own board, CSI camera',
  source:
    'github.com/NVIDIA-AI-IOT/jetbot, motor.py, where it serves the Waveshare board; its INA219 at 0x42 (older boards: 0x41), ' +
    'share (V - 6.0) / 2.4. Sizes and lags are estimates.',
  config: {
    ...jetBot.config,
    vehicle: { ...jetBot.config.vehicle, name: 'waveshare-jetbot' },
    actuators: {
      ...twoSides,
      motorBoard: { address: 0x60, frequencyHz: 1600 },
      leftMotors: [pairMotor(1, 0)],
      rightMotors: [pairMotor(2, 3)],
      battery: { address: 0x42, shuntOhm: 0.01, emptyV: 6, fullV: 8.4, lowShare: 0.3, criticalShare: 0.15 },
    },
  },
};
