import { common, degrees, onTheNano, usbCamera, type VehiclePreset } from './common.ts';

/** Donkeycar counts in 4096ths of a period at 60 Hz. */
const donkeyHz = 60;
/** In whole microseconds; `count` is 0 to 4095. */
export function pulseOfDonkeyCount(count: number): number {
  return Math.round((count / 4096) * (1e6 / donkeyHz));
}

/** Its calibration's defaults: steering 460 left and 290 right, throttle 500, 370 and 220. */
const left = pulseOfDonkeyCount(460);
const right = pulseOfDonkeyCount(290);

export const donkeycar: VehiclePreset = {
  summary: 'Donkeycar standard, 1:16, servo and speed controller on a PCA9685, USB camera',
  source:
    'docs.donkeycar.com, cfg_complete.py: channels, and pulses of its default counts. Sizes and lags are estimates.',
  config: {
    ...common,
    vehicle: {
      name: 'donkeycar',
      wheelbaseM: 0.165,
      widthM: 0.19,
      lengthM: 0.3,
      massKg: 1.5,
      maxSteeringRad: 25 * degrees,
      topSpeedMps: 5,
      motorLagMs: 200,
      maxAccelerationMps2: 3.5,
      maxBrakingMps2: 4.5,
      friction: 0.75,
      servoLagMs: 60,
      servoRateRadps: 6,
    },
    camera: usbCamera,
    actuators: {
      ...onTheNano,
      pca9685: { address: 0x40, frequencyHz: donkeyHz },
      steering: {
        channel: 1,
        leftPulseUs: left,
        centrePulseUs: Math.round((left + right) / 2),
        rightPulseUs: right,
        slewPerS: 14,
      },
      throttle: {
        channel: 0,
        reversePulseUs: pulseOfDonkeyCount(220),
        neutralPulseUs: pulseOfDonkeyCount(370),
        forwardPulseUs: pulseOfDonkeyCount(500),
        slewPerS: 4,
        maxForward: 0.5,
        maxReverse: 0.5,
        deadZone: 0,
      },
    },
  },
};
