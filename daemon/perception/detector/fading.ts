import type { CandidateBuffer } from './candidates.ts';
import { maxDetections } from './nms.ts';

export interface Fader {
  /**
   * Lowers the score of each box by every better one of its class that it shares a place with: times 1 - overlap², the
   * overlap being intersection over union (after Bodla et al. 2017, "Soft-NMS"). A box that overlaps another by half is
   * either a half hidden neighbour or the same thing again; here it keeps three quarters of its score, where suppression
   * can only believe it or strike it. Changes the scores in the buffer.
   * @param kept what suppression left, best first; at most `maxDetections`.
   * @returns those of `kept` whose score is still `leastScore` or more, best first; valid until the next call.
   */
  fade(candidates: CandidateBuffer, kept: Int32Array, leastScore: number): Int32Array;
}

export function createFader(): Fader {
  const worth = new Float32Array(maxDetections);
  const bright = new Int32Array(maxDetections);
  return {
    fade(candidates, kept, leastScore) {
      const { score } = candidates;
      for (let rank = 0; rank < kept.length; rank++) worth[rank] = score[kept[rank]!]! * share(candidates, kept, rank);
      let count = 0;
      for (let rank = 0; rank < kept.length; rank++) {
        score[kept[rank]!] = worth[rank]!;
        if (worth[rank]! >= leastScore) bright[count++] = kept[rank]!;
      }
      // A stable sort: of equal scores, what was better before comes first.
      return bright.subarray(0, count).sort((a, b) => score[b]! - score[a]!);
    },
  };
}

/** What the better boxes of its class leave of the score of the box at `rank`, 0..1. */
function share({ left, top, right, bottom, classId }: CandidateBuffer, kept: Int32Array, rank: number): number {
  const box = kept[rank]!;
  const area = (right[box]! - left[box]!) * (bottom[box]! - top[box]!);
  let rest = 1;
  for (let k = 0; k < rank; k++) {
    const other = kept[k]!;
    if (classId[other] !== classId[box]) continue;
    const width = Math.min(right[box]!, right[other]!) - Math.max(left[box]!, left[other]!);
    if (width <= 0) continue;
    const height = Math.min(bottom[box]!, bottom[other]!) - Math.max(top[box]!, top[other]!);
    if (height <= 0) continue;
    const shared = width * height;
    const otherArea = (right[other]! - left[other]!) * (bottom[other]! - top[other]!);
    const overlap = shared / (area + otherArea - shared);
    rest *= 1 - overlap * overlap;
  }
  return rest;
}
