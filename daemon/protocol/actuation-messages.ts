import { z } from 'zod';

/**
 * Between the daemon and the actuation process: one JSON object a line. Daemon to actuation on its standard input,
 * the first line `start`; a closed pipe means neutral and the end. Actuation to daemon on its standard output.
 * Time is the monotonic clock, shared by all processes of the machine.
 */
const normalised = z.number().min(-1).max(1);
const time = z.number().finite();

/** Strict: a misspelt limit would be no limit. */
export const actuatorConfigSchema = z.strictObject({
  bus: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('linux'), number: z.int().nonnegative().max(255) }),
    /** The register models of the simulated car, behind a Unix socket. */
    z.strictObject({ kind: z.literal('simulated'), socket: z.string() }),
  ]),
  pca9685: z.strictObject({
    address: z.int().min(0x08).max(0x77),
    /** PWM frequency of all channels. */
    frequencyHz: z.number().min(24).max(1526),
  }),
  steering: z.strictObject({
    channel: z.int().min(0).max(15),
    /** Pulse at full left (+1), straight (0) and full right (-1). Left may be the larger or the smaller one. */
    leftPulseUs: z.number().min(500).max(2500),
    centrePulseUs: z.number().min(500).max(2500),
    rightPulseUs: z.number().min(500).max(2500),
    /** Largest change of the normalised value in a second. */
    slewPerS: z.number().positive().max(100),
  }),
  throttle: z.strictObject({
    channel: z.int().min(0).max(15),
    reversePulseUs: z.number().min(500).max(2500),
    neutralPulseUs: z.number().min(500).max(2500),
    forwardPulseUs: z.number().min(500).max(2500),
    slewPerS: z.number().positive().max(100),
    /** Cap on the normalised value, forward and backward. */
    maxForward: z.number().positive().max(1),
    maxReverse: z.number().nonnegative().max(1),
    /** How long the speed controller wants to see neutral before it arms; 1000 where it is not given. */
    armingNeutralMs: z.number().nonnegative().max(10_000).optional(),
  }),
  /** Never above rates.commandLifetimeMs' order of magnitude: 0 or "none" does not exist. */
  commandLifetimeMs: z.number().min(20).max(250),
});
export type ActuatorConfig = z.infer<typeof actuatorConfigSchema>;

export const actuationCommandSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), config: actuatorConfigSchema }),
  /** Arming needs the gate's own consent: neutral commanded, registers as written, no latched stop. */
  z.object({ kind: z.literal('arm'), atMs: time }),
  z.object({ kind: z.literal('disarm'), atMs: time, reason: z.string() }),
  /** Latched until `clear-stop`. */
  z.object({ kind: z.literal('emergency-stop'), atMs: time, reason: z.string() }),
  z.object({ kind: z.literal('clear-stop'), atMs: time }),
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
  z.object({ kind: z.literal('fault'), atMs: time, cause: z.string(), text: z.string() }),
]);
export type ActuationReport = z.infer<typeof actuationReportSchema>;
export type ActuationStatus = Extract<ActuationReport, { kind: 'status' }>;
