import { basename, extname, join } from 'node:path';
import { findModel } from '../car/find-model.ts';
import { loadConfig } from '../car/load-config.ts';
import { createDetector, type Detector } from '../perception/detector/detector.ts';
import { type RgbImage, readImage } from '../perception/image-file.ts';
import { prepareFolder } from '../platform/file-trouble.ts';
import { UserError } from '../platform/user-error.ts';
import type { Detection } from '../protocol/detection.ts';
import { writeWithBoxes } from './draw-boxes.ts';
import { isVideo, readVideo } from './read-video.ts';

export interface DetectOptions {
  /** The shipped network of the cones by default. */
  readonly model?: string;
  /** Pictures and videos. */
  readonly files: readonly string[];
  /** Folder for the pictures with boxes. */
  readonly out?: string;
  /** 0.25 by default: what Ultralytics predicts with. */
  readonly score?: number;
  /** 0.45 by default. */
  readonly iou?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Where the result and the complaints go. */
export interface DetectOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

interface DetectedInput {
  readonly file: string;
  /** Which frame of a video, from 0. */
  readonly frame?: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly detections: readonly Detection[];
}

export const standardOutput: DetectOutput = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
};

/**
 * Boxes in pictures and videos, as JSON (design section 6) or as a table, and drawn into pictures.
 * @returns the exit code: 0 only when every file was looked at.
 * @throws (rejects) UserError when the network cannot be used or the folder cannot be written.
 */
export async function detect(options: DetectOptions, output: DetectOutput = standardOutput): Promise<number> {
  const model = options.model ?? loadConfig({}).detector.modelFile;
  const detector = await createDetector({
    modelFile: findModel(model),
    scoreThreshold: options.score ?? 0.25,
    iouThreshold: options.iou ?? 0.45,
    threads: options.threads ?? 1,
    resampling: 'exact',
  });
  const inputs: DetectedInput[] = [];
  let failures = 0;
  try {
    if (options.out !== undefined) prepareFolder(options.out, '--out');
    const names = new Set<string>();
    for (const file of options.files) {
      try {
        await lookAtFile(detector, file, options, names, output, (input) => {
          inputs.push(input);
          if (options.json !== true) output.out(describe(input));
        });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures++;
        output.err(`jetson-car detect: ${error.message}\n`);
      }
    }
  } finally {
    await detector.close();
  }
  const { layout } = detector.info;
  if (options.json === true) output.out(`${JSON.stringify({ model, layout, inputs })}\n`);
  else output.out(`${inputs.length} pictures, network ${model} (${layout}, ${detector.info.because})\n`);
  return failures === 0 ? 0 : 1;
}

async function lookAtFile(
  detector: Detector,
  file: string,
  options: DetectOptions,
  names: Set<string>,
  output: DetectOutput,
  onInput: (input: DetectedInput) => void,
): Promise<void> {
  const stem = options.out === undefined ? '' : freeName(basename(file, extname(file)), names);
  const look = async (image: RgbImage, frame?: number): Promise<void> => {
    const { widthPx, heightPx } = image;
    const { detections, warning } = await lookAtImage(detector, file, image);
    if (warning !== undefined) output.err(`jetson-car detect: ${file}: ${warning}\n`);
    if (options.out !== undefined) {
      const name = frame === undefined ? `${stem}.jpg` : `${stem}-${String(frame).padStart(6, '0')}.jpg`;
      await writePicture(image, detections, join(options.out, name));
    }
    const rounded = detections.map(round);
    onInput({ file, ...(frame === undefined ? {} : { frame }), widthPx, heightPx, detections: rounded });
  };
  if (!isVideo(file)) {
    await look(await readImage(file));
    return;
  }
  let frame = 0;
  for await (const image of readVideo(file)) await look(image, frame++);
}

async function lookAtImage(detector: Detector, file: string, { rgb, widthPx, heightPx }: RgbImage) {
  try {
    return await detector.detect(rgb, widthPx, heightPx);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${file} cannot be looked at: ${error.message}`);
  }
}

export async function writePicture(image: RgbImage, detections: readonly Detection[], file: string): Promise<void> {
  try {
    await writeWithBoxes(image, detections, file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the picture ${file} cannot be written: ${why}. Change --out.`);
  }
}

/** Two inputs of one name do not overwrite each other's picture. */
export function freeName(stem: string, names: Set<string>): string {
  let name = stem;
  for (let count = 2; names.has(name); count++) name = `${stem}-${count}`;
  names.add(name);
  return name;
}

/** A hundredth of a pixel and a ten-thousandth of a score are finer than any network is. */
export function round({ label, classId, score, box }: Detection): Detection {
  const hundredths = (value: number) => Math.round(value * 100) / 100;
  return {
    label,
    classId,
    score: Math.round(score * 10_000) / 10_000,
    box: {
      xPx: hundredths(box.xPx),
      yPx: hundredths(box.yPx),
      widthPx: hundredths(box.widthPx),
      heightPx: hundredths(box.heightPx),
    },
  };
}

export function describe({ file, frame, widthPx, heightPx, detections }: DetectedInput): string {
  const count = `${detections.length} ${detections.length === 1 ? 'object' : 'objects'}`;
  const lines = detections.map(({ label, score, box }) => {
    const side = (value: number) => value.toFixed(0).padStart(5);
    return `  ${label.padEnd(16)} ${score.toFixed(2)}  at${side(box.xPx)},${side(box.yPx)}  size${side(box.widthPx)} x${side(box.heightPx)}`;
  });
  const where = frame === undefined ? file : `${file} frame ${frame}`;
  return `${[`${where}  ${widthPx}x${heightPx}  ${count}`, ...lines].join('\n')}\n`;
}
