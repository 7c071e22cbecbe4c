import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplesOf } from '../../../../test/harness/samples.ts';
import { testFolder } from '../../../../test/harness/test-folders.ts';
import type { Detection } from '../../../protocol/detection.ts';
import { readImage } from '../../image-file.ts';
import { tinyNetwork, yolov8Head } from '../../testing/tiny-network.ts';
import { levelScale, ultralyticsInput } from '../preprocess/input-format.ts';
import { mirrorAgreement, mirrorBox, mirrorImage, overlapOf } from './mirror.ts';
import { cardLine, neighboursOf, scaleName } from './neighbours.ts';
import { judge, pooledAgreement, type SeenPhoto } from './plausibility.ts';
import { undecidedAmong } from './undecided.ts';
import { fitsBetter, type Photo, verifyNetwork } from './verify-network.ts';

const folder = testFolder('verify');

const box = (xPx: number, yPx: number, widthPx: number, heightPx: number) => ({ xPx, yPx, widthPx, heightPx });
const seenAt = (at: Detection['box'], score = 0.8, classId = 0): Detection => ({
  ...{ label: 'cone', classId, score, box: at },
});
const photo = (detections: readonly Detection[], over: Partial<SeenPhoto> = {}): SeenPhoto => ({
  ...{ file: 'a.jpg', widthPx: 640, heightPx: 480, detections, warning: undefined, mirrorAgreement: 1, ...over },
});
const kinds = (photos: readonly SeenPhoto[]) => judge(photos, 0.25).map(({ kind }) => kind);
/** Boxes beside one another, with scores that differ. */
const row = (count: number, side = 20): Detection[] =>
  Array.from({ length: count }, (_, i) =>
    seenAt(box((i % 24) * 25, Math.floor(i / 24) * 25, side, side), 0.3 + i / 500),
  );

describe('the mirror', () => {
  it('exchanges left and right, twice nothing', () => {
    const rgb = Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => i);
    const image = { rgb, widthPx: 3, heightPx: 2 };
    expect([...mirrorImage(image).rgb.subarray(0, 9)]).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2]);
    expect(mirrorImage(mirrorImage(image))).toEqual(image);
    expect(mirrorBox(box(10, 20, 30, 40), 100)).toEqual(box(60, 20, 30, 40));
  });

  const boxes = fc
    .tuple(fc.nat({ max: 600 }), fc.nat({ max: 400 }), fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }))
    .map(([x, y, w, h]) => box(x, y, w, h));
  const detections = fc.array(
    fc
      .record({ at: boxes, score: fc.integer({ min: 1, max: 100 }), classId: fc.nat({ max: 2 }) })
      .map((each) => seenAt(each.at, each.score / 100, each.classId)),
    { maxLength: 12 },
  );

  it('agrees wholly with what is mirrored, not at all with nothing, and else in between', () => {
    fc.assert(
      fc.property(detections, detections, (a, b) => {
        const mirrored = a.map((each) => ({ ...each, box: mirrorBox(each.box, 640) }));
        const wholly = mirrorAgreement(a, mirrored, 640);
        if (a.length === 0) expect(wholly).toBeUndefined();
        else expect(wholly).toBeCloseTo(1, 9);
        if (a.length > 0) expect(mirrorAgreement(a, [], 640)).toBe(0);
        const some = mirrorAgreement(a, b, 640) ?? 0;
        expect(some).toBeGreaterThanOrEqual(0);
        expect(some).toBeLessThanOrEqual(1);
      }),
    );
    expect(mirrorAgreement([seenAt(box(0, 0, 9, 9))], [seenAt(box(631, 0, 9, 9), 0.8, 1)], 640)).toBe(0);
    expect(overlapOf(box(0, 0, 10, 10), box(5, 0, 10, 10))).toBeCloseTo(1 / 3, 9);
  });
});

describe('what is seen', () => {
  it('is plausible when it is a few boxes that differ and mirror', () => {
    expect(kinds([photo(row(3)), photo(row(12, 15)), photo([])])).toEqual([]);
  });

  it.each<[string, SeenPhoto[], string[]]>([
    ['nothing', [photo([]), photo([])], ['nothing-found']],
    ['scores that cannot be right', [photo([], { warning: 'every score is 0' })], ['scores-wrong']],
    ['one score for all', [photo(row(6).map((each) => ({ ...each, score: 0.5 })))], ['scores-alike']],
    [
      'whole pictures',
      [photo([seenAt(box(0, 0, 640, 480)), seenAt(box(1, 0, 639, 480), 0.7)])],
      ['boxes-whole-picture'],
    ],
    ['specks', [photo(row(4, 1))], ['boxes-tiny']],
    ['dozens of boxes on every photo', [photo(row(80)), photo(row(90))], ['too-many']],
    [
      'heaps of one class',
      [photo(Array.from({ length: 20 }, (_, i) => seenAt(box(100 + i, 100, 80, 80), 0.3 + i / 100)))],
      ['heaps'],
    ],
    ['the same in every photo', [photo(row(3)), photo(row(3))], ['same-everywhere']],
    ['something else in the mirror', [photo(row(3), { mirrorAgreement: 0.2 })], ['mirror-differs']],
  ])('is suspicious: %s', (_, photos, expected) => {
    expect(kinds(photos)).toEqual(expected);
  });

  it('is not suspicious for one photo of many', () => {
    expect(kinds([photo(row(80)), photo(row(3))])).toEqual([]);
    expect(kinds([photo([seenAt(box(0, 0, 640, 480)), ...row(3)])])).toEqual([]);
  });

  describe('by a network that says of a whole picture what it shows', () => {
    const whole = box(0, 0, 640, 480);
    const shows = (...classes: [classId: number, score: number][]) =>
      photo(classes.map(([classId, score]) => seenAt(whole, score, classId)));
    const found = (photos: readonly SeenPhoto[]) => judge(photos, 0.25, 'none').map(({ kind }) => kind);

    it('is plausible though each box is the whole picture and the class is one', () => {
      expect(found([shows([3, 0.9]), shows([3, 0.91]), shows([7, 0.5], [2, 0.4])])).toEqual([]);
      expect(found([shows([3, 1])])).toEqual([]);
    });

    it('is suspicious when scores are the same for all photos, differ in the mirror, or are none', () => {
      expect(found([shows([3, 0.9]), shows([3, 0.9])])).toEqual(['same-everywhere']);
      expect(found([photo([seenAt(whole)], { mirrorAgreement: 0.1 })])).toEqual(['mirror-differs']);
      expect(found([shows(), shows()])).toEqual(['nothing-found']);
    });
  });

  it('counts for as much as its scores', () => {
    const unsure = photo([seenAt(box(0, 0, 9, 9), 0.3)], { mirrorAgreement: 0 });
    expect(pooledAgreement([photo(row(10)), unsure])).toBeGreaterThan(0.7);
    expect(pooledAgreement([photo([], { mirrorAgreement: undefined })])).toBeUndefined();
  });
});

describe('neighbouring conventions', () => {
  const format = { widthPx: 64, heightPx: 64, type: 'float32', order: 'nchw', ...ultralyticsInput } as const;
  it('are all others of colours and scale, and what a card would say of them', () => {
    const own = { channels: 'rgb', scale: '0-1', fit: 'letterbox' } as const;
    expect(neighboursOf(format)).toHaveLength(6);
    expect(neighboursOf(format)).not.toContainEqual(own);
    expect(neighboursOf(format)).toContainEqual({ ...own, fit: 'stretch' });
    expect(neighboursOf({ ...format, fit: 'crop' })).toContainEqual(own);
    expect(neighboursOf({ ...format, type: 'uint8', ...levelScale })).toEqual([
      { channels: 'bgr', scale: '0-255', fit: 'letterbox' },
      { channels: 'rgb', scale: '0-255', fit: 'stretch' },
    ]);
    expect(scaleName({ mean: [1, 2, 3], deviation: [4, 5, 6] })).toBeUndefined();
    expect(cardLine(format, { ...own, channels: 'bgr' })).toBe('"input": { "channels": "bgr" }');
    expect(cardLine(format, { ...own, scale: '0-255' })).toBe('"input": { "scale": "0-255" }');
    expect(cardLine(format, { ...own, fit: 'stretch' })).toBe('"input": { "fit": "stretch" }');
  });

  it('fit better when they find more everywhere, or something where nothing was found', () => {
    const few = [photo(row(4)), photo(row(5, 15))];
    const more = [photo(row(6)), photo(row(7, 15))];
    const less = [photo(row(3)), photo(row(12, 15))];
    expect(fitsBetter(more, { seen: few, finds: true }, 0.25, 'fit')).toBe(true);
    expect(fitsBetter(few, { seen: more, finds: true }, 0.25, 'values')).toBe(false);
    expect(fitsBetter(less, { seen: few, finds: true }, 0.25, 'values')).toBe(false);
    expect(fitsBetter(more.slice(1), { seen: few.slice(1), finds: true }, 0.25, 'values')).toBe(false);
    expect(fitsBetter(more.slice(1), { seen: [photo([])], finds: false }, 0.25, 'values')).toBe(true);
    const nonsense = more.map((each) => ({ ...each, mirrorAgreement: 0.3 }));
    expect(fitsBetter(nonsense, { seen: few, finds: true }, 0.25, 'values')).toBe(false);
  });

  it('fit better, of colours and scale, when they find much more and a little less on one photo', () => {
    const own = { seen: [photo(row(4)), photo(row(10, 15))], finds: true };
    const mixed = [photo(row(10)), photo(row(9, 15))];
    expect(fitsBetter(mixed, own, 0.25, 'values')).toBe(true);
    expect(fitsBetter(mixed, own, 0.25, 'fit')).toBe(false);
    expect(fitsBetter([photo(row(12)), photo(row(7, 15))], own, 0.25, 'values')).toBe(false);
  });

  it('are undecided when they differ in one thing and find nearly as much', () => {
    const own = { channels: 'rgb', scale: '0-1', fit: 'letterbox' } as const;
    const rivals = [
      { convention: { ...own, channels: 'bgr' }, share: 0.9 },
      { convention: { ...own, scale: 'imagenet' }, share: 0.7 },
      { convention: { ...own, channels: 'bgr', scale: 'imagenet' }, share: 1.1 },
      { convention: { ...own, fit: 'stretch' }, share: 1.05 },
    ] as const;
    expect(undecidedAmong(rivals, format)).toEqual([
      { about: 'channels', other: 'bgr', share: 0.9 },
      { about: 'fit', other: 'stretch', share: 1.05 },
    ]);
  });
});

describe('a network', () => {
  const verify = async (boxes: Parameters<typeof yolov8Head>[2], photos = 1, again: readonly Photo[] = []) => {
    const modelFile = join(folder, `tiny-${boxes.length}-${photos}.onnx`);
    writeFileSync(
      modelFile,
      tinyNetwork({ outputs: [{ name: 'o', shape: [1, 5, 84], data: yolov8Head(1, 84, boxes) }] }),
    );
    const plain = (level: number) => ({
      ...{ file: 'a.png', rgb: new Uint8Array(64 * 64 * 3).fill(level), widthPx: 64, heightPx: 64 },
    });
    const options = { modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 };
    return verifyNetwork(options, [...Array.from({ length: photos }, (_, at) => plain(at)), ...again]);
  };
  const middle = { centreX: 32, centreY: 32, width: 16, height: 16, classId: 0, score: 0.9 };

  it('is plausible with a box in the middle of the one photo there is', async () => {
    expect(await verify([middle])).toMatchObject({ findings: [], mirrorAgreement: 1, network: { layout: 'yolov8' } });
  });

  it('is plausible when it classifies, whose boxes are whole pictures, and no other colours or scales are judged', async () => {
    const modelFile = join(folder, 'classifier.onnx');
    const data = [0.01, 0.9, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01];
    writeFileSync(modelFile, tinyNetwork({ outputs: [{ name: 'o', shape: [1, 10], data }] }));
    const options = { modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 };
    const doing: string[] = [];
    const blank = { file: 'a.png', rgb: new Uint8Array(64 * 64 * 3), widthPx: 64, heightPx: 64 };
    const verified = await verifyNetwork(options, [blank], (each) => doing.push(each));
    expect(verified).toMatchObject({ findings: [], mirrorAgreement: 1, undecided: [], network: { places: 'none' } });
    expect(doing).toEqual(['looking at one photo, and at its mirror image']);
  });

  it('is not with boxes that do not follow the picture', async () => {
    const aside = { ...middle, centreX: 10 };
    expect((await verify([aside])).findings.map(({ kind }) => kind)).toEqual(['mirror-differs']);
    expect((await verify([middle], 2)).findings.map(({ kind }) => kind)).toEqual(['same-everywhere']);
    const again = { file: 'copy.png', rgb: new Uint8Array(64 * 64 * 3), widthPx: 64, heightPx: 64 };
    const twice = await verify([middle], 1, [again]);
    expect(twice.findings).toEqual([]);
    expect(twice.photos.map(({ file }) => file)).toEqual(['a.png', 'copy.png']);
    expect((await verify([])).findings.map(({ kind }) => kind)).toEqual(['nothing-found']);
  });
});

const samples = samplesOf('models');

describe.skipIf(!samples.areThere)('a real network on real photographs', () => {
  const look = async (input?: object) => {
    const modelFile = join(folder, `real-${JSON.stringify(input ?? {}).replace(/\W/g, '')}.onnx`);
    symlinkSync(join(samples.folder, 'yolov8n320_deq.onnx'), modelFile);
    if (input !== undefined) writeFileSync(modelFile.replace('.onnx', '.json'), JSON.stringify({ input }));
    const files = ['bus.jpg', 'dog.jpg', 'street.png'].map((name) => join(samples.folder, 'photos', name));
    const photos = await Promise.all(files.map(async (file) => ({ file, ...(await readImage(file)) })));
    return verifyNetwork({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 }, photos);
  };

  it('is plausible as it is', { timeout: 240_000 }, async () => {
    const { findings, mirrorAgreement: agreement } = await look();
    expect(findings).toEqual([]);
    expect(agreement).toBeGreaterThan(0.8);
  });

  it.each([
    [
      'channels',
      { channels: 'bgr' },
      /taken as rgb in 0-1 fit better than as bgr in 0-1.*"input": \{ "channels": "rgb" \}/,
    ],
    ['scale', { scale: '0-255' }, /taken as rgb in 0-1 fit better than as rgb in 0-255.*"input": \{ "scale": "0-1" \}/],
  ])('whose card has the wrong %s is told the right one', { timeout: 240_000 }, async (_, input, text) => {
    const { findings } = await look(input);
    expect(findings.find(({ kind }) => kind === 'other-convention')?.text).toMatch(text);
  });
});
