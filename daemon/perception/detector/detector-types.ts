import type { Detection, FrameDetections } from '../../protocol/detection.ts';
import type { DetectorRuntimeChoice } from '../../protocol/detector-runtime.ts';
import type { LayoutName } from './decode/decoder.ts';
import type { CardInput } from './model/model-file.ts';
import type { Fallback } from './runtime/runtime.ts';

/** Who runs the network is part of it; by default the runtime of the npm package. */
export interface DetectorOptions extends DetectorRuntimeChoice {
  readonly modelFile: string;
  /** Boxes with a lower score are left out; in [0, 1]. */
  readonly scoreThreshold: number;
  /** Boxes of one class that overlap by more are one object; in [0, 1]. */
  readonly iouThreshold: number;
  /** Threads inside one operator of the network. */
  readonly threads: number;
  /** `fast`: for a camera (default). `exact`: rounded as others round, ten times slower, for pictures from files. */
  readonly resampling?: 'fast' | 'exact';
  /**
   * `look` (default): all that the network has to say. `drive`: for a car. Masks are left out, which cost time in every
   * frame and would go to the phone with it, and networks whose boxes are no places are refused.
   */
  readonly purpose?: 'look' | 'drive';
  /** How the network takes pictures, where that differs from what its card and its layout say: to try what fits. */
  readonly input?: CardInput;
}

export interface DetectorInfo {
  readonly model: string;
  readonly layout: LayoutName;
  readonly labels: readonly string[];
  /** Who runs the network, such as `cpu`. */
  readonly provider: string;
  /** Who was to run it before that, and why not. */
  readonly fallbacks: readonly Fallback[];
  readonly inputWidthPx: number;
  readonly inputHeightPx: number;
  /** Why this layout was recognised, for people. */
  readonly because: string;
  /** What its card says in vain, for people. */
  readonly cardDoubt?: string;
}

export interface DetectorResult {
  /** Best first, in the image's pixels, clipped to it. */
  readonly detections: Detection[];
  readonly timing: FrameDetections['timing'];
  /** The network's scores or its classes cannot be right: what is wrong, for people. */
  readonly warning?: string;
}

/** One frame is in flight at a time: wait for the result before handing in the next. */
export interface Detector {
  readonly info: DetectorInfo;
  /**
   * Finds objects in an RGB image, uint8, row by row. `rgb` must not change until the promise settles.
   * @throws (rejects) RangeError when the pixels do not fit the size; Error when a frame is in flight, the detector is
   * closed, or the runtime fails.
   */
  detect(rgb: Uint8Array, widthPx: number, heightPx: number): Promise<DetectorResult>;
  close(): Promise<void>;
}

/**
 * A detector that looks at pictures by itself, one after another: it takes the newest one the moment it has done with the
 * last. Once it has failed it is of no more use.
 */
export interface PipelinedDetector extends Detector {
  /**
   * Fits a picture into the network's input, in the calling thread, also while another is looked at. One picture waits at
   * most: offering another takes its place. `rgb` may change as soon as this returns.
   * @throws RangeError when the pixels do not fit the size; Error when the detector is closed or has failed.
   */
  offer(rgb: Uint8Array, widthPx: number, heightPx: number): OfferedPicture;
}

export interface OfferedPicture {
  /**
   * `looked-at` as soon as the detector has begun with it, `passed-by` when another took its place.
   * @throws (rejects) Error when the detector failed before.
   */
  readonly fate: Promise<'looked-at' | 'passed-by'>;
  /** Settles only for a picture that is looked at. @throws (rejects) Error when the runtime fails. */
  readonly result: Promise<DetectorResult>;
}
