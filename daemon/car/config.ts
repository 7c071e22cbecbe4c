import { z } from 'zod';
import { actuatorConfigSchema } from '../protocol/actuator-config.ts';
import { detectorRuntimeSchema } from '../protocol/detector-runtime.ts';
import { cameraMountSchema, detectorSettingsSchema, pilotSettingsSchema } from '../protocol/settings.ts';

const meters = (max: number) => z.number().positive().max(max);

const vehicleSchema = z.strictObject({
  name: z.string().min(1),
  wheelbaseM: meters(2),
  /** Over all, for clearance. */
  widthM: meters(2),
  lengthM: meters(3),
  massKg: meters(100),
  maxSteeringRad: z.number().min(0.05).max(1.2),
  /** Steady speed at throttle 1 on the flat. */
  topSpeedMps: z.number().positive().max(30),
  /** First-order lag from throttle to speed. */
  motorLagMs: z.number().min(0).max(5000),
  /** What the tyres and motor give when speeding up and slowing down. */
  maxAccelerationMps2: z.number().positive().max(30),
  maxBrakingMps2: z.number().positive().max(30),
  /** Tyre friction coefficient on the floor it drives on. */
  friction: z.number().min(0.05).max(2),
  /** First-order lag and largest rate of the steering servo at the wheels. */
  servoLagMs: z.number().min(0).max(1000),
  servoRateRadps: z.number().positive().max(50),
});
export type Vehicle = z.infer<typeof vehicleSchema>;

const cameraSchema = z.strictObject({
  /** A camera program's command line, or `simulator`. */
  source: z.string().min(1),
  widthPx: z.int().min(64).max(4096),
  heightPx: z.int().min(48).max(4096),
  framesPerSecond: z.number().min(1).max(240),
  /** For programs that give no capture times: capture to arrival. */
  captureOffsetMs: z.number().min(0).max(500),
  radialDistortion: z.tuple([z.number().min(-0.5).max(0.5), z.number().min(-0.5).max(0.5)]),
  ...cameraMountSchema.shape,
});

const detectorSchema = z.strictObject({
  ...detectorSettingsSchema.shape,
  threads: z.int().min(1).max(64),
  ...detectorRuntimeSchema.shape,
  /** By default what the runtime could have. */
  devices: detectorRuntimeSchema.shape.devices.optional(),
});

const pilotSchema = z.strictObject({
  name: z.enum(['cones']),
  ...pilotSettingsSchema.shape,
});

/**
 * When the car gives up on what it depends on. Each has absolute bounds: "never" and "at once" do not exist. What motor
 * control does by itself (protocol/rates.ts) does not depend on these.
 */
const safetySchema = z.strictObject({
  /** No fresh command of the driver for this long: neutral; and then: disarmed. */
  driverNeutralAfterMs: z.number().min(100).max(500),
  driverDisarmAfterMs: z.number().min(500).max(3000),
  /** The same for what the pilot sees: neutral; and then: a stop. */
  detectionNeutralAfterMs: z.number().min(100).max(500),
  detectionStopAfterMs: z.number().min(500).max(3000),
  /** A pilot whose view is older than this drives with `cappedSpeedShare` of its highest speed. */
  detectionDelayedAfterMs: z.number().min(50).max(500),
  cappedSpeedShare: z.number().min(0.2).max(1),
  /** Frames that lie farther apart than this, one after the other, are too few to drive by. */
  rarestFrameGapMs: z.number().min(40).max(500),
  /** A car that a phone set driving by itself, when that phone is lost. */
  lostPhoneInAuto: z.enum(['stop', 'continue']),
  lostPhoneStopAfterMs: z.number().min(300).max(5000),
  /** Armed, and for this long nobody has driven: disarmed. */
  idleDisarmAfterMs: z.number().min(5000).max(600_000),
});
export type Safety = z.infer<typeof safetySchema>;

const remoteSchema = z.strictObject({
  /** Loopback unless told otherwise: then nothing needs pairing. Anywhere else, everything does (docs/remote-door.md). */
  host: z.string().min(1),
  port: z.int().min(0).max(65_535),
  /** Where https is served too, with a certificate of the car's own; no https where it is left out (docs/remote-door.md). */
  httpsPort: z.int().min(0).max(65_535).optional(),
  videoFramesPerSecond: z.number().min(1).max(60),
  videoMaxWidthPx: z.int().min(64).max(1920),
  jpegQuality: z.int().min(10).max(95),
});

export const carConfigSchema = z.strictObject({
  vehicle: vehicleSchema,
  camera: cameraSchema,
  detector: detectorSchema,
  pilot: pilotSchema,
  actuators: actuatorConfigSchema,
  safety: safetySchema,
  remote: remoteSchema,
});
export type CarConfig = z.infer<typeof carConfigSchema>;
