import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandidateBuffer } from './candidates.ts';
import { createSuppressor, maxCandidates, maxDetections } from './nms.ts';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
  readonly classId: number;
}

function fill(boxes: readonly Box[]): CandidateBuffer {
  const buffer = new CandidateBuffer(Math.max(1, boxes.length));
  for (const { x, y, width, height, score, classId } of boxes) {
    buffer.addCentred(x + width / 2, y + height / 2, width, height, score, classId);
  }
  return buffer;
}

function overlap(buffer: CandidateBuffer, a: number, b: number): number {
  const side = (low: Float32Array, high: Float32Array) =>
    Math.max(0, Math.min(high[a]!, high[b]!) - Math.max(low[a]!, low[b]!));
  const area = (i: number) => (buffer.right[i]! - buffer.left[i]!) * (buffer.bottom[i]! - buffer.top[i]!);
  const shared = side(buffer.left, buffer.right) * side(buffer.top, buffer.bottom);
  return shared / (area(a) + area(b) - shared);
}

/** The definition: take the best that is left, strike what overlaps it, again. */
function plainSuppression(buffer: CandidateBuffer, threshold: number): number[] {
  const order = Array.from({ length: buffer.count }, (_, i) => i).sort(
    (a, b) => buffer.score[b]! - buffer.score[a]! || a - b,
  );
  const kept: number[] = [];
  for (const candidate of order.slice(0, maxCandidates)) {
    const struck = kept.some(
      (other) => buffer.classId[other] === buffer.classId[candidate] && overlap(buffer, other, candidate) > threshold,
    );
    if (!struck) kept.push(candidate);
  }
  return kept.slice(0, maxDetections);
}

// A coarse grid of sizes, scores and places makes ties and overlaps of exactly the threshold common.
const box = fc.record({
  x: fc.integer({ min: 0, max: 40 }),
  y: fc.integer({ min: 0, max: 40 }),
  width: fc.integer({ min: 1, max: 30 }),
  height: fc.integer({ min: 1, max: 30 }),
  score: fc.integer({ min: 0, max: 20 }).map((score) => score / 20),
  classId: fc.integer({ min: 0, max: 2 }),
});

describe('suppression', () => {
  it('keeps what the plain definition keeps, in the same order', () => {
    const suppressor = createSuppressor(200);
    const threshold = fc.constantFrom(0, 0.25, 0.45, 0.6, 1);
    fc.assert(
      fc.property(fc.array(box, { maxLength: 200 }), threshold, (boxes, iouThreshold) => {
        const buffer = fill(boxes);
        expect([...suppressor.suppress(buffer, iouThreshold)]).toEqual(plainSuppression(buffer, iouThreshold));
      }),
    );
  });

  it('leaves boxes of different classes alone', () => {
    const same = { x: 0, y: 0, width: 10, height: 10, score: 0.9 };
    const buffer = fill([
      { ...same, classId: 0 },
      { ...same, classId: 1 },
    ]);
    expect([...createSuppressor(2).suppress(buffer, 0.5)]).toEqual([0, 1]);
  });

  it('is bounded: 10 000 boxes that do not overlap give the best 300', () => {
    const boxes = Array.from({ length: 10_000 }, (_, i) => ({
      ...{ x: (i % 100) * 10, y: Math.floor(i / 100) * 10, width: 5, height: 5, score: i / 10_000, classId: 0 },
    }));
    const kept = createSuppressor(10_000).suppress(fill(boxes), 0.5);
    expect(kept).toHaveLength(maxDetections);
    expect(kept[0]).toBe(9999);
    expect(kept[299]).toBe(9700);
  });
});

describe('candidates', () => {
  it('leave out what is no box or no score', () => {
    const buffer = new CandidateBuffer(20);
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of bad) {
      for (let place = 0; place < 5; place++) {
        const [x = 0, y = 0, width = 0, height = 0, score = 0] = [5, 5, 2, 2, 0.5].with(place, value);
        buffer.addCentred(x, y, width, height, score, 0);
      }
    }
    buffer.addCentred(5, 5, 0, 2, 0.5, 0);
    buffer.addCentred(5, 5, 2, -2, 0.5, 0);
    expect(buffer.count).toBe(0);
    buffer.addCentred(5, 5, 2, 2, 1.005, 3);
    expect([buffer.count, buffer.score[0], buffer.classId[0]]).toEqual([1, 1, 3]);
  });

  it('count scores that no sigmoid gave, and stop at their capacity', () => {
    const buffer = new CandidateBuffer(1);
    buffer.addCentred(5, 5, 2, 2, 7.5, 0);
    expect([buffer.count, buffer.outOfRange]).toEqual([0, 1]);
    buffer.addCentred(5, 5, 2, 2, 0.5, 0);
    buffer.addCentred(6, 6, 2, 2, 0.9, 0);
    expect([buffer.count, buffer.score[0]]).toEqual([1, 0.5]);
    buffer.clear();
    expect([buffer.count, buffer.outOfRange]).toEqual([0, 0]);
  });
});
