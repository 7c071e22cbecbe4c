import type { ActuatorConfig } from '../../protocol/actuator-config.ts';
import { detectorRuntimeDefaults } from '../../protocol/detector-runtime.ts';
import { rates } from '../../protocol/rates.ts';
import type { CarConfig } from '../config.ts';

/** A car that the software knows, and where what it knows comes from. */
export interface VehiclePreset {
  /** One line for lists. */
  readonly summary: string;
  /** Where the numbers come from, and which of them are guesses. */
  readonly source: string;
  readonly config: CarConfig;
}

export const degrees = Math.PI / 180;

/** Everything but what a vehicle brings. */
export const common = {
  detector: {
    modelFile: 'models/car-cones-384.onnx',
    scoreThreshold: 0.4,
    iouThreshold: 0.7,
    threads: 1,
    ...detectorRuntimeDefaults,
  },
  pilot: {
    name: 'cones',
    gripShare: 0.7,
    maxSpeedMps: 2.2,
    coneHeightM: 0.1,
    stopSignWaitMs: 2000,
    stopFor: ['stop sign', 'person', 'box'],
  },
  safety: {
    driverNeutralAfterMs: rates.driverNeutralAfterMs,
    driverDisarmAfterMs: rates.driverDisarmAfterMs,
    detectionNeutralAfterMs: rates.detectionNeutralAfterMs,
    detectionStopAfterMs: rates.detectionStopAfterMs,
    detectionDelayedAfterMs: rates.detectionDelayedAfterMs,
    cappedSpeedShare: 0.6,
    rarestFrameGapMs: rates.rarestFrameGapMs,
    lostPhoneInAuto: 'stop',
    lostPhoneStopAfterMs: rates.autoLostRemoteStopAfterMs,
    idleDisarmAfterMs: rates.idleDisarmAfterMs,
  },
  remote: { host: '127.0.0.1', port: 8080, videoFramesPerSecond: 20, videoMaxWidthPx: 640, jpegQuality: 70 },
} as const satisfies Omit<CarConfig, 'vehicle' | 'camera' | 'actuators'>;

/** A Logitech C270 or one like it, on a mast of 16 cm. */
export const usbCamera: CarConfig['camera'] = {
  source: 'usb',
  widthPx: 640,
  heightPx: 480,
  framesPerSecond: 30,
  captureOffsetMs: 60,
  horizontalFieldOfViewRad: 48 * degrees,
  radialDistortion: [0, 0],
  heightM: 0.16,
  pitchRad: 10 * degrees,
  rollRad: 0,
  forwardM: 0.1,
};

/** The IMX219 with the wide lens that kits come with. Its field of view and distortion are guesses until it is calibrated. */
export const wideCsiCamera: CarConfig['camera'] = {
  ...usbCamera,
  source: 'csi',
  heightPx: 360,
  captureOffsetMs: 50,
  horizontalFieldOfViewRad: 110 * degrees,
  radialDistortion: [-0.2, 0.03],
  heightM: 0.12,
};

/** The Nano's own bus for devices. */
export const onTheNano = {
  bus: { kind: 'linux', number: 1 },
  commandLifetimeMs: rates.commandLifetimeMs,
} as const satisfies Partial<ActuatorConfig>;

export const hobbyServoAndSpeedController = {
  pca9685: { address: 0x40, frequencyHz: 50 },
  steering: { channel: 1, leftPulseUs: 1900, centrePulseUs: 1500, rightPulseUs: 1100, slewPerS: 14 },
  throttle: {
    channel: 0,
    reversePulseUs: 1000,
    neutralPulseUs: 1500,
    forwardPulseUs: 2000,
    slewPerS: 8,
    maxForward: 1,
    maxReverse: 1,
    deadZone: 0,
  },
  commandLifetimeMs: rates.commandLifetimeMs,
} as const;

/** How fast a bridge's throttle may change, and how far it goes. */
export const bridgeThrottle = { slewPerS: 6, maxForward: 1, maxReverse: 1, deadZone: 0 } as const;
