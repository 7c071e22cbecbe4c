import { describe, expect, it } from 'vitest';
import { found, type HeadOptions, headOf, recognised, smallInput } from '../../testing/decoder-checks.ts';
import { unfitted } from '../../testing/heads.ts';
import { nmsFreePose } from './nms-free-pose.ts';
import { nmsFreeSeg } from './nms-free-seg.ts';

/** Two rows of a network of its own choice, the second of which only fills up. */
function rowsOf(columns: number, details: readonly number[]): Float32Array {
  const rows = new Float32Array(2 * columns);
  rows.set([8, 4, 24, 20, 0.75, 1, ...details]);
  return rows;
}

const box = { corners: [8, 4, 24, 20], score: 0.75, classId: 1 };

describe('nms-free-pose', () => {
  const hints = { task: 'pose', metadata: { kpt_shape: '(2, 3)' }, statedClasses: 2 };

  it('reads points beside boxes that the network has chosen', () => {
    const decoder = recognised(nmsFreePose.recognise(headOf([[1, 2, 12]], { hints })));
    const rows = rowsOf(12, [10, 12, 0.5, 20, 16, 2]);
    expect(found(decoder, [rows], 0.25)).toEqual([box]);
    const inPicture = { xPx: 8, yPx: 4, widthPx: 16, heightPx: 16 };
    expect(decoder.details?.(0, [rows], unfitted(smallInput), inPicture)).toEqual({
      keypoints: [
        { xPx: 10, yPx: 12, score: 0.5 },
        { xPx: 20, yPx: 16, score: 1 },
      ],
    });
    expect(decoder).toMatchObject({ classCount: 2, suppression: 'done', detailsOf: 'points' });
  });

  it('reads points in shares of the picture where boxes are such', () => {
    const head = headOf([[1, 2, 12]], { hints });
    const decoder = recognised(nmsFreePose.recognise(head));
    const { widthPx, heightPx } = smallInput;
    const inPixels = rowsOf(12, [10, 12, 0.5, 20, 16, 2]);
    const shares = inPixels.slice();
    for (const x of [0, 2, 6, 9]) shares[x]! /= widthPx;
    for (const y of [1, 3, 7, 10]) shares[y]! /= heightPx;
    expect(found(decoder, [shares], 0.25)).toEqual([box]);
    const inPicture = { xPx: 8, yPx: 4, widthPx: 16, heightPx: 16 };
    const ofPixels = recognised(nmsFreePose.recognise(headOf([[1, 2, 12]], { hints })));
    found(ofPixels, [inPixels], 0.25);
    expect(decoder.details?.(0, [shares], unfitted(smallInput), inPicture)).toEqual(
      ofPixels.details?.(0, [inPixels], unfitted(smallInput), inPicture),
    );
    const told = recognised(nmsFreePose.recognise(headOf([[1, 2, 12]], { hints: { ...hints, boxUnit: 'pixels' } })));
    expect(found(told, [shares], 0.25)).not.toEqual([box]);
  });

  it.each<[string, readonly number[], HeadOptions, boolean]>([
    ['57 columns, by people', [1, 300, 57], { input: { widthPx: 640, heightPx: 640 } }, true],
    ['the columns that its points need', [1, 300, 12], { hints }, true],
    ['two numbers a point', [1, 300, 10], { hints: { ...hints, metadata: { kpt_shape: '[2, 2]' } } }, true],
    ['other columns', [1, 300, 13], { hints }, false],
    ['a row for each cell', [1, 42, 12], { hints }, false],
    ['points of four numbers', [1, 300, 57], { hints: { metadata: { kpt_shape: '[17, 4]' } } }, false],
  ])('%s', (_, shape, options, isRecognised) => {
    expect(nmsFreePose.recognise(headOf([shape], options)) !== undefined).toBe(isRecognised);
  });
});

describe('nms-free-seg', () => {
  const prototypes = [1, 3, 8, 16];

  it('weighs the prototypes with what stands behind each box, in whatever order the outputs come', () => {
    const rows = rowsOf(9, [0, 1, 0]);
    const masks = new Float32Array(3 * 8 * 16).fill(-1);
    // The second prototype is on in its left half: 8 of 16 columns, 32 of 64 pixels.
    for (let y = 0; y < 8; y++) masks.fill(1, 8 * 16 + y * 16, 8 * 16 + y * 16 + 8);
    const head = headOf([prototypes, [1, 2, 9]], { hints: { task: 'segment', statedClasses: 2 } });
    const decoder = recognised(nmsFreeSeg.recognise(head));
    expect(decoder.outputIndexes).toEqual([1, 0]);
    expect(found(decoder, [rows, masks], 0.25)).toEqual([box]);
    const shares = rows.slice();
    for (const x of [0, 2]) shares[x]! /= smallInput.widthPx;
    for (const y of [1, 3]) shares[y]! /= smallInput.heightPx;
    expect(found(recognised(nmsFreeSeg.recognise(head)), [shares, masks], 0.25), 'in shares').toEqual([box]);
    const wide = { xPx: 8, yPx: 4, widthPx: 40, heightPx: 2 };
    expect(decoder.details?.(0, [rows, masks], unfitted(smallInput), wide)).toEqual({
      mask: { xPx: 8, yPx: 4, widthPx: 40, heightPx: 2, runs: [0, 24, 16, 24, 16] },
    });
  });

  it.each<[string, readonly (readonly number[])[], boolean]>([
    ['six columns and one for each prototype', [[1, 300, 9], prototypes], true],
    ['a column too few', [[1, 300, 8], prototypes], false],
    ['a row for each anchor', [[1, 126, 9], prototypes], false],
    ['no prototypes', [[1, 300, 9]], false],
  ])('%s', (_, shapes, isRecognised) => {
    expect(nmsFreeSeg.recognise(headOf(shapes)) !== undefined).toBe(isRecognised);
  });
});
