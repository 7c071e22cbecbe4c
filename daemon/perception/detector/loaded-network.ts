import { monotonicNowMs } from '../../platform/clock.ts';
import { reasonOf } from '../../platform/reason-of.ts';
import { ToldError } from '../../platform/user-error.ts';
import type { Detection } from '../../protocol/detection.ts';
import { trouble } from '../../protocol/troubles.ts';
import { CandidateBuffer } from './candidates.ts';
import { createClassDoubt } from './class-doubt.ts';
import { mostCrossed } from './decode/box-corners.ts';
import type { Decoder, Head, OutputShape } from './decode/decoder.ts';
import type { DetectorInfo, DetectorOptions } from './detector-types.ts';
import { createFader } from './fading.ts';
import { createHeadReader, readOutputs } from './head-reader.ts';
import { checkVersion, type RuntimeLimits } from './model/check-facts.ts';
import { labelsFor } from './model/labels.ts';
import { hintsOf, recogniseLayout, requirePlaces, staticShapes } from './model/layout.ts';
import { cardDoubt, type ModelFile, readModelFile } from './model/model-file.ts';
import {
  bindEmptyPicture,
  emptyInputs,
  inputFormat,
  type NetworkInput,
  recogniseInput,
} from './model/network-input.ts';
import { createSuppressor } from './nms.ts';
import type { InputFormat } from './preprocess/input-format.ts';
import { type Letterbox, toImage } from './preprocess/letterbox.ts';
import type { InputElements } from './preprocess/preprocess.ts';
import { firstOfBatch } from './runtime/first-of-batch.ts';
import type { LoadRuntime, OutputTensor, Runtime, TensorInfo } from './runtime/runtime.ts';

/** A network that has run once and whose outputs can be read. What it looks at is brought into its input by others. */
export interface LoadedNetwork {
  readonly info: DetectorInfo;
  readonly format: InputFormat;
  /**
   * Looks at what lies in the input, a picture that was fitted into it like this.
   * @throws (rejects) Error when the runtime fails or an output is not what it was.
   */
  bind(input: InputElements): (letterbox: Letterbox) => Promise<Look>;
  close(): Promise<void>;
}

/** What was found in one picture. */
export interface Look {
  /** Best first, in the image's pixels, clipped to it. */
  readonly detections: Detection[];
  readonly runMs: number;
  readonly decodeMs: number;
  /** The network's scores or its classes cannot be right: what is wrong, for people. */
  readonly warning: string | undefined;
}

/** @throws (rejects) UserError for a network that is missing, broken or of no known layout, naming file and cure. */
export async function loadNetwork(options: DetectorOptions, loadRuntime: LoadRuntime): Promise<LoadedNetwork> {
  const { modelFile, threads } = options;
  const model = readModelFile(modelFile, 'asked-later');
  const trialInputs = (inputs: readonly TensorInfo[]) => emptyInputs(recogniseInput(model, inputs));
  const checkLimits = (limits: RuntimeLimits) => checkVersion(modelFile, model.facts, limits);
  const runtime = await loadRuntime({ modelFile, threads, trialInputs, checkLimits });
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
  /** Runs it for one picture, however many it takes. */
  readonly runtime: Runtime;
  /** As the first run, on an empty picture, gave them. */
  readonly outputs: readonly OutputTensor[];
  /** Their numbers. */
  readonly firstRun: Head['firstRun'];
  readonly decoder: Decoder;
}

/**
 * Runs the network once and finds its head's layout.
 * @throws (rejects) UserError for a network that cannot be run or is of no known layout.
 */
export async function recogniseNetwork(model: ModelFile, loaded: Runtime): Promise<RecognisedNetwork> {
  const network = recogniseInput(model, loaded.inputs);
  const runtime = firstOfBatch(loaded, network.pictures);
  const hints = hintsOf(model);
  // Static heads are judged before anything runs; of dynamic ones the first run shows the shape, and of all what they hold.
  const stated = staticShapes(runtime.outputs);
  const recognise = (outputs: readonly OutputShape[], firstRun?: Head['firstRun']) =>
    recogniseLayout(model, runtime.inputs, { input: network, outputs, hints, firstRun });
  if (stated !== undefined) recognise(stated);
  const outputs = await runEmpty(model, runtime, network);
  const firstRun = readOutputs(model, outputs);
  return { network, runtime, outputs, firstRun, decoder: recognise(outputs, firstRun) };
}

async function assemble(model: ModelFile, loaded: Runtime, options: DetectorOptions): Promise<LoadedNetwork> {
  const { network, runtime, outputs, decoder } = await recogniseNetwork(model, loaded);
  if (options.purpose === 'drive') requirePlaces(model, decoder);
  const format = inputFormat(model, network, decoder.conventions, options.input);
  const labels = labelsFor(model, decoder.classCount);
  const candidates = new CandidateBuffer(decoder.capacity, scoreStepOf(model, decoder, outputs));
  const suppressor = createSuppressor(decoder.capacity);
  const isSoft = decoder.suppression === 'needed' && model.card?.content.suppression === 'soft';
  const fader = isSoft ? createFader() : undefined;
  const heads = createHeadReader(model, decoder, outputs);
  const iouThreshold = decoder.suppression === 'needed' ? options.iouThreshold : 1;

  const doubt = cardDoubt(model);
  const classDoubt = createClassDoubt(model.file, labels.length);
  const detailsOf = options.purpose === 'drive' && decoder.detailsOf === 'pixels' ? undefined : decoder.details;

  const collect = (letterbox: Letterbox, values: readonly Float32Array[]): Detection[] => {
    const detections: Detection[] = [];
    const kept = suppressor.suppress(candidates, iouThreshold);
    for (const index of fader?.fade(candidates, kept, options.scoreThreshold) ?? kept) {
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
      const details = detailsOf?.(candidates.source[index]!, values, letterbox, box);
      const label = labels[classId] ?? `class ${classId}`;
      detections.push({ label, classId, score: candidates.score[index]!, box, ...details });
    }
    return detections;
  };

  return {
    info: {
      model: model.file,
      layout: decoder.layout,
      labels,
      provider: runtime.provider,
      fallbacks: runtime.fallbacks,
      inputWidthPx: format.widthPx,
      inputHeightPx: format.heightPx,
      because: decoder.because,
      ...(doubt !== undefined && { cardDoubt: doubt.text }),
    },
    format,
    bind(input) {
      const { name, shape, constants } = network;
      const binding = runtime.bind({ name, data: input, shape }, constants);
      return async (letterbox) => {
        const startedAtMs = monotonicNowMs();
        const results = await binding.run();
        const ranAtMs = monotonicNowMs();
        const values = heads.read(results);
        candidates.clear();
        decoder.decode(values, options.scoreThreshold, candidates);
        const detections = collect(letterbox, values);
        const lost = detections.length > 0 ? undefined : troubleOf(model, decoder, candidates, values);
        const trouble = crossedTrouble(model, candidates) ?? lost;
        const warning = trouble ?? classDoubt.about(detections, candidates);
        return { detections, runMs: ranAtMs - startedAtMs, decodeMs: monotonicNowMs() - ranAtMs, warning };
      };
    },
    close: () => runtime.close(),
  };
}

/**
 * By how much the scores of a quantised network differ at least, where boxes and scores come in one output and so share
 * one scale: that of the boxes, in pixels. Undefined for others.
 */
export function scoreStepOf(
  { facts }: ModelFile,
  { outputIndexes }: Decoder,
  outputs: readonly OutputShape[],
): number | undefined {
  const [index, ...others] = outputIndexes;
  const output = index === undefined || others.length > 0 ? undefined : outputs[index];
  return output && facts.outputQuantisations.get(output.name)?.scale;
}

/** A network that works may see one thing or two in the grey around a picture, but not as many as this and nothing else. */
const manyOutside = 8;

/** Says why there may be nothing, where a silent empty list would mislead. */
function troubleOf(
  { file }: ModelFile,
  decoder: Decoder,
  candidates: CandidateBuffer,
  values: readonly Float32Array[],
): string | undefined {
  if (candidates.count >= manyOutside) {
    return `all ${candidates.count} boxes of ${file} lie outside the picture: they are decoded wrongly`;
  }
  if (candidates.count > 0) return undefined;
  if (candidates.outOfRange > 0) return `the scores of ${file} are above 1: it was exported without its sigmoid`;
  switch (decoder.judgeScores(values)) {
    case 'sound':
      return undefined;
    case 'all-zero':
      return `every score of ${file} is exactly 0: a quantised export whose scores were lost. Export it anew`;
    case 'not-finite':
      return `the scores of ${file} are not finite numbers`;
  }
}

/** Says why boxes may be missing, and those that are there may be wrong. Of corners, the rare one is crossed. */
function crossedTrouble({ file }: ModelFile, { count, crossed }: CandidateBuffer): string | undefined {
  if (crossed <= mostCrossed * (count + crossed)) return undefined;
  return (
    `of ${count + crossed} boxes of ${file}, ${crossed} end before they begin, as a corner or a centre with width and height would if they are ` +
    'read as two corners: export it with corners (of KerasCV by bounding_box_format="xyxy")'
  );
}

/** Finds out on an empty picture whether the network runs at all, and what shapes it answers with. */
async function runEmpty(model: ModelFile, runtime: Runtime, network: NetworkInput): Promise<readonly OutputTensor[]> {
  try {
    return await bindEmptyPicture(runtime, network).run();
  } catch (error) {
    const why = reasonOf(error);
    throw new ToldError(
      trouble('network-not-runnable', { file: model.file }),
      `the network ${model.file} cannot be run: ${why}`,
    );
  }
}
