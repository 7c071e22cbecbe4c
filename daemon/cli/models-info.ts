import { findNamedModel } from '../car/find-model.ts';
import { describeNetwork, type NetworkDescription } from '../perception/detector/describe-network.ts';
import { listTensors } from '../perception/detector/model/network-input.ts';
import type { OperationCount } from '../perception/detector/model/operation-count.ts';
import { scaleName } from '../perception/detector/verify/neighbours.ts';
import { plural } from '../platform/plural.ts';
import { troubleOf, UserError } from '../platform/user-error.ts';
import type { NetworkRefusal } from '../protocol/settings.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';
import { firstFew, megabytes } from './models-list.ts';

/**
 * What a network is, for people or as its description in JSON.
 * @throws (rejects) UserError for a network that cannot be used, with what it has and what was expected.
 */
export async function showNetwork(
  network: string,
  options: { readonly json?: boolean; readonly answerRefusal?: boolean },
  output: CommandOutput = standardOutput,
): Promise<void> {
  let description: NetworkDescription;
  try {
    description = await describeNetwork(findNamedModel(network));
  } catch (error) {
    if (options.answerRefusal !== true || !(error instanceof UserError)) throw error;
    const trouble = troubleOf(error);
    const refusal: NetworkRefusal = { refused: { text: error.message, ...(trouble !== undefined && { trouble }) } };
    output.out(`${JSON.stringify(refusal)}\n`);
    return;
  }
  output.out(options.json === true ? `${JSON.stringify(description)}\n` : inWords(description));
}

/** A description as a table of lines, each with what it is about. */
export function inWords(network: NetworkDescription): string {
  const opsets = Object.entries(network.opsets).map(([domain, version]) => `${domain || 'ONNX'} ${version}`);
  const lines: (readonly [string, string])[] = [
    ['file', `${megabytes(network.bytes)}, SHA-256 ${network.sha256}`],
    ['made by', `${network.producer || 'unknown'}, IR version ${network.irVersion}, opset ${opsets.join(', ')}`],
    ['size', `${network.parameters.toLocaleString('en')} parameters, ${plural(network.nodes, 'node')}`],
    ['work', network.work === undefined ? 'not known: it runs only when it is optimised' : inGflop(network.work)],
    ['inputs', listTensors(network.inputs)],
    ['outputs', listTensors(network.outputs)],
    ['layout', `${network.layout}: ${network.because}`],
    ...(network.places === 'none' ? [] : [['doubles', doubles(network)] as const]),
    ['pictures', pictures(network)],
    ['labels', `${network.labels.length}: ${firstFew(network.labels)} (${network.labelsFrom})`],
    ['card', network.card ?? 'none'],
    ...network.warnings.map((warning) => ['warning', warning] as const),
  ];
  return `${[network.file, ...lines.map(([what, text]) => `  ${what.padEnd(9)} ${text}`)].join('\n')}\n`;
}

function doubles({ suppression }: NetworkDescription): string {
  return suppression === 'needed' ? 'suppressed by the car' : 'suppressed by the network itself';
}

function inGflop({ operations, uncounted }: OperationCount): string {
  const without = uncounted.length === 0 ? '' : `, not counting ${uncounted.join(', ')}`;
  return `${(operations / 1e9).toPrecision(3)} GFLOP a picture${without}`;
}

function pictures({ input, inputFrom }: NetworkDescription): string {
  const numbers = `less ${input.mean.map(short).join(', ')}, by ${input.deviation.map(short).join(', ')}`;
  const isWhole = input.type === 'uint8' || input.type === 'int8';
  const isLevels = isWhole && input.quantisation === undefined;
  const levels = input.type === 'uint8' ? 'levels as they are' : 'levels less 128';
  const scale = isLevels ? levels : `in ${scaleName(input) ?? numbers} (${inputFrom.scale})${inWholes(input)}`;
  // Only what is fitted into a letterbox leaves an edge to pad.
  const padding = input.fit.startsWith('letterbox') ? `, padded with ${input.paddingLevel} (${inputFrom.padding})` : '';
  return (
    `${input.widthPx}x${input.heightPx} ${input.type} ${input.order}, ${input.channels} (${inputFrom.channels}), ${scale}, ` +
    `${input.fit} (${inputFrom.fit})${padding}`
  );
}

function inWholes({ quantisation }: NetworkDescription['input']): string {
  if (quantisation === undefined) return '';
  return `, as whole numbers of ${quantisation.scale.toPrecision(3)} each from ${quantisation.zero} on`;
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
