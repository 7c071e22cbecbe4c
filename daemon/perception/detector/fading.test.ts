import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandidateBuffer } from './candidates.ts';
import { createFader } from './fading.ts';
import { createSuppressor } from './nms.ts';

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
    buffer.addCorners(x, y, x + width, y + height, score, classId);
  }
  return buffer;
}

const fader = createFader();

/** Scores by box after suppression at that overlap and fading; best first. */
function faded(boxes: readonly Box[], leastScore: number, iouThreshold = 0.7): { box: number; score: number }[] {
  const buffer = fill(boxes);
  const kept = createSuppressor(buffer.capacity).suppress(buffer, iouThreshold);
  return [...fader.fade(buffer, kept, leastScore)].map((box) => ({ box, score: buffer.score[box]! }));
}

const boxes = fc.array(
  fc.record({
    x: fc.integer({ min: 0, max: 40 }),
    y: fc.integer({ min: 0, max: 40 }),
    width: fc.integer({ min: 1, max: 30 }),
    height: fc.integer({ min: 1, max: 30 }),
    score: fc.integer({ min: 0, max: 20 }).map((score) => score / 20),
    classId: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 80 },
);

describe('fading', () => {
  // 10 x 10 each; the second shares 10 x 5 of 10 x 15 with the first: a third.
  const first = { x: 0, y: 0, width: 10, height: 10, score: 0.9, classId: 0 };
  const second = { ...first, y: 5, score: 0.81 };

  it('takes the square of the overlap off the worse of two boxes', () => {
    const [best, worse] = faded([second, first], 0.1);
    expect(best).toEqual({ box: 1, score: expect.closeTo(0.9, 6) });
    expect(worse).toEqual({ box: 0, score: expect.closeTo(0.81 * (8 / 9), 6) });
  });

  it('counts every better box of the class: the one that two overlap comes after one that none does', () => {
    const third = { ...first, y: -5, score: 0.85 };
    const alone = { ...first, x: 100, score: 0.7 };
    expect(faded([first, third, second, alone], 0.1)).toEqual([
      { box: 0, score: expect.closeTo(0.9, 6) },
      { box: 1, score: expect.closeTo(0.85 * (8 / 9), 6) },
      // `third` touches it along an edge only, and shares nothing.
      { box: 2, score: expect.closeTo(0.81 * (8 / 9), 6) },
      { box: 3, score: expect.closeTo(0.7, 6) },
    ]);
    const between = { ...first, y: 0, x: 4, score: 0.8 };
    const order = faded([first, { ...first, x: 8 }, between, alone], 0.1).map(({ box }) => box);
    expect(order).toEqual([0, 1, 3, 2]);
  });

  it('leaves out what falls below the least score, and other classes alone', () => {
    expect(faded([first, second], 0.75).map(({ box }) => box)).toEqual([0]);
    expect(faded([first, { ...second, classId: 1 }], 0.75).map(({ box }) => box)).toEqual([0, 1]);
  });

  it('only ever lowers scores, never the best of a class, and gives them in order', () => {
    fc.assert(
      fc.property(boxes, fc.constantFrom(0, 0.25, 0.4), (drawn, leastScore) => {
        const result = faded(drawn, leastScore);
        const scores = result.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        for (const { box, score } of result) {
          expect(score).toBeGreaterThanOrEqual(leastScore);
          expect(score).toBeLessThanOrEqual(Math.fround(drawn[box]!.score));
        }
        for (const classId of [0, 1, 2]) {
          const best = Math.fround(
            Math.max(0, ...drawn.filter((box) => box.classId === classId).map((box) => box.score)),
          );
          const most = Math.max(
            0,
            ...result.filter(({ box }) => drawn[box]!.classId === classId).map((box) => box.score),
          );
          if (best >= leastScore) expect(most).toBe(best);
        }
      }),
    );
  });

  it('changes nothing where no boxes of a class overlap', () => {
    fc.assert(
      fc.property(boxes, (drawn) => {
        const apart = drawn.map((box, i) => ({ ...box, x: box.x + 1000 * i }));
        const buffer = fill(apart);
        const kept = [...createSuppressor(buffer.capacity).suppress(buffer, 0.7)];
        expect(faded(apart, 0)).toEqual(kept.map((box) => ({ box, score: buffer.score[box]! })));
      }),
    );
  });
});
