import { z } from 'zod';

/**
 * The simulated car's process listens on a Unix socket: one JSON request a line, one JSON answer a line, in order.
 * The actuation process reaches the register models through it as it would reach a Linux bus; the simulated camera
 * asks it where the car is.
 */
export const simulatorRequestSchema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('i2c-write'),
    id: z.int(),
    address: z.int().min(0).max(127),
    register: z.int().min(0).max(255),
    bytes: z.array(z.int().min(0).max(255)).max(256),
  }),
  z.object({
    op: z.literal('i2c-read'),
    id: z.int(),
    address: z.int().min(0).max(127),
    register: z.int().min(0).max(255),
    length: z.int().min(1).max(256),
  }),
  /** What the camera sees now. */
  z.object({ op: z.literal('view'), id: z.int() }),
]);
export type SimulatorRequest = z.infer<typeof simulatorRequestSchema>;

export const simulatorAnswerSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('i2c'), id: z.int(), bytes: z.array(z.int().min(0).max(255)) }),
  /** As errno: ENXIO is a NACK of an address where no device sits. */
  z.object({ op: z.literal('error'), id: z.int(), code: z.string(), text: z.string() }),
  z.object({
    op: z.literal('view'),
    id: z.int(),
    atMs: z.number(),
    xM: z.number(),
    yM: z.number(),
    headingRad: z.number(),
    speedMps: z.number(),
    yawRateRadps: z.number(),
  }),
]);
export type SimulatorAnswer = z.infer<typeof simulatorAnswerSchema>;

/** What the daemon tells the simulator process on its standard input, one JSON object a line. */
export const simulatorCommandSchema = z.discriminatedUnion('kind', [
  /** The car back at its start, standing; laps and faults count anew. */
  z.object({ kind: z.literal('reset') }),
]);
export type SimulatorCommand = z.infer<typeof simulatorCommandSchema>;

/** What the simulator process tells the daemon on its standard output, one JSON object a line, ten times a second. */
export const simulatorReportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), socket: z.string(), track: z.string(), lengthM: z.number() }),
  z.object({
    kind: z.literal('simulated-car'),
    atMs: z.number(),
    xM: z.number(),
    yM: z.number(),
    headingRad: z.number(),
    speedMps: z.number(),
    laps: z.int().nonnegative(),
    conesHit: z.int().nonnegative(),
    offTrack: z.boolean(),
  }),
  /** A track that cannot be read, say; the process ends after it. */
  z.object({ kind: z.literal('failed'), text: z.string() }),
]);
export type SimulatorReport = z.infer<typeof simulatorReportSchema>;
