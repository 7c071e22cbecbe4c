import type { BridgeMotor, ServoConfig } from '../../protocol/actuator-config.ts';
import { bridgeThrottle, common, degrees, onTheNano, type VehiclePreset, wideCsiCamera } from './common.ts';

/**
 * NVIDIA's software drives both as "continuous servos" of Adafruit's library, whose pulses go from 750 to 2250 us: a gain of g
 * is 750 g to either side. Its steering gain is -0.65, its throttle gain 0.8.
 */
const spanUs = 750;
const centreUs = 1500;
const steeringGain = -0.65;
const throttleGain = 0.8;

const steering: ServoConfig = {
  channel: 0,
  leftPulseUs: centreUs + steeringGain * spanUs,
  centrePulseUs: centreUs,
  rightPulseUs: centreUs - steeringGain * spanUs,
  slewPerS: 14,
};

const vehicle = {
  wheelbaseM: 0.174,
  widthM: 0.19,
  lengthM: 0.27,
  massKg: 1.5,
  maxSteeringRad: 25 * degrees,
  topSpeedMps: 6,
  motorLagMs: 200,
  maxAccelerationMps2: 3.5,
  maxBrakingMps2: 4.5,
  friction: 0.75,
  servoLagMs: 60,
  servoRateRadps: 6,
};

export const nvidiaJetRacer: VehiclePreset = {
  summary: 'NVIDIA JetRacer (Latrax 1:18), servo and speed controller on a PCA9685, CSI camera',
  source:
    'github.com/NVIDIA-AI-IOT/jetracer, nvidia_racecar.py: address, channels, gains. Sizes and lags are estimates.',
  config: {
    ...common,
    vehicle: { name: 'nvidia-jetracer', ...vehicle },
    camera: wideCsiCamera,
    actuators: {
      ...onTheNano,
      pca9685: { address: 0x40, frequencyHz: 50 },
      steering,
      throttle: {
        channel: 1,
        reversePulseUs: centreUs - throttleGain * spanUs,
        neutralPulseUs: centreUs,
        forwardPulseUs: centreUs + throttleGain * spanUs,
        slewPerS: 4,
        maxForward: 0.5,
        maxReverse: 0.5,
        deadZone: 0,
      },
    },
  },
};

const channel = (number: number) => ({ kind: 'pca9685', channel: number }) as const;

/** Two motors behind a TB6612 (speed 0 and 7), and the inputs that the stronger bridge of the Pro has beside them (4, 3). */
const waveshareMotors: BridgeMotor[] = [
  { kind: 'direction-and-pwm', pwm: channel(0), forward: channel(1), reverse: channel(2) },
  { kind: 'direction-and-pwm', pwm: channel(7), forward: channel(6), reverse: channel(5) },
  { kind: 'two-pwm', forward: channel(4), reverse: channel(3) },
];

export const waveshareJetRacer: VehiclePreset = {
  summary: 'Waveshare JetRacer and JetRacer Pro, servo on one PCA9685, motors on another, CSI camera',
  source:
    'github.com/waveshare/jetracer, nvidia_racecar.py: addresses, 1600 Hz, channels. Sizes and lags are estimates.',
  config: {
    ...common,
    vehicle: { name: 'waveshare-jetracer', ...vehicle, wheelbaseM: 0.16, topSpeedMps: 2 },
    camera: wideCsiCamera,
    actuators: {
      kind: 'servo-and-motors',
      ...onTheNano,
      pca9685: { address: 0x40, frequencyHz: 50 },
      motorBoard: { address: 0x60, frequencyHz: 1600 },
      steering,
      throttle: bridgeThrottle,
      motors: waveshareMotors,
    },
  },
};
