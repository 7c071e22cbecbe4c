import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowed,
  anyThreshold,
  type Found,
  found,
  type HeadOptions,
  headOf,
  recognised,
  wildTensor,
} from '../../testing/decoder-checks.ts';
import { yolov2 } from './yolov2.ts';

const input = { widthPx: 96, heightPx: 64 };
const [across, down] = [3, 2];
const cells = across * down;
const classCount = 3;
const channels = 5 * (5 + classCount);
const anchors = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
const ownAnchors = { anchors: { perGrid: [anchors], where: 'its card' } };
const open = (shape: readonly number[], hints: HeadOptions['hints'] = ownAnchors) =>
  yolov2.recognise(headOf([shape], { input, hints }));

/** Every box that may be one, read plainly from numbers that lie channel by channel. */
function plainBoxes(values: Float32Array): Found[] {
  const of = (channel: number, cell: number) => values[channel * cells + cell]!;
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const boxes = Array.from({ length: 5 * cells }, (_, at): Found | undefined => {
    const [anchor, cell] = [Math.floor(at / cells), at % cells];
    const first = anchor * (5 + classCount);
    const [x = 0, y = 0, wide = 0, high = 0, sure = 0, ...classes] = Array.from(
      { length: 5 + classCount },
      (_, channel) => of(first + channel, cell),
    );
    if (!Number.isFinite(x + y) || sure === Number.POSITIVE_INFINITY) return undefined;
    const best = Math.max(...classes);
    const score = sigmoid(sure) / classes.reduce((sum, each) => sum + Math.exp(each - best), 0);
    const [centreX, centreY] = [(sigmoid(x) + (cell % across)) * 32, (sigmoid(y) + Math.floor(cell / across)) * 32];
    const [width, height] = [Math.exp(wide) * anchors[2 * anchor]!, Math.exp(high) * anchors[2 * anchor + 1]!];
    const corners = [centreX - width / 2, centreY - height / 2, centreX + width / 2, centreY + height / 2];
    return score > 0 && width > 0 && height > 0 ? { classId: classes.indexOf(best), score, corners } : undefined;
  });
  return boxes.filter((box) => box !== undefined);
}

describe('yolov2', () => {
  it.each(['first', 'last'])('finds what the plain definition finds, channels %s', (order) => {
    const decoder = recognised(open(order === 'first' ? [1, channels, down, across] : [1, down, across, channels]));
    expect(decoder).toMatchObject({ classCount, capacity: 5 * cells, suppression: 'needed' });
    fc.assert(
      fc.property(wildTensor(channels * cells), anyThreshold, (values, threshold) => {
        const given =
          order === 'first'
            ? values
            : values.map((_, at) => values[(at % channels) * cells + Math.floor(at / channels)]!);
        const [boxes, expected] = [found(decoder, [given], threshold), allowed(plainBoxes(values), threshold)];
        expect(boxes).toHaveLength(expected.length);
        for (const [at, { classId, score, corners }] of boxes.entries()) {
          expect(classId).toBe(expected[at]!.classId);
          expect(score).toBeCloseTo(expected[at]!.score, 5);
          expect(corners).toEqual(expected[at]!.corners);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    { what: "the model zoo's tiny one", of: 20, hints: {}, whose: /^Tiny YOLOv2's of Pascal VOC/, first: 1.08 },
    {
      what: 'the large one of Pascal VOC',
      of: 20,
      hints: { operators: new Set(['Concat']) },
      whose: /^YOLOv2's of Pas/,
      first: 1.3221,
    },
    { what: 'those of COCO', of: 80, hints: {}, whose: /^YOLOv2's of COCO/, first: 0.57273 },
    {
      what: "Azure Custom Vision's",
      ...{ of: 4, hints: { metadata: { 'Image.BitmapPixelFormat': 'Bgr8' } }, whose: /^Azure/, first: 0.57273 },
    },
    { what: "its card's, of any classes", of: 4, hints: ownAnchors, whose: /^its card's/, first: 10 / 32 },
  ])('takes the anchors of $what', ({ of, hints, whose, first }) => {
    const decoder = recognised(open([1, 5 * (5 + of), down, across], hints));
    expect(decoder.because.split('they are ')[1]).toMatch(whose);
    const values = new Float32Array(5 * (5 + of) * cells).fill(-20);
    const set = (channel: number, value: number) => values.fill(value, channel * cells, channel * cells + 1);
    for (const [channel, value] of [0, 0, 0, 0, 20, 20].entries()) set(channel, value);
    const [box] = found(decoder, [values], 0.5);
    expect(box).toMatchObject({ classId: 0, score: expect.closeTo(1, 3) });
    expect(box!.corners[2]! - box!.corners[0]!).toBeCloseTo(first * 32, 2);
  });

  it('is not believed of other numbers of classes, of other labels, and of other shapes', () => {
    const unsaid = {};
    expect(open([1, 5 * 8, down, across], unsaid)).toBeUndefined();
    expect(open([1, 125, down, across], { statedClasses: 3 })).toBeUndefined();
    expect(open([1, 126, down, across], unsaid)).toBeUndefined();
    expect(open([1, 25, down, across], ownAnchors)).toBeUndefined();
    expect(open([1, 125, down * 2, across * 2], unsaid)).toBeUndefined();
    expect(
      yolov2.recognise(
        headOf(
          [
            [1, 125, down, across],
            [1, 125, down, across],
          ],
          { input },
        ),
      ),
    ).toBeUndefined();
  });

  it('refuses anchors that are not five, in words', () => {
    const hints = { anchors: { perGrid: [[1, 2, 3, 4, 5, 6]], where: '"anchors" in card.json' } };
    expect(() => open([1, 125, down, across], hints)).toThrow(/card\.json must be 1 lists.*of 10 numbers/);
  });

  it('says of a network that is sure of objects everywhere that these are no scores', () => {
    const decoder = recognised(open([1, channels, down, across]));
    expect(decoder.strayScore?.([new Float32Array(channels * cells).fill(3)])).toBe(3);
    expect(decoder.strayScore?.([new Float32Array(channels * cells).fill(-3)])).toBeUndefined();
    expect(decoder.judgeScores([new Float32Array(channels * cells)])).toBe('all-zero');
    expect(decoder.judgeScores([new Float32Array(channels * cells).fill(-3)])).toBe('sound');
  });
});
