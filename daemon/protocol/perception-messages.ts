import { z } from 'zod';
import { frameDetectionsSchema } from './detection.ts';
import { detectorRuntimeSchema } from './detector-runtime.ts';
import { pictureLevelSchema } from './picture-levels.ts';
import { troubleSchema } from './troubles.ts';

/**
 * Between the daemon and the perception process. The daemon writes one JSON object a line to its standard input,
 * the first one `start`, the others `show`; when that pipe closes, perception ends. Perception answers on its standard output with
 * packets (platform/packet-channel): a JSON header, and for `picture` the JPEG behind it.
 */
export const perceptionStartSchema = z.object({
  kind: z.literal('start'),
  camera: z.object({
    /** Program and arguments; writes raw frames to its standard output. */
    command: z.array(z.string()).min(1),
    /** What people call it; the program's name where nothing better is known. */
    name: z.string().optional(),
    /** What helps against a stall of this very camera. */
    stallCure: z.string().optional(),
    /**
     * `stamped`: each frame behind a header with id and capture time (protocol/stamped-frame); `raw`: bare pixels; `jpeg`: JPEG
     * pictures one behind the other; `gdp-…`: either in GStreamer's data protocol, with capture times, or every picture both ways.
     */
    framing: z.enum(['stamped', 'raw', 'jpeg', 'gdp-rgb', 'gdp-jpeg', 'gdp-jpeg-and-rgb']),
    widthPx: z.int().positive().max(4096),
    heightPx: z.int().positive().max(4096),
    framesPerSecond: z.number().positive().max(240),
    /** How long before its arrival, at the quickest, a frame was captured; not for `stamped`. */
    captureOffsetMs: z.number().nonnegative(),
  }),
  detector: z.object({
    modelFile: z.string(),
    scoreThreshold: z.number().min(0).max(1),
    iouThreshold: z.number().min(0).max(1),
    threads: z.int().positive().max(64),
    ...detectorRuntimeSchema.partial().shape,
  }),
  video: z.object({
    maxFramesPerSecond: z.number().positive().max(120),
    jpegQuality: z.int().min(1).max(100),
    maxWidthPx: z.int().positive(),
  }),
});
export type PerceptionStart = z.infer<typeof perceptionStartSchema>;

/** Which sizes of the picture somebody watches: the others are not made. Until it is said, `full` is. */
export const perceptionShowSchema = z.object({ kind: z.literal('show'), levels: z.array(pictureLevelSchema) });
export type PerceptionShow = z.infer<typeof perceptionShowSchema>;

export const perceptionReportSchema = z.discriminatedUnion('kind', [
  frameDetectionsSchema,
  /** A JPEG of one frame follows as the packet's payload. */
  z.object({
    kind: z.literal('picture'),
    level: pictureLevelSchema,
    frameId: z.int().nonnegative(),
    capturedAtMs: z.number().finite(),
    /** Size of the JPEG. */
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
    /** Size of the frame it was made from, in whose pixels detections are given. */
    frameWidthPx: z.int().positive(),
    frameHeightPx: z.int().positive(),
  }),
  z.object({
    kind: z.literal('detector'),
    /** `refused`: it cannot be loaded, and stays so. `failed`: it was lost while it ran, and is loaded anew. */
    state: z.enum(['loading', 'ready', 'refused', 'failed']),
    model: z.string(),
    layout: z.string().optional(),
    provider: z.string().optional(),
    /** Devices that were asked for before the one that runs it, and why they do not, for people. */
    fallbacks: z.array(z.string()).optional(),
    labels: z.array(z.string()).optional(),
    /** For people: what was wrong, what would be right, where to change it. */
    text: z.string().optional(),
    /** The same by its code. */
    trouble: troubleSchema.optional(),
  }),
  z.object({
    kind: z.literal('camera'),
    state: z.enum(['starting', 'streaming', 'stalled', 'failed']),
    text: z.string().optional(),
    cure: z.string().optional(),
  }),
  /** Twice a second. */
  z.object({
    kind: z.literal('perception-rate'),
    cameraFramesPerSecond: z.number(),
    detectorFramesPerSecond: z.number(),
    droppedFrames: z.int(),
  }),
]);
export type PerceptionReport = z.infer<typeof perceptionReportSchema>;
