import type { CandidateBuffer } from './candidates.ts';

/** Detections of one frame, at most: Ultralytics' `max_det`. */
export const maxDetections = 300;

/** Candidates looked at, at most, best first: bounds the time that a network gone mad can take. */
export const maxCandidates = 4096;

export interface Suppressor {
  /**
   * Class-aware non-maximum suppression: of two boxes of one class that overlap by more than the threshold, the one
   * with the lower score goes. Equal scores: the earlier candidate stays.
   * @returns indexes of the candidates that stay, best first; valid until the next call.
   */
  suppress(candidates: CandidateBuffer, iouThreshold: number): Int32Array;
}

/** Buffers for candidate buffers of up to this capacity are made once. */
export function createSuppressor(capacity: number): Suppressor {
  const keys = new Float64Array(capacity);
  const kept = new Int32Array(maxDetections);
  // A float's bits grow with the float where it is positive; below them, the index from the end breaks ties. 32 + 21 bits.
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  const indexRange = 2 ** 21;
  if (capacity > indexRange) throw new RangeError(`${capacity} candidates are more than ${indexRange}`);
  return {
    suppress(candidates, iouThreshold) {
      const { count, left, top, right, bottom, score, classId } = candidates;
      for (let i = 0; i < count; i++) {
        float[0] = score[i]!;
        keys[i] = bits[0]! * indexRange + (indexRange - 1 - i);
      }
      const sorted = keys.subarray(0, count).sort();
      let keptCount = 0;
      const last = Math.max(0, count - maxCandidates);
      for (let rank = count - 1; rank >= last && keptCount < maxDetections; rank--) {
        const box = indexRange - 1 - (sorted[rank]! % indexRange);
        const boxArea = (right[box]! - left[box]!) * (bottom[box]! - top[box]!);
        let stays = true;
        for (let k = 0; k < keptCount && stays; k++) {
          const other = kept[k]!;
          if (classId[other] !== classId[box]) continue;
          const width = Math.min(right[box]!, right[other]!) - Math.max(left[box]!, left[other]!);
          if (width <= 0) continue;
          const height = Math.min(bottom[box]!, bottom[other]!) - Math.max(top[box]!, top[other]!);
          if (height <= 0) continue;
          const shared = width * height;
          const otherArea = (right[other]! - left[other]!) * (bottom[other]! - top[other]!);
          // Without the division: shared / union > threshold.
          stays = shared <= iouThreshold * (boxArea + otherArea - shared);
        }
        if (stays) kept[keptCount++] = box;
      }
      return kept.subarray(0, keptCount);
    },
  };
}
