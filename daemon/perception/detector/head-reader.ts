import { ToldError } from '../../platform/user-error.ts';
import { trouble } from '../../protocol/troubles.ts';
import type { Decoder } from './decode/decoder.ts';
import type { ModelFile } from './model/model-file.ts';
import { listTensors } from './model/network-input.ts';
import { widenHalves } from './preprocess/float16.ts';
import type { OutputTensor } from './runtime/runtime.ts';

/** Brings a run's outputs into the order and the type that a decoder reads. */
export interface HeadReader {
  /**
   * Outputs of float32 are not copied; those of other types are widened into buffers made once, and whole numbers of
   * quantised networks become what they are worth.
   * @throws Error when an output is not what it was at the first run.
   */
  read(results: readonly OutputTensor[]): readonly Float32Array[];
}

/** @throws UserError when the first run's outputs are of a type that is not read, or no scores stand where they are read. */
export function createHeadReader(model: ModelFile, decoder: Decoder, firstRun: readonly OutputTensor[]): HeadReader {
  const expectedLengths = decoder.outputIndexes.map((index) => elementCount(firstRun[index]!.shape));
  const widened = expectedLengths.map(() => new Float32Array(0));
  const values: Float32Array[] = expectedLengths.map(() => new Float32Array(0));

  const widen = (result: OutputTensor, position: number): Float32Array => {
    const count = elementCount(result.shape);
    if (!(result.data instanceof Float32Array) && widened[position]!.length < count) {
      widened[position] = new Float32Array(count);
    }
    const mayBeWhole = decoder.wholeOutputs?.includes(position) === true;
    return readNumbers(model, result, { mayBeWhole, into: widened[position]!.subarray(0, count) });
  };

  const reader: HeadReader = {
    read(results) {
      for (const [position, index] of decoder.outputIndexes.entries()) {
        const result = results[index];
        const isExpected =
          decoder.lengths === 'varying' || elementCount(result?.shape ?? []) === expectedLengths[position];
        if (result === undefined || !isExpected) {
          throw new Error(`${model.file}: an output changed its shape to [${result?.shape.join(', ')}]`);
        }
        values[position] = widen(result, position);
      }
      return values;
    },
  };
  // Refuses outputs of other types now, not at the first frame.
  const read = reader.read(firstRun);
  // Whoever names the layout in a card knows better than one run on an empty picture.
  const stray = model.card?.content.layout === undefined ? decoder.strayScore?.(read) : undefined;
  if (stray !== undefined) throw noScores(model, decoder, firstRun, stray);
  return reader;
}

/**
 * What each output holds, as far as it is numbers of a known worth: for looking at once, before it is known what they are.
 * Those of float32 are valid until the next run.
 */
export function readOutputs(model: ModelFile, outputs: readonly OutputTensor[]): (Float32Array | undefined)[] {
  return outputs.map((output) => {
    const into = new Float32Array(output.data instanceof Float32Array ? 0 : elementCount(output.shape));
    return isReadable(model, output) ? readNumbers(model, output, { mayBeWhole: false, into }) : undefined;
  });
}

/** The numbers of an output: its own memory where they are float32, else `into`. @throws UserError when nobody knows their worth. */
function readNumbers(
  model: ModelFile,
  result: OutputTensor,
  { mayBeWhole, into }: { readonly mayBeWhole: boolean; readonly into: Float32Array },
): Float32Array {
  const { data, type } = result;
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array && type === 'float16') widenHalves(data, into);
  else if (data instanceof Float64Array || (mayBeWhole && isPlainWhole(model, result)))
    into.set(data as Float64Array | Int32Array | Uint8Array);
  else if (mayBeWhole && data instanceof BigInt64Array) for (let i = 0; i < into.length; i++) into[i] = Number(data[i]);
  else widenWhole(model, result, data, into);
  return into;
}

function isReadable({ facts }: ModelFile, { name, type }: OutputTensor): boolean {
  return /^float(16|32|64)$/.test(type) || (/^u?int(8|16)$/.test(type) && isWorthKnown(facts, name));
}

function isWorthKnown({ outputQuantisations, outputChannelQuantisations }: ModelFile['facts'], name: string): boolean {
  return outputQuantisations.has(name) || outputChannelQuantisations.has(name);
}

/** Counts and class numbers as they are, and not such as the graph says are worth something else. */
function isPlainWhole({ facts }: ModelFile, { name, data }: OutputTensor): boolean {
  return data instanceof Int32Array || (data instanceof Uint8Array && !isWorthKnown(facts, name));
}

/** Whole numbers, in what the graph says that they are worth. @throws UserError when it does not. */
function widenWhole(
  model: ModelFile,
  { name, type, shape }: OutputTensor,
  data: ArrayBufferView,
  into: Float32Array,
): void {
  const quantisation = model.facts.outputQuantisations.get(name);
  const isNarrow =
    data instanceof Uint8Array ||
    data instanceof Int8Array ||
    data instanceof Uint16Array ||
    data instanceof Int16Array;
  const channels = model.facts.outputChannelQuantisations.get(name);
  if (channels !== undefined && isNarrow && shape[channels.axis] === channels.scales.length) {
    const { scales, zeros, axis } = channels;
    const places = elementCount(shape.slice(axis + 1));
    for (let i = 0; i < into.length; i++) {
      const channel = Math.floor(i / places) % scales.length;
      into[i] = (data[i]! - zeros[channel]!) * scales[channel]!;
    }
    return;
  }
  if (quantisation === undefined || !isNarrow) {
    throw new ToldError(
      trouble('network-output-unfit', { file: model.file, output: name }),
      `output "${name}" of ${model.file} is ${type}, and nothing in its graph that the car reads says what such numbers are worth; ` +
        'expected float32 or float16, or the output of a QuantizeLinear or QLinear operator. Export the network anew',
    );
  }
  const { scale, zero } = quantisation;
  for (let i = 0; i < into.length; i++) into[i] = (data[i]! - zero) * scale;
}

function noScores(model: ModelFile, { layout, because }: Decoder, outputs: readonly OutputTensor[], stray: number) {
  return new ToldError(
    trouble('network-scores-missing', { file: model.file, layout }),
    `the head of ${model.file} has the shape of layout ${layout} (${because}), but where the scores of its classes would ` +
      `stand are other numbers, such as ${Number(stray.toPrecision(3))}; expected 0 to 1. Found outputs: ${listTensors(outputs)}.\n` +
      'It was exported without the sigmoid or softmax of its scores, or they are keypoints, oriented boxes or distances. Export it as a ' +
      'plain detector with its labels (`yolo export format=onnx`), or name its layout in its card: "layout".',
  );
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
