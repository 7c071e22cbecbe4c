import { z } from 'zod';

const pixels = z.number().finite();

export const detectionSchema = z.object({
  label: z.string(),
  classId: z.int().nonnegative(),
  /** Confidence in [0, 1]. */
  score: z.number().min(0).max(1),
  /** In the pixels of the frame named by the message around it, top-left corner first. */
  box: z.object({ xPx: pixels, yPx: pixels, widthPx: pixels, heightPx: pixels }),
  /** Of a pose network: its points in its own order, in the frame's pixels, each with its visibility in [0, 1]. */
  keypoints: z.array(z.object({ xPx: pixels, yPx: pixels, score: z.number().min(0).max(1) })).optional(),
  /**
   * Of a segmentation network: which pixels of the frame the object covers. `runs` are lengths of pixels off, on, off, …
   * along the rows of the rectangle that the first four fields name, which is the box rounded outwards.
   */
  mask: z
    .object({
      xPx: z.int().nonnegative(),
      yPx: z.int().nonnegative(),
      widthPx: z.int().positive(),
      heightPx: z.int().positive(),
      runs: z.array(z.int().nonnegative()),
    })
    .optional(),
});
export type Detection = z.infer<typeof detectionSchema>;

/** What the detector saw in one frame. Keeps the frame's identity and capture time all the way to the wheels. */
export const frameDetectionsSchema = z.object({
  kind: z.literal('detections'),
  frameId: z.int().nonnegative(),
  /** Monotonic clock. */
  capturedAtMs: z.number().finite(),
  /** Whether the camera program gave the capture time, or it is the arrival less a measured offset. */
  captureTimeSource: z.enum(['camera', 'arrival']),
  detectedAtMs: z.number().finite(),
  widthPx: z.int().positive(),
  heightPx: z.int().positive(),
  detections: z.array(detectionSchema),
  timing: z.object({ preprocessMs: z.number(), runMs: z.number(), decodeMs: z.number() }),
});
export type FrameDetections = z.infer<typeof frameDetectionsSchema>;
