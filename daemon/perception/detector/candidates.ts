/** Boxes of one frame before suppression, in network pixels; made once, filled anew for each frame. */
export class CandidateBuffer {
  readonly capacity: number;
  /** Scores above 1, up to this one, are taken for 1. */
  readonly #highestScore: number;
  readonly left: Float32Array;
  readonly top: Float32Array;
  readonly right: Float32Array;
  readonly bottom: Float32Array;
  readonly score: Float32Array;
  readonly classId: Int32Array;
  /** Which of the network's cells or rows a box came from: its keypoints or its mask are found by it. */
  readonly source: Int32Array;
  count = 0;
  /** Boxes left out because their score was far above 1. */
  outOfRange = 0;
  /** Boxes left out because they end before they begin: what stands for them is no corners. */
  crossed = 0;
  /** Boxes left out because their class comes before the first one that is counted. */
  beforeFirst = 0;

  /** @param scoreStep by which the scores of a quantised network go, where that is known; what is 1 may end up higher by it */
  constructor(capacity: number, scoreStep = 0) {
    this.capacity = capacity;
    // A score may be a product of two.
    this.#highestScore = Math.max(usualHighestScore, (1 + scoreStep) ** 2);
    this.left = new Float32Array(capacity);
    this.top = new Float32Array(capacity);
    this.right = new Float32Array(capacity);
    this.bottom = new Float32Array(capacity);
    this.score = new Float32Array(capacity);
    this.classId = new Int32Array(capacity);
    this.source = new Int32Array(capacity);
  }

  clear(): void {
    this.count = 0;
    this.outOfRange = 0;
    this.crossed = 0;
    this.beforeFirst = 0;
  }

  /** Adds a box by its centre and size; otherwise as `addCorners`. */
  addCentred(
    centreX: number,
    centreY: number,
    width: number,
    height: number,
    score: number,
    classId: number,
    source = 0,
  ): void {
    const left = centreX - width / 2;
    const top = centreY - height / 2;
    const right = centreX + width / 2;
    const bottom = centreY + height / 2;
    if (width > 0 && height > 0) this.addCorners(left, top, right, bottom, score, classId, source);
  }

  /**
   * Adds a box. Left out: boxes without area, numbers that are not finite, scores above 1 by more than rounding, and
   * what is over the capacity.
   */
  addCorners(
    left: number,
    top: number,
    right: number,
    bottom: number,
    score: number,
    classId: number,
    source = 0,
  ): void {
    if (right < left || bottom < top) this.crossed++;
    // Comparisons with NaN are false; an infinite side makes the area infinite or NaN.
    const area = (right - left) * (bottom - top);
    if (!(right > left && bottom > top && area > 0 && area < largestArea && Math.abs(left) < farthest)) return;
    if (!(Math.abs(top) < farthest && score >= 0) || this.count >= this.capacity) return;
    if (score > this.#highestScore) {
      this.outOfRange++;
      return;
    }
    const at = this.count++;
    this.left[at] = left;
    this.top[at] = top;
    this.right[at] = right;
    this.bottom[at] = bottom;
    this.score[at] = Math.min(score, 1);
    this.classId[at] = classId;
    this.source[at] = source;
  }
}

/** No box of a picture is larger or farther out than this, in network pixels. */
const largestArea = 1e12;
const farthest = 1e6;
/** Quantised and half-precision sigmoids may end a little above 1. */
const usualHighestScore = 1.01;
