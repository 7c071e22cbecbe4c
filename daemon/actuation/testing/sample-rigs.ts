import type { ActuatorConfig, BridgeMotor } from '../../protocol/actuator-config.ts';
import { carOnDesk } from './sample-config.ts';

const { bus, commandLifetimeMs, pca9685, steering } = carOnDesk;
const throttle = { slewPerS: 8, maxForward: 1, maxReverse: 1 };
const motorBoard = { address: 0x60, frequencyHz: 1600 };
const channel = (number: number) => ({ kind: 'pca9685', channel: number }) as const;
const bridge = (pwm: number, forward: number, reverse: number): BridgeMotor => ({
  kind: 'direction-and-pwm',
  pwm: channel(pwm),
  forward: channel(forward),
  reverse: channel(reverse),
});

/** For tests: one car of each way of wiring. */
export const sampleRigs: Readonly<Record<string, ActuatorConfig>> = {
  'servo and speed controller': carOnDesk,
  'servo and bridges on two boards': {
    kind: 'servo-and-motors',
    bus,
    commandLifetimeMs,
    pca9685,
    steering,
    throttle,
    motorBoard,
    motors: [bridge(0, 1, 2), bridge(7, 6, 5), { kind: 'two-pwm', forward: channel(4), reverse: channel(3) }],
  },
  'servo and a bridge on one board': {
    kind: 'servo-and-motors',
    bus,
    commandLifetimeMs,
    pca9685,
    steering,
    throttle,
    motors: [bridge(8, 9, 10)],
  },
  'two sides, direction and PWM': {
    kind: 'differential',
    bus,
    commandLifetimeMs,
    motorBoard,
    throttle,
    steering: { slewPerS: 14, turnShare: 0.6 },
    leftMotors: [bridge(8, 10, 9)],
    rightMotors: [bridge(13, 11, 12)],
  },
  'two sides, two PWM': {
    kind: 'differential',
    bus,
    commandLifetimeMs,
    motorBoard,
    throttle,
    steering: { slewPerS: 14, turnShare: 1 },
    leftMotors: [{ kind: 'two-pwm', forward: channel(1), reverse: channel(0) }],
    rightMotors: [{ kind: 'two-pwm', forward: channel(2), reverse: channel(3) }],
  },
};

/** For tests: an L298N on the computer's own pins, its speed from PCA9685 or from hardware PWM, and the OE wire. */
export const pinRigs: Readonly<Record<string, ActuatorConfig>> = {
  'direction by GPIO, speed by PCA9685, OE': {
    kind: 'servo-and-motors',
    bus,
    commandLifetimeMs,
    pca9685,
    steering,
    throttle,
    outputEnable: { pin: 'J41 pin 7' },
    motors: [
      {
        kind: 'direction-and-pwm',
        pwm: channel(8),
        forward: { kind: 'gpio', pin: 'J41 pin 11' },
        reverse: { kind: 'gpio', pin: 'J41 pin 13' },
      },
    ],
  },
  'two sides by GPIO and hardware PWM': {
    kind: 'differential',
    bus,
    commandLifetimeMs,
    throttle,
    steering: { slewPerS: 14, turnShare: 0.5 },
    leftMotors: [
      {
        kind: 'direction-and-pwm',
        pwm: { kind: 'hardware', pin: 'J41 pin 32', frequencyHz: 1000 },
        forward: { kind: 'gpio', pin: 'J41 pin 11' },
        reverse: { kind: 'gpio', pin: 'J41 pin 13' },
      },
    ],
    rightMotors: [
      {
        kind: 'direction-and-pwm',
        pwm: { kind: 'hardware', pin: 'J41 pin 33', frequencyHz: 1000 },
        forward: { kind: 'gpio', pin: 'J41 pin 15' },
        reverse: { kind: 'gpio', pin: 'J41 pin 16' },
      },
    ],
  },
};
