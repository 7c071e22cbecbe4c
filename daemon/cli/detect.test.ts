import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testFolder } from '../../test/harness/test-folders.ts';
import { tinyNetwork, yolov8Head } from '../perception/testing/tiny-network.ts';
import { type Detection, detectionSchema } from '../protocol/detection.ts';
import { type DetectOptions, detect } from './detect.ts';
import { describeInput, roundDetection } from './detect-report.ts';
import { boxesAsSvg, writeWithBoxes } from './draw-boxes.ts';
import { layMasks } from './draw-masks.ts';
import { createPpmCutter } from './read-video.ts';

const folder = testFolder('detect');

/** 64x64: one stop sign in the middle, and one that is unsure. */
const model = join(folder, 'tiny.onnx');
writeFileSync(
  model,
  tinyNetwork({
    outputs: [
      {
        ...{ name: 'output0', shape: [1, 5, 84] },
        data: yolov8Head(1, 84, [
          { centreX: 32, centreY: 32, width: 16, height: 8, classId: 0, score: 0.75 },
          { centreX: 8, centreY: 32, width: 8, height: 8, classId: 0, score: 0.3 },
        ]),
      },
    ],
    metadata: { names: "{0: 'stop sign'}" },
  }),
);

async function picture(name: string, change: (image: sharp.Sharp) => sharp.Sharp = (image) => image): Promise<string> {
  const file = join(folder, name);
  const image = sharp({ create: { width: 128, height: 64, channels: 3, background: { r: 90, g: 120, b: 40 } } });
  await change(image).toFile(file);
  return file;
}

const documentSchema = z.strictObject({
  model: z.string(),
  layout: z.literal('yolov8'),
  inputs: z.array(
    z.strictObject({
      file: z.string(),
      frame: z.int().optional(),
      widthPx: z.int(),
      heightPx: z.int(),
      detections: z.array(detectionSchema),
    }),
  ),
});

async function run(files: string[], options: Partial<DetectOptions> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) };
  const code = await detect({ model, files, score: 0.5, ...options }, output);
  return { code, out: out.join(''), err: err.join('') };
}

describe('detect', () => {
  it('prints one JSON document with boxes in the pixels of the picture', async () => {
    const file = await picture('plain.png');
    const { code, out, err } = await run([file], { json: true });
    expect([code, err]).toEqual([0, '']);
    expect(documentSchema.parse(JSON.parse(out))).toEqual({
      model,
      layout: 'yolov8',
      inputs: [
        {
          ...{ file, widthPx: 128, heightPx: 64 },
          detections: [
            { label: 'stop sign', classId: 0, score: 0.75, box: { xPx: 48, yPx: 24, widthPx: 32, heightPx: 16 } },
          ],
        },
      ],
    });
  });

  it('prints a table for people, with the thresholds that were asked for', async () => {
    const file = await picture('plain.png');
    expect((await run([file])).out).toMatch(
      /plain\.png {2}128x64 {2}1 object\n {2}stop sign +0\.75 +at +48, +24 +size +32 x +16\n/,
    );
    expect((await run([file], { score: 0.25 })).out).toMatch(/2 objects/);
  });

  it('says once at the end where the pictures are', async () => {
    const files = [await picture('plain.png'), await picture('plain.jpg')];
    const out = join(folder, 'drawn');
    const said = (await run(files, { out })).out;
    expect(said.match(/drawn/g)).toHaveLength(1);
    expect(said).toMatch(/The pictures with their boxes are in .*drawn\n$/);
    expect((await run(files)).out).not.toMatch(/pictures with their boxes/);
  });

  it.each<[string, (image: sharp.Sharp) => sharp.Sharp, number, number]>([
    ['grey.jpg', (image) => image.greyscale(), 128, 64],
    ['alpha.png', (image) => image.ensureAlpha(0.5), 128, 64],
    ['grey-alpha.png', (image) => image.greyscale().ensureAlpha(0.2), 128, 64],
    ['sixteen-bits.png', (image) => image.toColourspace('rgb16'), 128, 64],
    ['cmyk.jpg', (image) => image.toColourspace('cmyk'), 128, 64],
    ['palette.gif', (image) => image, 128, 64],
    // EXIF: to be turned by 90 degrees to be upright.
    ['lying.jpg', (image) => image.withMetadata({ orientation: 6 }), 64, 128],
  ])('reads %s', async (name, change, widthPx, heightPx) => {
    const { code, out } = await run([await picture(name, change)], { json: true });
    expect(code).toBe(0);
    expect(documentSchema.parse(JSON.parse(out)).inputs[0]).toMatchObject({ widthPx, heightPx, detections: [{}] });
  });

  it('goes on after a file that cannot be read, and says so with exit code 1', async () => {
    const text = join(folder, 'text.jpg');
    writeFileSync(text, 'not a picture');
    const { code, out, err } = await run([join(folder, 'missing.png'), text, await picture('plain.png')], {
      json: true,
    });
    expect(code).toBe(1);
    expect(documentSchema.parse(JSON.parse(out)).inputs).toHaveLength(1);
    expect(err).toMatch(/missing\.png does not exist/);
    expect(err).toMatch(/text\.jpg cannot be read/);
    const nothing = await run([text]);
    expect([nothing.code, nothing.out]).toEqual([1, '']);
  });

  it('draws the boxes into pictures, one for each file, even of the same name', async () => {
    const out = join(folder, 'drawn', 'deep');
    const file = await picture('plain.png');
    expect((await run([file, file], { out })).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['plain-2.jpg', 'plain.jpg']);
    const { data, info } = await sharp(join(out, 'plain.jpg')).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 128, height: 64 });
    const at = (x: number, y: number) => [...data.subarray((y * 128 + x) * 3, (y * 128 + x) * 3 + 3)];
    expect(at(64, 60)).toEqual([expect.closeTo(90, -1), expect.closeTo(120, -1), expect.closeTo(40, -1)]);
    expect(Math.abs(at(48, 38)[0]! - 90)).toBeGreaterThan(40);
  });

  it('never draws over a picture that it was given, not even through a link, nor over one still to come', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    const file = await picture('own/photo.jpg');
    const twin = await picture('own/twin.png');
    const later = await picture('own/twin.jpg');
    const before = [file, later].map((each) => readFileSync(each));
    const linked = join(folder, 'linked');
    mkdirSync(linked);
    symlinkSync(file, join(linked, 'photo.jpg'));
    for (const [files, out] of [
      [[file], own],
      [[file], linked],
      [[twin, later], own],
    ] as const) {
      const { code, err } = await run([...files], { out });
      expect(code).toBe(1);
      expect(err).toMatch(/(photo|twin)\.jpg is the picture .* itself and is not overwritten.*--out/);
    }
    expect([file, later].map((each) => readFileSync(each))).toEqual(before);
    // What an earlier run drew is drawn anew.
    const out = join(folder, 'again');
    for (let time = 0; time < 2; time++) expect((await run([file], { out })).code).toBe(0);
    expect(readdirSync(out)).toEqual(['photo.jpg']);
  });

  it('looks with the shipped network when none is named', async () => {
    const out: string[] = [];
    const file = await picture('plain.png');
    const sink = { out: (text: string) => out.push(text), err: () => {} };
    expect(await detect({ files: [file], json: true }, sink)).toBe(0);
    expect(JSON.parse(out.join(''))).toMatchObject({ model: 'models/car-cones-384.onnx', inputs: [{ file }] });
  });

  it('refuses a model that is missing and a folder that cannot be made', async () => {
    const file = await picture('plain.png');
    await expect(run([file], { model: join(folder, 'none.onnx') })).rejects.toThrow(/none\.onnx does not exist/);
    await expect(run([file], { out: join(model, 'sub') })).rejects.toThrow(
      /has a file where a folder should be.*--out/,
    );
  });
});

const hasFfmpeg = spawnSync('ffmpeg', ['-version'], { stdio: 'ignore' }).error === undefined;
if (!hasFfmpeg && process.env['CI'] !== 'true')
  console.log('ffmpeg is not installed: the tests with videos are skipped');

describe('videos', () => {
  it.skipIf(!hasFfmpeg && process.env['CI'] !== 'true')('are looked at frame by frame', async () => {
    const file = join(folder, 'clip.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=128x64:rate=10', '-frames:v', '5'];
    expect(spawnSync('ffmpeg', ['-loglevel', 'error', ...source, file]).status).toBe(0);
    const out = join(folder, 'frames');
    const { code, out: text } = await run([file], { json: true, out });
    expect(code).toBe(0);
    const { inputs } = documentSchema.parse(JSON.parse(text));
    expect(inputs.map(({ frame, widthPx, heightPx }) => [frame, widthPx, heightPx])).toEqual(
      [0, 1, 2, 3, 4].map((frame) => [frame, 128, 64]),
    );
    expect(existsSync(join(out, 'clip-000004.jpg'))).toBe(true);
    const damaged = join(folder, 'damaged.mp4');
    writeFileSync(damaged, 'no video');
    const failed = await run([damaged, join(folder, 'missing.mp4')]);
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/ffmpeg cannot read the video .*damaged\.mp4: .*\n.*missing\.mp4 does not exist/s);
  });

  it('arrive as PPM pictures in any pieces', () => {
    const frame = (level: number) => Buffer.concat([Buffer.from('P6\n3 2\n255\n'), Buffer.alloc(18, level)]);
    const stream = Buffer.concat([frame(1), frame(10), frame(32)]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 20 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const cutter = createPpmCutter();
        const frames = places.slice(1).flatMap((end, i) => cutter.push(stream.subarray(places[i]!, end)));
        expect(frames.map(({ rgb, widthPx, heightPx }) => [rgb.length, rgb[0], widthPx, heightPx])).toEqual([
          ...[1, 10, 32].map((level) => [18, level, 3, 2]),
        ]);
      }),
    );
    expect(() => createPpmCutter().push(Buffer.alloc(60, 'x'))).toThrow(/no PPM/);
  });
});

describe('what a network knows beside boxes', () => {
  const known: Detection = {
    ...{ label: 'person', classId: 0, score: 0.876543 },
    box: { xPx: 10.126, yPx: 4, widthPx: 8, heightPx: 4 },
    keypoints: [
      { xPx: 30.123456, yPx: 40, score: 0.98765432 },
      { xPx: 60, yPx: 50, score: 0.2 },
    ],
    // The lower half of 8x4 pixels.
    mask: { xPx: 10, yPx: 4, widthPx: 8, heightPx: 4, runs: [16, 16] },
  };

  it('is rounded in JSON', () => {
    const { keypoints, mask, score } = roundDetection(known);
    expect(score).toBe(0.8765);
    expect(keypoints?.[0]).toEqual({ xPx: 30.12, yPx: 40, score: 0.9877 });
    expect(mask).toEqual(known.mask);
    const { keypoints: _, mask: __, ...boxOnly } = known;
    expect(Object.keys(roundDetection(boxOnly))).toEqual(['label', 'classId', 'score', 'box']);
  });

  it('is counted in the table', () => {
    const table = describeInput({ file: 'a.jpg', widthPx: 80, heightPx: 60, detections: [known] });
    expect(table).toMatch(/size +8 x +4 {2}1 of 2 points seen {2}mask of 16 pixels\n/);
  });

  it('is drawn: the mask translucent, points that are seen, and the surest on top', async () => {
    const rgb = new Uint8Array(80 * 60 * 3).fill(100);
    const other: Detection = { ...known, classId: 1, score: 0.5, keypoints: [] };
    const file = join(folder, 'known.jpg');
    const image = { rgb, widthPx: 80, heightPx: 60 };
    const painted = layMasks(image, [other, known], (classId) => classId * 120);
    const at = (x: number, y: number) => [...painted.subarray((y * 80 + x) * 3, (y * 80 + x) * 3 + 3)];
    expect(at(10, 5)).toEqual([100, 100, 100]);
    // Red at hue 0: 55 % of the picture, 45 % of hsl(0, 90 %, 55 %), which is 244, 37, 37.
    for (const place of [at(10, 6), at(17, 7)]) expect(place).toEqual([165, 72, 72]);
    expect([at(18, 6), at(9, 7), at(10, 8)]).toEqual(new Array(3).fill([100, 100, 100]));
    expect(rgb.every((level) => level === 100)).toBe(true);
    expect(layMasks(image, [], () => 0)).toBe(rgb);
    await writeWithBoxes(image, [known], file);
    const drawn = await sharp(file).removeAlpha().raw().toBuffer();
    const level = (x: number, y: number) => drawn[(y * 80 + x) * 3]!;
    expect(Math.abs(level(30, 40) - 100)).toBeGreaterThan(60);
    expect(Math.abs(level(60, 50) - 100)).toBeLessThan(10);
  });

  it('has tags that make way for one another', () => {
    const whole = { xPx: 0, yPx: 0, widthPx: 300, heightPx: 200 };
    const boxes = [whole, whole, { ...whole, yPx: 100 }, { ...whole, yPx: 102 }];
    const svg = boxesAsSvg(
      300,
      200,
      boxes.map((box, classId) => ({ label: 'cat', classId, score: 0.5, box })),
    );
    const tops = [...svg.matchAll(/<text x="[^"]*" y="([\d.]+)"/g)].map(([, y]) => Number(y)).sort((a, b) => a - b);
    expect(tops).toHaveLength(4);
    for (const [index, top] of tops.slice(1).entries()) expect(top - tops[index]!).toBeGreaterThan(12);
    expect(svg.lastIndexOf('fill="none"')).toBeLessThan(svg.indexOf('<text'));
  });
});

it('labels in a drawing are text, whatever they hold', () => {
  const box = { xPx: 1, yPx: 1, widthPx: 5, heightPx: 5 };
  const svg = boxesAsSvg(20, 20, [{ label: '<script>&"x', classId: 0, score: 0.5, box }]);
  expect(svg).not.toMatch(/<script/);
  expect(svg).toContain('&#60;script&#62;&#38;&#34;x 0.50');
});
