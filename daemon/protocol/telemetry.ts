import { z } from 'zod';
import { batteryReadingSchema, boardReadingsSchema } from './board.ts';
import { carEventSchema } from './events.ts';
import { armingObstacleSchema, modeSchema } from './modes.ts';

const point = z.object({ xM: z.number(), yM: z.number() });

/** What the pilot sees and wants, in the car's frame (x forward, y left, metres). */
export const planSchema = z.object({
  /** The frame it was planned from. */
  frameId: z.int().nonnegative().optional(),
  cones: z.array(point.extend({ colour: z.enum(['blue', 'yellow', 'orange']) })),
  centreLine: z.array(point),
  /** Where the car believes to be, from where it was when it started; it drifts with the distance. */
  pose: point.extend({ headingRad: z.number() }).optional(),
  target: point.optional(),
  speedMps: z.number(),
  /** Why this speed: "curve", "sight", "stop sign", "person", … */
  because: z.string(),
});
export type Plan = z.infer<typeof planSchema>;

/** Ten times a second to every page. */
export const telemetrySchema = z.object({
  kind: z.literal('telemetry'),
  atMs: z.number(),
  mode: modeSchema,
  /** What stands in the way of arming now; empty when the car can be armed. */
  obstacles: z.array(armingObstacleSchema),
  /** The same for the pilot, which needs to see. */
  autoObstacles: z.array(armingObstacleSchema).optional(),
  vehicle: z.string(),
  pilot: z.string(),
  /** Asked for and given, normalised, +1 left and forward. */
  asked: z.object({ steering: z.number(), throttle: z.number() }),
  given: z.object({ steering: z.number(), throttle: z.number() }),
  neutralReason: z.string().optional(),
  /** Why the pilot drives slower than it would. */
  slowReason: z.string().optional(),
  /** Why the car last stopped driving; absent while it drives. A page that comes later learns it from here. */
  lastStop: carEventSchema.optional(),
  /** Estimated where nothing measures it. */
  speedMps: z.number(),
  cameraFramesPerSecond: z.number(),
  detectorFramesPerSecond: z.number(),
  detectionAgeMs: z.number().optional(),
  /** Capture of the frame to the drive command it led to. */
  frameToCommandMs: z.number().optional(),
  /** Where the newest frame's time went; `waitMs` is all from its capture that is none of the detector's work. */
  stages: z
    .object({ waitMs: z.number(), preprocessMs: z.number(), runMs: z.number(), decodeMs: z.number() })
    .optional(),
  /** Who says when frames are captured: the camera program, or their arrival less a measured offset. */
  captureTimeSource: z.enum(['camera', 'arrival']).optional(),
  controlJitterMs: z.number(),
  provider: z.string().optional(),
  model: z.string().optional(),
  plan: planSchema.optional(),
  /** The simulated car's true state; absent on a real car. */
  simulated: z
    .object({
      xM: z.number(),
      yM: z.number(),
      headingRad: z.number(),
      speedMps: z.number(),
      laps: z.int(),
      conesHit: z.int(),
      offTrack: z.boolean(),
    })
    .optional(),
  /** The computer in the car; renewed about once a second. */
  board: boardReadingsSchema.optional(),
  /** Absent where no battery is measured. */
  battery: batteryReadingSchema.optional(),
  clients: z.int().nonnegative(),
  /** Session id of who drives. */
  driver: z.string().optional(),
});
export type Telemetry = z.infer<typeof telemetrySchema>;

/** `GET /healthz`. */
export const healthSchema = z.object({
  ready: z.boolean(),
  mode: modeSchema,
  vehicle: z.string(),
  pilot: z.string(),
  framesPerSecond: z.number(),
  detectionAgeMs: z.number().nullable(),
  provider: z.string().nullable(),
  laps: z.int().nullable(),
  pids: z.object({
    planning: z.int(),
    perception: z.int().nullable(),
    actuation: z.int().nullable(),
    simulator: z.int().nullable(),
  }),
});
export type Health = z.infer<typeof healthSchema>;
