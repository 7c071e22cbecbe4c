import { basename, extname, join } from 'node:path';
import { findModel } from '../car/find-model.ts';
import { loadConfig } from '../car/load-config.ts';
import { createDetector, type Detector } from '../perception/detector/detector.ts';
import { describeFallback } from '../perception/detector/runtime/runtime.ts';
import { type RgbImage, readImage } from '../perception/image-file.ts';
import { entryAt, prepareFolder } from '../platform/file-trouble.ts';
import { withoutControls } from '../platform/log-line.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';
import type { Detection } from '../protocol/detection.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';
import { type DetectedInput, describeInput, roundDetection } from './detect-report.ts';
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

/**
 * Boxes in pictures and videos, as a table or as `{"model","layout","inputs":[DetectedInput, …]}`, and drawn into pictures.
 * @returns the exit code: 0 only when every file was looked at.
 * @throws (rejects) UserError when the network cannot be used or the folder cannot be written.
 */
export async function detect(options: DetectOptions, output: CommandOutput = standardOutput): Promise<number> {
  const model = options.model ?? loadConfig({}).detector.modelFile;
  const detector = await createDetector({
    modelFile: findModel(model),
    scoreThreshold: options.score ?? 0.25,
    iouThreshold: options.iou ?? 0.45,
    threads: options.threads ?? 1,
    resampling: 'exact',
  });
  for (const each of detector.info.fallbacks) output.err(`jetson-car detect: ${describeFallback(each)}\n`);
  const { cardDoubt } = detector.info;
  if (cardDoubt !== undefined) output.err(`jetson-car detect: ${withoutControls(cardDoubt)}\n`);
  const inputs: DetectedInput[] = [];
  let failures = 0;
  try {
    if (options.out !== undefined) prepareFolder(options.out, '--out');
    const names = new Set<string>();
    for (const file of options.files) {
      try {
        await lookAtFile(detector, file, options, names, output, (input) => {
          inputs.push(input);
          if (options.json !== true) output.out(describeInput(input));
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
  else if (inputs.length > 0)
    output.out(
      `${inputs.length === 1 ? 'one picture' : `${inputs.length} pictures`}, network ${model} (${layout}, ${detector.info.because})\n${
        options.out === undefined ? '' : `The pictures with their boxes are in ${options.out}\n`
      }`,
    );
  return failures === 0 ? 0 : 1;
}

async function lookAtFile(
  detector: Detector,
  file: string,
  options: DetectOptions,
  names: Set<string>,
  output: CommandOutput,
  onInput: (input: DetectedInput) => void,
): Promise<void> {
  const stem = options.out === undefined ? '' : freeName(basename(file, extname(file)), names);
  const look = async (image: RgbImage, frame?: number): Promise<void> => {
    const { widthPx, heightPx } = image;
    const { detections, warning } = await lookAtImage(detector, file, image);
    if (warning !== undefined) output.err(`jetson-car detect: ${file}: ${warning}\n`);
    if (options.out !== undefined) {
      const name = frame === undefined ? `${stem}.jpg` : `${stem}-${String(frame).padStart(6, '0')}.jpg`;
      const target = join(options.out, name);
      await writePicture(image, detections, target, options.files);
    }
    const rounded = detections.map(roundDetection);
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

/**
 * A picture with boxes drawn in is no longer the picture that was given: it must not take its place, nor that of one that
 * is still to be looked at, by whatever name or link the folder leads to it.
 */
export function refuseOverwriting(target: string, inputs: readonly string[]): void {
  const existing = entryAt(target);
  if (existing === undefined) return;
  for (const input of inputs) {
    const given = entryAt(input);
    if (given?.dev !== existing.dev || given.ino !== existing.ino) continue;
    throw new UserError(
      `${target} is the picture ${input} itself and is not overwritten. Change --out to another folder.`,
    );
  }
}

/** @throws (rejects) UserError when the picture cannot be written, or would take the place of one of the `inputs`. */
export async function writePicture(
  image: RgbImage,
  detections: readonly Detection[],
  file: string,
  inputs: readonly string[],
): Promise<void> {
  refuseOverwriting(file, inputs);
  try {
    await writeWithBoxes(image, detections, file);
  } catch (error) {
    const why = reasonOf(error);
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
