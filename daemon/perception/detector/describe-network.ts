import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UserError } from '../../platform/user-error.ts';
import { type ToldTrouble, type Trouble, trouble } from '../../protocol/troubles.ts';
import type { Decoder, LayoutName, NetworkHints } from './decode/decoder.ts';
import { createHeadReader } from './head-reader.ts';
import { type RecognisedNetwork, recogniseNetwork, scoreStepOf } from './loaded-network.ts';
import { runtimeOnCar, versionTrouble } from './model/check-facts.ts';
import { cocoLabels, cocoLabelsByNumber } from './model/coco-labels.ts';
import { labelsFor, statedLabels } from './model/labels.ts';
import { hintsOf, recogniseLayout, statedPictures, staticShapes } from './model/layout.ts';
import { cardDoubt, type ModelFile, readModelFile } from './model/model-file.ts';
import { emptyInputs, inputFormat, type NetworkInput } from './model/network-input.ts';
import { countOperations, type OperationCount } from './model/operation-count.ts';
import type { InputConventions, InputFormat } from './preprocess/input-format.ts';
import { loadNodeRuntime, profileRun } from './runtime/node-runtime.ts';
import type { Runtime, TensorInfo } from './runtime/runtime.ts';

/** What says how pictures are taken: the network's card, its metadata, what is usual for its layout, or the first weights it has. */
export type Origin = 'card' | 'metadata' | 'layout' | 'first convolution';

/** Everything that is known of a network, for people and as JSON. */
export interface NetworkDescription {
  readonly file: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  readonly producer: string;
  readonly irVersion: number;
  /** By domain; ONNX's own is ''. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly TensorInfo[];
  /** With the shapes of a run where the file leaves them open. */
  readonly outputs: readonly TensorInfo[];
  readonly layout: LayoutName;
  readonly because: string;
  /** What it would be taken for without the layout that its card names, where that is another one. */
  readonly otherwise?: Pick<Decoder, 'layout' | 'classCount' | 'because'>;
  readonly suppression: Decoder['suppression'];
  /** `none`: it says what a picture shows and not where. */
  readonly places: Decoder['places'];
  readonly input: InputFormat;
  /** How networks like it take pictures, whatever its card says. */
  readonly usualInput: InputConventions;
  readonly inputFrom: {
    readonly channels: Origin;
    readonly scale: Origin;
    readonly fit: Origin;
    readonly padding: Origin;
  };
  readonly labels: readonly string[];
  /** Where the labels stand, for people. */
  readonly labelsFrom: string;
  readonly card: string | undefined;
  /** Numbers in its weights. */
  readonly parameters: number;
  /** Nodes of its graph. */
  readonly nodes: number;
  /** What it computes for one picture; undefined when it runs only as the runtime's optimiser rewrites it. */
  readonly work: OperationCount | undefined;
  /** What may go wrong elsewhere, for people. */
  readonly warnings: readonly string[];
  /** The same by their codes, for texts in other languages. */
  readonly warningTroubles: readonly Trouble[];
}

/**
 * Says what a network is and how it would be used. Loads it and runs it on an empty picture, twice: as it would be used, and
 * node by node, for what that costs.
 * @throws (rejects) UserError as `createDetector`.
 */
export async function describeNetwork(modelFile: string): Promise<NetworkDescription> {
  const model = readModelFile(modelFile);
  const runtime = await loadNodeRuntime({ modelFile, threads: 1 });
  try {
    const recognised = await recogniseNetwork(model, runtime);
    const nodes = await profileRun(modelFile, emptyInputs(recognised.network)).catch(() => undefined);
    return describe(model, runtime, recognised, nodes && countOperations(nodes));
  } finally {
    await runtime.close();
  }
}

function describe(
  model: ModelFile,
  runtime: Runtime,
  recognised: RecognisedNetwork,
  work: OperationCount | undefined,
): NetworkDescription {
  const { network, outputs, decoder } = recognised;
  const { facts, card, file } = model;
  const content = readFileSync(file);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const labels = labelsFor(model, decoder.classCount);
  const otherwise = withoutNamedLayout(model, runtime, recognised);
  const warnings = [
    ...warningsOf(model, sha256),
    ...batchTrouble(network),
    ...scoreTrouble(scoreStepOf(model, decoder, outputs)),
    ...cardTrouble(decoder.layout, otherwise),
    ...unreadTrouble(model),
  ];
  // Refuses outputs of types that are not read, as the detector would.
  createHeadReader(model, decoder, outputs);
  return {
    file,
    bytes: content.length,
    sha256,
    producer: facts.producer,
    irVersion: facts.irVersion,
    opsets: facts.opsets,
    inputs: runtime.inputs,
    outputs: (staticShapes(runtime.outputs) ?? outputs).map(({ name, type, shape }) => ({ name, type, shape })),
    layout: decoder.layout,
    because: decoder.because,
    ...(otherwise && { otherwise }),
    suppression: decoder.suppression,
    places: decoder.places,
    input: inputFormat(model, network, decoder.conventions),
    usualInput: decoder.conventions,
    inputFrom: originsOf(model, runtime, recognised),
    labels,
    labelsFrom: statedLabels(model)?.where ?? unstated(labels),
    card: card?.file,
    parameters: facts.weights.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0),
    nodes: facts.nodeCount,
    work,
    warnings: warnings.map(({ text }) => text),
    warningTroubles: warnings.map((warning) => warning.trouble),
  };
}

function unstated(labels: readonly string[]): string {
  if (labels === cocoLabels) return "COCO's, as it has 80 classes and neither it nor a card names them";
  if (labels === cocoLabelsByNumber) return "COCO's, by the numbers up to 90 that COCO gives them";
  return 'numbers, as neither the network nor a card names them';
}

/** The layout is asked again as if the first convolution said the contrary: where it then wants others, that decided. */
function originsOf(
  model: ModelFile,
  runtime: Runtime,
  { network, outputs, firstRun, decoder }: RecognisedNetwork,
): NetworkDescription['inputFrom'] {
  const card = model.card?.content.input ?? {};
  const { conventions } = decoder;
  const hints = hintsOf(model);
  const contrary: NetworkHints = { ...hints, expects: hints.expects === 'unit' ? 'levels' : 'unit' };
  const other =
    hints.expects === undefined
      ? conventions
      : recogniseLayout(model, runtime.inputs, { input: network, outputs, hints: contrary, firstRun }).conventions;
  const stated = statedPictures(hints.metadata);
  const usual = (...keys: (keyof typeof conventions)[]): Origin => {
    if (keys.some((key) => stated[key] !== undefined)) return 'metadata';
    return keys.some((key) => String(conventions[key]) !== String(other[key])) ? 'first convolution' : 'layout';
  };
  return {
    channels: card.channels === undefined ? usual('channels') : 'card',
    scale: (card.scale ?? card.mean ?? card.deviation) === undefined ? usual('mean', 'deviation') : 'card',
    fit: card.fit === undefined ? usual('fit') : 'card',
    padding: card.letterboxValue === undefined ? usual('paddingLevel') : 'card',
  };
}

function withoutNamedLayout(
  model: ModelFile,
  runtime: Runtime,
  { network, outputs, firstRun, decoder }: RecognisedNetwork,
): NetworkDescription['otherwise'] {
  const { card } = model;
  if (card?.content.layout === undefined) return undefined;
  const { layout: _, ...content } = card.content;
  const unnamed: ModelFile = { ...model, card: { ...card, content } };
  try {
    const head = { input: network, outputs, hints: hintsOf(unnamed), firstRun };
    const { layout, classCount, because } = recogniseLayout(unnamed, runtime.inputs, head);
    return layout === decoder.layout ? undefined : { layout, classCount, because };
  } catch (error) {
    // The reason why its card names it.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function cardTrouble(named: LayoutName, otherwise: NetworkDescription['otherwise']): ToldTrouble[] {
  if (otherwise === undefined) return [];
  const { layout, because } = otherwise;
  return [
    {
      text: `its card names layout ${named}; without that it would be taken for ${layout}: ${because}`,
      trouble: trouble('network-named-otherwise', { named, layout }),
    },
  ];
}

function unreadTrouble(model: ModelFile): ToldTrouble[] {
  const doubt = cardDoubt(model);
  if (doubt === undefined) return [];
  return [{ text: doubt.text, trouble: trouble('network-card-not-read', { fields: doubt.fields }) }];
}

function batchTrouble({ pictures }: NetworkInput): ToldTrouble[] {
  if (pictures === 1) return [];
  return [
    {
      text:
        `it takes ${pictures} pictures at once, and the car has one at a time: it fills the first and leaves the others empty, and ` +
        `pays for all ${pictures}. Exported with batch=1 it would be about ${pictures} times as fast`,
      trouble: trouble('network-takes-several', { pictures }),
    },
  ];
}

/** Scores differ by less between what is there and what is not. */
const coarseScoreStep = 0.05;

function scoreTrouble(step: number | undefined): ToldTrouble[] {
  if (step === undefined || step <= coarseScoreStep) return [];
  return [
    {
      text:
        `its scores go in steps of ${step.toPrecision(3)}, as boxes and scores were quantised by one scale: what is less sure ` +
        'than half a step is lost. Quantise it anew, without the last nodes of its graph',
      trouble: trouble('network-scores-coarse', { step: step.toPrecision(3) }),
    },
  ];
}

function warningsOf({ facts, card, file }: ModelFile, sha256: string): ToldTrouble[] {
  const warnings: ToldTrouble[] = [];
  const onCar = versionTrouble(facts, runtimeOnCar);
  if (onCar !== undefined) {
    warnings.push({
      text: `it will not run on the car with ${runtimeOnCar.name}: ${onCar}`,
      trouble: trouble('network-too-new-for-car', { runtime: runtimeOnCar.name }),
    });
  }
  const stated = card?.content['sha256'];
  if (stated !== undefined && stated !== sha256) {
    warnings.push({
      text: `${card?.file} is the card of another file: its sha256 is ${String(stated)}, that of ${file} ${sha256}`,
      trouble: trouble('network-card-of-another', { file: card?.file ?? '' }),
    });
  }
  return warnings;
}
