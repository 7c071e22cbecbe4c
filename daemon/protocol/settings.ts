import { z } from 'zod';
import { servoSchema, speedControllerSchema } from './actuator-config.ts';
import { detectionSchema } from './detection.ts';
import { troubleBesideText, troubleSchema } from './troubles.ts';

/**
 * What people change from the phone, a part of the car's configuration: `PATCH /api/settings`. Bounds that no car is outside
 * of; what one vehicle needs stands in its preset.
 */
const degrees = Math.PI / 180;

const steeringSettingsSchema = servoSchema.pick({ leftPulseUs: true, centrePulseUs: true, rightPulseUs: true });
/** Caps of every car, and what has to be passed over until its motor turns. */
const throttleSettingsSchema = speedControllerSchema
  .pick({ maxForward: true, maxReverse: true, deadZone: true })
  .required();
/** Exchanged ends turn the motor the other way. */
const motorSettingsSchema = speedControllerSchema.pick({
  reversePulseUs: true,
  neutralPulseUs: true,
  forwardPulseUs: true,
});

/** How the camera sits on the car, and how wide it sees. */
export const cameraMountSchema = z.strictObject({
  horizontalFieldOfViewRad: z
    .number()
    .min(20 * degrees)
    .max(150 * degrees),
  /** Lens above the ground. */
  heightM: z.number().positive().max(1),
  /** Positive looks down. */
  pitchRad: z
    .number()
    .min(-30 * degrees)
    .max(60 * degrees),
  /** Positive leans to the right. */
  rollRad: z
    .number()
    .min(-15 * degrees)
    .max(15 * degrees),
  /** Lens ahead of the rear axle. */
  forwardM: z.number().min(-1).max(2),
});

export const detectorSettingsSchema = z.strictObject({
  modelFile: z.string().min(1),
  /** Least confidence of a detection. */
  scoreThreshold: z.number().min(0.01).max(1),
  /** Of two boxes that overlap by more than this, the weaker goes (non-maximum suppression). */
  iouThreshold: z.number().min(0.05).max(1),
});

export const pilotSettingsSchema = z.strictObject({
  /** Share of the tyres' friction that the pilot plans with. */
  gripShare: z.number().min(0.1).max(1),
  maxSpeedMps: z.number().positive().max(30),
  /** From the floor to the tip. How tall a cone looks says how far away it stands. */
  coneHeightM: z.number().min(0.03).max(0.6),
  /** How long the car waits at a stop sign. */
  stopSignWaitMs: z.number().min(0).max(60_000),
  /** Labels that the car stops for. */
  stopFor: z.array(detectionSchema.shape.label.min(1).max(60)).max(100),
});

export const settingsSchema = z.strictObject({
  /** Of a car whose wheels are steered by a servo. */
  steering: steeringSettingsSchema.optional(),
  throttle: throttleSettingsSchema,
  /** Of a car whose motor is behind a speed controller. */
  motor: motorSettingsSchema.optional(),
  camera: cameraMountSchema,
  detector: detectorSettingsSchema,
  pilot: pilotSettingsSchema,
});
export type Settings = z.infer<typeof settingsSchema>;

const settingsGroupSchema = z.enum(['steering', 'throttle', 'motor', 'camera', 'detector', 'pilot']);
export type SettingsGroup = z.infer<typeof settingsGroupSchema>;

/** Some of the settings; what is left out stays as it is. */
export const settingsPatchSchema = z.strictObject({
  steering: steeringSettingsSchema.partial().optional(),
  throttle: throttleSettingsSchema.partial().optional(),
  motor: motorSettingsSchema.partial().optional(),
  camera: cameraMountSchema.partial().optional(),
  detector: detectorSettingsSchema.partial().optional(),
  pilot: pilotSettingsSchema.partial().optional(),
});
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;

export const settingsStateSchema = z.object({
  settings: settingsSchema,
  /** How many changes of this run can be taken back. */
  undoable: z.int().nonnegative(),
  /** Where changes are kept: in the configuration file, or nowhere, for this run was started without one. */
  kept: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), file: z.string() }),
    z.object({ kind: z.literal('until-the-end') }),
  ]),
  /** The size of the camera's frames, for which the ground is projected. */
  frame: z.object({
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
    radialDistortion: z.tuple([z.number(), z.number()]),
  }),
});
export type SettingsState = z.infer<typeof settingsStateSchema>;

export const settingsResetSchema = z.strictObject({ group: settingsGroupSchema });

/** A network that is there to be chosen. */
const installedNetworkSchema = z.object({
  name: z.string(),
  /** What `detector.modelFile` is set to to choose it. */
  modelFile: z.string(),
  bytes: z.int().nonnegative(),
  /** Whether it came with the car, or was added. */
  origin: z.enum(['shipped', 'own']),
  classes: z.array(z.string()).optional(),
  licence: z.string().optional(),
  /** The rest of its card, as it stands there. */
  card: z.record(z.string(), z.unknown()),
});
export type InstalledNetwork = z.infer<typeof installedNetworkSchema>;
export const networkListSchema = z.object({ networks: z.array(installedNetworkSchema), inUse: z.string() });

/** What a network says of itself, read from its file; `GET /api/networks/NAME`. */
export const networkFactsSchema = z.object({
  name: z.string(),
  layout: z.string(),
  /** What it knows, in its own order. */
  labels: z.array(z.string()),
  input: z.object({
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
    channels: z.string(),
    type: z.string(),
  }),
  opset: z.int().nonnegative().optional(),
  irVersion: z.int().nonnegative(),
  parameters: z.int().nonnegative(),
  producer: z.string(),
  sha256: z.string(),
  /** What may go wrong with it, for people: an opset that is too new for the car, a card of another file. */
  warnings: z.array(z.string()),
  /** The same by their codes, for texts in other languages. */
  warningTroubles: z.array(troubleSchema).optional(),
});
/** What stands in their place where a network cannot be used and its reader was asked to answer all the same. */
export const networkRefusalSchema = z.object({
  refused: z.object({ text: z.string(), trouble: troubleBesideText }),
});
export type NetworkRefusal = z.infer<typeof networkRefusalSchema>;
export type NetworkFacts = z.infer<typeof networkFactsSchema>;
