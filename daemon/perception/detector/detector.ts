import { monotonicNowMs } from '../../platform/clock.ts';
import { UserError } from '../../platform/user-error.ts';
import type { Detection, FrameDetections } from '../../protocol/detection.ts';
import { CandidateBuffer } from './candidates.ts';
import type { Decoder, LayoutName, OutputShape } from './decode/decoder.ts';
import { createHeadReader } from './head-reader.ts';
import { labelsFor } from './model/labels.ts';
import { hintsOf, recogniseLayout } from './model/layout.ts';
import { type CardInput, type ModelFile, readModelFile } from './model/model-file.ts';
import { bindEmptyPicture, inputFormat, type NetworkInput, recogniseInput } from './model/network-input.ts';
import { createSuppressor } from './nms.ts';
import { createExactPreprocessor } from './preprocess/exact-preprocess.ts';
import { createFastPreprocessor } from './preprocess/fast-preprocess.ts';
import { type Letterbox, toImage } from './preprocess/letterbox.ts';
import { loadNodeRuntime } from './runtime/node-runtime.ts';
import type { LoadRuntime, OutputTensor, Runtime } from './runtime/runtime.ts';

export interface DetectorOptions {
  readonly modelFile: string;
  /** Boxes with a lower score are left out; in [0, 1]. */
  readonly scoreThreshold: number;
  /** Boxes of one class that overlap by more are one object; in [0, 1]. */
  readonly iouThreshold: number;
  /** Threads inside one operator of the network. */
  readonly threads: number;
  /** `fast`: for a camera (default). `exact`: rounded as others round, ten times slower, for pictures from files. */
  readonly resampling?: 'fast' | 'exact';
  /** How the network takes pictures, where that differs from what its card and its layout say: to try what fits. */
  readonly input?: CardInput;
}

export interface DetectorInfo {
  readonly model: string;
  readonly layout: LayoutName;
  readonly labels: readonly string[];
  /** Who runs the network, such as `cpu`. */
  readonly provider: string;
  readonly inputWidthPx: number;
  readonly inputHeightPx: number;
  /** Why this layout was recognised, for people. */
  readonly because: string;
}

export interface DetectorResult {
  /** Best first, in the image's pixels, clipped to it. */
  readonly detections: Detection[];
  readonly timing: FrameDetections['timing'];
  /** Nothing was found and the network's scores cannot be right: what is wrong, for people. */
  readonly warning?: string;
}

/** One frame is in flight at a time: wait for the result before handing in the next. */
export interface Detector {
  readonly info: DetectorInfo;
  /**
   * Finds objects in an RGB image, uint8, row by row. `rgb` must not change until the promise settles.
   * @throws (rejects) RangeError when the pixels do not fit the size; Error when a frame is in flight, the detector is
   * closed, or the runtime fails.
   */
  detect(rgb: Uint8Array, widthPx: number, heightPx: number): Promise<DetectorResult>;
  close(): Promise<void>;
}

/**
 * A detector in the calling thread, which its runs block. It has run once when this resolves.
 * @throws (rejects) UserError for a network that is missing, broken or of no known layout, naming file and cure.
 */
export async function createDetector(
  options: DetectorOptions,
  loadRuntime: LoadRuntime = loadNodeRuntime,
): Promise<Detector> {
  const model = readModelFile(options.modelFile);
  const runtime = await loadRuntime({ modelFile: options.modelFile, threads: options.threads });
  try {
    return await assemble(model, runtime, options);
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** What a network turned out to be. */
export interface RecognisedNetwork {
  readonly network: NetworkInput;
  /** As the first run, on an empty picture, gave them. */
  readonly outputs: readonly OutputTensor[];
  readonly decoder: Decoder;
}

/**
 * Runs the network once and finds its head's layout.
 * @throws (rejects) UserError for a network that cannot be run or is of no known layout.
 */
export async function recogniseNetwork(model: ModelFile, runtime: Runtime): Promise<RecognisedNetwork> {
  const network = recogniseInput(model, runtime.inputs);
  const hints = hintsOf(model);
  // Static heads are judged before anything runs; of dynamic ones the first run shows the shape.
  const stated = staticShapes(runtime);
  const recognise = (outputs: readonly OutputShape[]) =>
    recogniseLayout(model, runtime.inputs, { input: network, outputs, hints });
  const decoderByShape = stated === undefined ? undefined : recognise(stated);
  const outputs = await firstRun(model, runtime, network);
  return { network, outputs, decoder: decoderByShape ?? recognise(outputs) };
}

async function assemble(model: ModelFile, runtime: Runtime, options: DetectorOptions): Promise<Detector> {
  const { network, outputs, decoder } = await recogniseNetwork(model, runtime);
  const format = inputFormat(model, network, decoder.conventions, options.input);
  const { widthPx, heightPx } = format;
  const preprocessor =
    options.resampling === 'exact' ? createExactPreprocessor(format) : createFastPreprocessor(format);
  const { name, shape, constants } = network;
  const binding = runtime.bind({ name, data: preprocessor.input, shape }, constants);
  const labels = labelsFor(model, decoder.classCount);
  const candidates = new CandidateBuffer(decoder.capacity);
  const suppressor = createSuppressor(decoder.capacity);
  const heads = createHeadReader(model, decoder, outputs);
  let busy = false;
  let closed = false;

  const collect = (letterbox: Letterbox, values: readonly Float32Array[]): Detection[] => {
    const detections: Detection[] = [];
    const iouThreshold = decoder.suppression === 'needed' ? options.iouThreshold : 1;
    for (const index of suppressor.suppress(candidates, iouThreshold)) {
      const corners = toImage(letterbox, {
        left: candidates.left[index]!,
        top: candidates.top[index]!,
        right: candidates.right[index]!,
        bottom: candidates.bottom[index]!,
      });
      if (corners === undefined) continue;
      const classId = candidates.classId[index]!;
      const box = {
        xPx: corners.left,
        yPx: corners.top,
        widthPx: corners.right - corners.left,
        heightPx: corners.bottom - corners.top,
      };
      const details = decoder.details?.(candidates.source[index]!, values, letterbox, box);
      detections.push({
        label: labels[classId] ?? `class ${classId}`,
        classId,
        score: candidates.score[index]!,
        box,
        ...details,
      });
    }
    return detections;
  };

  /** Says why there may be nothing, where a silent empty list would mislead. */
  const trouble = (values: readonly Float32Array[], found: number): string | undefined => {
    if (found > 0) return undefined;
    if (candidates.count >= manyOutside) {
      return `all ${candidates.count} boxes of ${model.file} lie outside the picture: they are decoded wrongly`;
    }
    if (candidates.count > 0) return undefined;
    if (candidates.outOfRange > 0)
      return `the scores of ${model.file} are above 1: it was exported without its sigmoid`;
    switch (decoder.judgeScores(values)) {
      case 'sound':
        return undefined;
      case 'all-zero':
        return `every score of ${model.file} is exactly 0: a quantised export whose scores were lost. Export it anew`;
      case 'not-finite':
        return `the scores of ${model.file} are not finite numbers`;
    }
  };

  return {
    info: {
      model: model.file,
      layout: decoder.layout,
      labels,
      provider: runtime.provider,
      inputWidthPx: widthPx,
      inputHeightPx: heightPx,
      because: decoder.because,
    },
    async detect(rgb, imageWidthPx, imageHeightPx) {
      if (closed) throw new Error('the detector is closed');
      if (busy) throw new Error('a frame is in flight already');
      busy = true;
      try {
        const startedAtMs = monotonicNowMs();
        const letterbox = preprocessor.letterbox(rgb, { widthPx: imageWidthPx, heightPx: imageHeightPx });
        const preprocessedAtMs = monotonicNowMs();
        const results = await binding.run();
        const ranAtMs = monotonicNowMs();
        const values = heads.read(results);
        candidates.clear();
        decoder.decode(values, options.scoreThreshold, candidates);
        const detections = collect(letterbox, values);
        const warning = trouble(values, detections.length);
        const timing = {
          preprocessMs: preprocessedAtMs - startedAtMs,
          runMs: ranAtMs - preprocessedAtMs,
          decodeMs: monotonicNowMs() - ranAtMs,
        };
        return warning === undefined ? { detections, timing } : { detections, timing, warning };
      } finally {
        busy = false;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await runtime.close();
    },
  };
}

/** A network that works may see one thing or two in the grey around a picture, but not as many as this and nothing else. */
const manyOutside = 8;

function staticShapes(runtime: Runtime): OutputShape[] | undefined {
  const shapes = runtime.outputs.map(({ name, type, shape }) => ({
    name,
    type,
    shape: shape.filter((side) => typeof side === 'number'),
  }));
  const known = shapes.every((output, index) => output.shape.length === runtime.outputs[index]!.shape.length);
  return known && shapes.every((output) => output.shape.length > 0) ? shapes : undefined;
}

/** Finds out on an empty picture whether the network runs at all, and what shapes it answers with. */
async function firstRun(model: ModelFile, runtime: Runtime, network: NetworkInput): Promise<readonly OutputTensor[]> {
  try {
    return await bindEmptyPicture(runtime, network).run();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the network ${model.file} cannot be run: ${why}`);
  }
}
