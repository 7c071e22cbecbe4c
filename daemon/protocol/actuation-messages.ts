import { z } from 'zod';
import { actuatorConfigSchema } from './actuator-config.ts';
import { troubleSchema } from './troubles.ts';

/**
 * Between the daemon and the actuation process: one JSON object a line. Daemon to actuation on its standard input,
 * the first line `start`; a closed pipe means neutral and the end. Actuation to daemon on its standard output.
 * Time is the monotonic clock, shared by all processes of the machine.
 */
const normalised = z.number().min(-1).max(1);
const time = z.number().finite();

export const actuationCommandSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), config: actuatorConfigSchema }),
  /** Arming needs the gate's own consent: neutral commanded, registers as written, no latched stop. */
  z.object({ kind: z.literal('arm'), atMs: time }),
  z.object({ kind: z.literal('disarm'), atMs: time, reason: z.string() }),
  /** Latched until `clear-stop`. */
  z.object({ kind: z.literal('emergency-stop'), atMs: time, reason: z.string() }),
  z.object({ kind: z.literal('clear-stop'), atMs: time }),
  /**
   * What the status screen shows from now on, in base64: a bit a pixel, eight rows a byte with the lowest bit on top, columns from
   * the left, such pages from the top (as the SSD1306 has them). No matter of the wheels.
   */
  z.object({ kind: z.literal('show'), picture: z.base64().max(2000) }),
  z.object({
    kind: z.literal('drive'),
    /** Grows by at least one with every command; duplicates and reordered ones are ignored and counted. */
    sequence: z.int().nonnegative(),
    issuedAtMs: time,
    /** +1 is full left. */
    steering: normalised,
    /** +1 is full forward. */
    throttle: normalised,
    /** The camera frame that led to this command, if one did. */
    frameId: z.int().nonnegative().optional(),
    capturedAtMs: time.optional(),
  }),
]);
export type ActuationCommand = z.infer<typeof actuationCommandSchema>;
/** What the gate is told. `start` makes it, and `show` is no matter of the wheels. */
export type GateCommand = Exclude<ActuationCommand, { kind: 'start' | 'show' }>;
export type DriveCommand = Extract<ActuationCommand, { kind: 'drive' }>;

export const actuationReportSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    atMs: time,
    armed: z.boolean(),
    stopLatched: z.boolean(),
    /** The board answers, is set up, and the speed controller has seen neutral long enough. */
    boardReady: z.boolean(),
    /** Grows with every look at the board's registers that found what had been written. */
    boardLooks: z.int().nonnegative().optional(),
    /** Why the wheels are neutral, while they are. */
    neutralReason: z.string().optional(),
    steering: normalised,
    throttle: normalised,
    steeringPulseUs: z.number(),
    throttlePulseUs: z.number(),
    lastSequence: z.int().optional(),
    /** What is fitted beside the wheels and answers. */
    stopButton: z.enum(['released', 'pressed', 'unreadable']).optional(),
    /** As the INA219 measures it, not smoothed. */
    battery: z.object({ volts: z.number(), amps: z.number() }).optional(),
    wheel: z
      .object({
        ticks: z.int().nonnegative(),
        speedMps: z.number(),
        /** More ticks came than any wheel makes: the reading is not to be trusted. */
        noisy: z.boolean(),
      })
      .optional(),
    motion: z
      .object({
        accelerationMps2: z.tuple([z.number(), z.number(), z.number()]),
        rateRadps: z.tuple([z.number(), z.number(), z.number()]),
      })
      .optional(),
    /** Fittings that are configured and do not answer, for people. */
    missing: z.array(z.string()).optional(),
    counters: z.object({
      accepted: z.int(),
      expired: z.int(),
      stale: z.int(),
      invalid: z.int(),
      busErrors: z.int(),
    }),
  }),
  /** The gate changed its mind, with the cause: one for each transition. */
  z.object({
    kind: z.literal('transition'),
    atMs: time,
    armed: z.boolean(),
    cause: z.string(),
    text: z.string(),
  }),
  /** The bus or the board cannot be used. */
  z.object({
    kind: z.literal('fault'),
    atMs: time,
    cause: z.string(),
    text: z.string(),
    /** The text by its code. */
    trouble: troubleSchema.optional(),
  }),
]);
export type ActuationReport = z.infer<typeof actuationReportSchema>;
export type ActuationStatus = Extract<ActuationReport, { kind: 'status' }>;
