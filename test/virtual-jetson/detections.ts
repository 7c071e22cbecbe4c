import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { projectFolder } from '../../daemon/platform/paths.ts';
import { UserError } from '../../daemon/platform/user-error.ts';

const detectionSchema = z.looseObject({
  label: z.string(),
  score: z.number(),
  box: z.object({ xPx: z.number(), yPx: z.number(), widthPx: z.number(), heightPx: z.number() }),
});
type Detection = z.infer<typeof detectionSchema>;
/** What is read of the answer of `jetson-car detect --json`. */
export const detectedSchema = z.looseObject({
  inputs: z.array(z.looseObject({ detections: z.array(detectionSchema) })),
});
export type Detected = z.infer<typeof detectedSchema>;

/** What is looked for in the pictures, here and there. */
export const shown = {
  network: 'models/car-cones-384.onnx',
  picturesFolder: 'pictures',
  answerFile: 'detections.json',
  score: 0.3,
} as const;
/** Both round differently: sums in another order, and another build of the reader of pictures. */
const tolerance = { px: 1.5, score: 0.02 } as const;
/** One that is at the threshold may be on either side of it. */
const sureScore = shown.score + 0.05;

export interface Agreement {
  /** Sure detections of the first that the second has, too. */
  readonly agreed: number;
  /** Of those, in pixels and in the score. */
  readonly worst: { readonly px: number; readonly score: number };
  /** Sure detections of the first that the second has not, in words. */
  readonly missing: readonly string[];
}

/** Whether two runtimes see the same in the same pictures: every sure detection of `here` is one of `there`. */
export function compareDetections(here: Detected, there: Detected): Agreement {
  let agreed = 0;
  const worst = { px: 0, score: 0 };
  const missing: string[] = [];
  for (const [index, { detections }] of here.inputs.entries()) {
    const others = there.inputs[index]?.detections ?? [];
    for (const one of detections.filter(({ score }) => score > sureScore)) {
      const match = others.filter(({ label }) => label === one.label).sort((a, b) => gapPx(one, a) - gapPx(one, b))[0];
      const px = match === undefined ? Number.POSITIVE_INFINITY : gapPx(one, match);
      const score = Math.abs((match?.score ?? Number.POSITIVE_INFINITY) - one.score);
      if (px > tolerance.px || score > tolerance.score) {
        missing.push(`picture ${index}: ${one.label} ${one.score.toFixed(3)} at ${JSON.stringify(one.box)}`);
        continue;
      }
      agreed += 1;
      worst.px = Math.max(worst.px, px);
      worst.score = Math.max(worst.score, score);
    }
  }
  return { agreed, worst, missing };
}

function gapPx(one: Detection, other: Detection): number {
  const sides = ['xPx', 'yPx', 'widthPx', 'heightPx'] as const;
  return Math.max(...sides.map((side) => Math.abs(one.box[side] - other.box[side])));
}

const datasetSchema = z.looseObject({ count: z.number(), widthPx: z.number(), heightPx: z.number() });

/** Leaves pictures of the simulator in a folder, and what the shipped network sees in them on this machine. */
export async function writePictures(folder: string, count: number, seed: number): Promise<void> {
  const dataset = join(folder, 'dataset');
  const pictures = join(folder, shown.picturesFolder);
  car(['dataset', '--out', dataset, '--count', String(count), '--seed', String(seed)]);
  const {
    widthPx,
    heightPx,
    count: made,
  } = datasetSchema.parse(JSON.parse(readFileSync(join(dataset, 'meta.json'), 'utf8')));
  const pixels = readFileSync(join(dataset, 'images-000.bin'));
  const bytes = widthPx * heightPx * 3;
  mkdirSync(pictures);
  const files = Array.from({ length: made }, (_, index) => join(pictures, `${index}.png`));
  for (const [index, file] of files.entries()) {
    const raw = { width: widthPx, height: heightPx, channels: 3 } as const;
    await sharp(pixels.subarray(index * bytes, (index + 1) * bytes), { raw })
      .png()
      .toFile(file);
  }
  rmSync(dataset, { recursive: true });
  const model = join(projectFolder(), shown.network);
  writeFileSync(
    join(folder, shown.answerFile),
    car(['detect', '--json', '--score', String(shown.score), '--model', model, ...files]),
  );
}

function car(args: readonly string[]): string {
  const program = join(projectFolder(), 'scripts', 'jetson-car.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new UserError(`jetson-car ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}
