import type { PulseActuatorConfig } from '../protocol/actuator-config.ts';
import { detectorRuntimeDefaults } from '../protocol/detector-runtime.ts';
import { rates } from '../protocol/rates.ts';
import type { CarConfig } from './config.ts';

const degrees = Math.PI / 180;

/** Everything but what a vehicle brings. */
const common = {
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
} as const;

/**
 * The 1:18 metal chassis of hshop.vn: a brushed motor and a steering servo, both behind a PCA9685. Dimensions and mass
 * with the Nano and its power bank on board; friction of rubber on a smooth floor.
 */
const hshopVehicle = {
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

const hobbyServoAndSpeedController = {
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
  },
  commandLifetimeMs: rates.commandLifetimeMs,
} as const;

/** The simulated car's wheels, as those of a real one. */
export const simulatedActuators: PulseActuatorConfig = {
  ...hobbyServoAndSpeedController,
  throttle: { ...hobbyServoAndSpeedController.throttle, armingNeutralMs: 200 },
  bus: { kind: 'simulated', socket: '' },
};

const simulatedCar: CarConfig = {
  ...common,
  pilot: { ...common.pilot, stopFor: [...common.pilot.stopFor] },
  vehicle: { name: 'simulated', ...hshopVehicle },
  camera: {
    source: 'simulator',
    widthPx: 480,
    heightPx: 360,
    framesPerSecond: 20,
    captureOffsetMs: 0,
    horizontalFieldOfViewRad: 80 * degrees,
    radialDistortion: [-0.05, 0.005],
    heightM: 0.16,
    pitchRad: 10 * degrees,
    rollRad: 0,
    forwardM: 0.1,
  },
  actuators: simulatedActuators,
};

/** The same chassis on a real Jetson Nano with a Logitech C270. Unproven on a board. */
const hshopCar: CarConfig = {
  ...simulatedCar,
  vehicle: { name: 'hshop-1-18', ...hshopVehicle },
  camera: {
    ...simulatedCar.camera,
    source:
      'gst-launch-1.0 -q v4l2src device=/dev/video0 ! image/jpeg,width=640,height=480,framerate=30/1 ! jpegdec ! ' +
      'videoconvert ! video/x-raw,format=RGB,width=640,height=480 ! fdsink fd=1',
    widthPx: 640,
    heightPx: 480,
    framesPerSecond: 30,
    captureOffsetMs: 60,
    horizontalFieldOfViewRad: 48 * degrees,
    radialDistortion: [0, 0],
  },
  actuators: { ...hobbyServoAndSpeedController, bus: { kind: 'linux', number: 1 } },
};

export const presets: Readonly<Record<string, CarConfig>> = {
  simulated: simulatedCar,
  'hshop-1-18': hshopCar,
};
