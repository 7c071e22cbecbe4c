import { z } from 'zod';
import { detectionSchema } from './detection.ts';
import { carEventSchema } from './events.ts';
import { armingObstacleSchema } from './modes.ts';
import { roleSchema } from './pairing.ts';
import { planSchema, telemetrySchema } from './telemetry.ts';
import { telemetryHistorySchema } from './telemetry-history.ts';

/**
 * Between the page and the daemon, two WebSockets on one port: `/ws/control` (JSON text both ways) and `/ws/video`
 * (binary to the page, `ack` back). Page times are the page's own monotonic clock (performance.now()).
 */
const normalised = z.number().min(-1).max(1);

export const clientMessageSchema = z.discriminatedUnion('kind', [
  /** The stick. Proof that a person is there: carries the time of the input that made it and a counter. */
  z.object({
    kind: z.literal('drive'),
    sequence: z.int().nonnegative(),
    /**
     * The `sessionId` of the welcome, so that a command recorded elsewhere counts nowhere else. May be left out only where the
     * car listens on its own machine alone.
     */
    session: z.string().max(64).optional(),
    steering: normalised,
    throttle: normalised,
    /** When the finger, key or pad last gave this value (page clock). */
    inputAtMs: z.number().finite(),
    /** When it was sent (page clock). */
    sentAtMs: z.number().finite(),
  }),
  z.object({ kind: z.literal('arm'), mode: z.enum(['manual', 'auto']) }),
  /** While armed: between the driver and the pilot. */
  z.object({ kind: z.literal('set-mode'), mode: z.enum(['manual', 'auto']) }),
  z.object({ kind: z.literal('disarm') }),
  /** Any client may. Latched. */
  z.object({ kind: z.literal('stop') }),
  z.object({ kind: z.literal('release-stop') }),
  /** Put the simulated car back at its start; only while disarmed. */
  z.object({ kind: z.literal('reset-simulated-car') }),
  /** Become the driver; passes through neutral. */
  z.object({ kind: z.literal('take-over') }),
  /** Ask whoever drives to hand over; become the driver at once where nobody does. */
  z.object({ kind: z.literal('ask-to-drive') }),
  /** From the driver: `to` drives from now on. Passes through neutral. */
  z.object({ kind: z.literal('hand-over'), to: z.string().max(64) }),
  z.object({ kind: z.literal('ping'), sentAtMs: z.number().finite() }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** Why a request was refused. */
const refusalCodes = [
  'another-drives',
  'another-drives-stop-is-open',
  'only-driver-releases',
  'only-driver-hands-over',
  'paired-to-watch',
  'receiver-watches',
  'receiver-gone',
  'real-car',
  'armed',
  'obstacles',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export const serverMessageSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('welcome'),
    protocolVersion: z.literal(1),
    sessionId: z.string(),
    /** What the device is paired as: a viewer watches and may press stop. */
    role: roleSchema.default('driver'),
    isDriver: z.boolean(),
    /** Whoever last held the wheel before this was not this page, known by its `client`: what it had chosen may be out of date. */
    othersDrove: z.boolean().default(false),
  }),
  telemetrySchema,
  telemetryHistorySchema,
  z.object({ kind: z.literal('event'), event: carEventSchema }),
  z.object({ kind: z.literal('arming-refused'), obstacles: z.array(armingObstacleSchema) }),
  z.object({
    kind: z.literal('refused'),
    request: z.string(),
    /** One that the reader does not know is none, and the text stands. */
    code: z.enum(refusalCodes).optional().catch(undefined),
    text: z.string(),
    /** What stands in the way, with the code `obstacles`. */
    obstacles: z.array(armingObstacleSchema).optional(),
  }),
  /** To the driver: this other phone would like to drive. */
  z.object({ kind: z.literal('asked-to-drive'), sessionId: z.string() }),
  z.object({ kind: z.literal('pong'), sentAtMs: z.number(), atMs: z.number() }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

const pixelPolyline = z.array(z.object({ xPx: z.number(), yPx: z.number() }));
/** Points to be joined, in frame pixels. */
export type PixelPolyline = z.infer<typeof pixelPolyline>;

/**
 * What stands before the JPEG in a video message: u32 little-endian length of this JSON, the JSON, the JPEG. Whoever said
 * `?encoding=deflate` gets the JSON in zlib's format (RFC 1950) where the link is not quick.
 */
export const videoHeaderSchema = z.object({
  frameId: z.int().nonnegative(),
  capturedAtMs: z.number(),
  /** Age of the picture when it left the daemon. */
  ageMs: z.number(),
  widthPx: z.int().positive(),
  heightPx: z.int().positive(),
  frameWidthPx: z.int().positive(),
  frameHeightPx: z.int().positive(),
  /** Of this very frame, if it was looked at; in frame pixels. */
  detections: z.array(detectionSchema).optional(),
  /** With the full size alone: smaller ones are for slow links, and telemetry has it too. */
  plan: planSchema.optional(),
  /** The planned path on the picture, in frame pixels. */
  pathPx: pixelPolyline.optional(),
  /** The cones of each side, joined. */
  laneBordersPx: z.array(pixelPolyline).optional(),
  /** Where the wheels lead the car within the next second, as they stand. */
  trajectoryPx: pixelPolyline.optional(),
});
export type VideoHeader = z.infer<typeof videoHeaderSchema>;

/** From the page on `/ws/video`: the frame was shown, send the newest one. One frame is in flight at a time. */
export const videoAckSchema = z.object({
  kind: z.literal('ack'),
  frameId: z.int().nonnegative(),
  /** How long the page had the picture before it was shown, which says nothing of the link. */
  heldMs: z.number().nonnegative().optional(),
});
export type VideoAck = z.infer<typeof videoAckSchema>;

/** Zlib's format begins with 0x78 at every window size that is in use (RFC 1950, 2.2), JSON's objects with a brace. */
export function isDeflated(headerJson: Uint8Array): boolean {
  return headerJson[0] === 0x78;
}

/** As it goes over `/ws/video`: u32 length of the header (little-endian), the header as JSON in UTF-8, the JPEG. */
export function encodeVideoMessage(headerJson: Uint8Array, jpeg: Uint8Array): Uint8Array {
  const message = new Uint8Array(4 + headerJson.length + jpeg.length);
  new DataView(message.buffer).setUint32(0, headerJson.length, true);
  message.set(headerJson, 4);
  message.set(jpeg, 4 + headerJson.length);
  return message;
}

/** Throws RangeError on a message shorter than it says. */
export function splitVideoMessage(message: Uint8Array): { headerJson: Uint8Array; jpeg: Uint8Array } {
  const length = new DataView(message.buffer, message.byteOffset, message.byteLength).getUint32(0, true);
  if (4 + length > message.length) {
    throw new RangeError(`video message of ${message.length} bytes announces a header of ${length} bytes`);
  }
  return { headerJson: message.subarray(4, 4 + length), jpeg: message.subarray(4 + length) };
}
