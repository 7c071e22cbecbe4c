import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import type { OnnxFacts } from './onnx-facts.ts';

/** The newest networks that an ONNX Runtime takes. */
export interface RuntimeLimits {
  readonly name: string;
  /** Of ONNX's own operators. */
  readonly opset: number;
  readonly irVersion: number;
}

/**
 * What ONNX Runtime's libraries take: from which 1.x on, and what those of that version themselves said when they were given
 * opset and IR version 99 and all below.
 */
const limitsSince: readonly (readonly [minor: number, opset: number, irVersion: number])[] = [
  [11, 16, 8],
  [12, 17, 8],
  [14, 18, 8],
  [15, 19, 9],
  [17, 20, 9],
  [18, 21, 10],
  [21, 22, 10],
  [23, 23, 11],
  [24, 25, 13],
  [25, 26, 13],
];
const newestKnown = 30;

/** Of a library that states this version; undefined for those that are too new, or too old to be used, to be known. */
export function limitsOf(version: string): RuntimeLimits | undefined {
  const [major, minor = 0] = version.split('.').map(Number);
  const [, opset, irVersion] = limitsSince.findLast(([since]) => since <= minor) ?? [];
  if (major !== 1 || minor > newestKnown || opset === undefined || irVersion === undefined) return undefined;
  return { name: `ONNX Runtime 1.${minor}`, opset, irVersion };
}

/** Of the pinned onnxruntime-node. */
export const runtimeHere: RuntimeLimits = limitsOf('1.27.0')!;

/** The last one that CUDA 10.2 of JetPack 4.6 can run. */
export const runtimeOnCar: RuntimeLimits = limitsOf('1.11.0')!;

/** A picture of 4096x4096 has 2^26 numbers, and the heads of such a network not twice as many. */
const mostElements = 2 ** 28;

/** Of one tensor; batch, colours, rows and columns are four, and no operator of a detector needs more than twice as many. */
const mostSides = 16;

/** The smallest weights that ONNX knows are of 2 bits; eight a byte is more than any file holds. */
const mostWeightsPerByte = 8;

/**
 * Operators beside ONNX's own that ONNX Runtime has on the CPU and that graphs of detectors are made of: what its
 * optimiser fuses, and what its quantiser writes.
 * @see https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/contrib_ops/cpu/cpu_contrib_kernels.cc
 */
const runtimeOperators = new Set(
  [
    ...['BiasGelu', 'FastGelu', 'FusedConv', 'FusedGemm', 'FusedMatMul', 'Gelu', 'GridSample', 'Pad', 'QuickGelu'],
    ...['Attention', 'MultiHeadAttention', 'SkipLayerNormalization', 'TransposeMatMul', 'Trilu', 'Inverse', 'Unique'],
    ...['DequantizeLinear', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'MatMulNBits', 'NhwcMaxPool', 'QGemm'],
    ...['QLinearAdd', 'QLinearAveragePool', 'QLinearConcat', 'QLinearConv', 'QLinearGlobalAveragePool'],
    ...['QLinearLeakyRelu', 'QLinearMul', 'QLinearSigmoid', 'QLinearSoftmax', 'QLinearWhere', 'QuantizeLinear'],
    ...['QAttention', 'CropAndResize', 'ExpandDims', 'GatherND', 'Range'],
  ].map((operator) => `com.microsoft.${operator}`),
);

/**
 * Refuses a network for what its file says, before anything is made from it: sizes beyond reason, and operators that only other
 * runtimes have.
 * @param fileBytes size of the whole file
 * @throws UserError naming the file, what was found, and the cure.
 */
export function checkFacts(file: string, facts: OnnxFacts, fileBytes: number): void {
  refuse(file, sizeTrouble(facts, fileBytes) ?? operatorTrouble(facts));
}

/**
 * Refuses a network of a version that a runtime does not know.
 * @throws UserError naming the file, both versions, and the cure.
 */
export function checkVersion(file: string, facts: OnnxFacts, limits: RuntimeLimits): void {
  refuse(file, versionTrouble(facts, limits));
}

function refuse(file: string, why: string | undefined): void {
  if (why !== undefined)
    throw new ToldError(trouble('network-not-runnable', { file }), `${file} cannot be run: ${why}`);
}

function sizeTrouble(
  { inputs, outputs, weights, innerTensors, filledShapes }: OnnxFacts,
  fileBytes: number,
): string | undefined {
  const edges = [
    ...inputs.map((tensor) => ({ ...tensor, what: 'input' })),
    ...outputs.map((tensor) => ({ ...tensor, what: 'output' })),
  ];
  for (const { what, name, shape = [] } of edges) {
    if (shape.length > mostSides) return `its ${what} "${name}" ${tooManySides(shape)}`;
    if (shape.some((side) => typeof side === 'number' && isNegative(side))) {
      return `its ${what} "${name}" has a negative side. The file is damaged or made by hand; export the network anew.`;
    }
    if (what === 'input' && shape.includes(0)) {
      return `its input "${name}" of [${shape.join(', ')}] has a side of 0. Export the network anew, with the size of its pictures.`;
    }
    const elements = shape.reduce<number>((product, side) => product * (typeof side === 'number' ? side : 1), 1);
    if (elements > mostElements) {
      return (
        `its ${what} "${name}" of [${shape.join(', ')}] has ${inWords(elements)} numbers; the largest that a detector ` +
        `can have is ${inWords(mostElements)}. The file is damaged or made for something else; export the network anew.`
      );
    }
  }
  for (const { operator, shape } of filledShapes) {
    if (shape.length > mostSides) return `what its ${operator} makes ${tooManySides(shape)}`;
    const elements = shape.reduce((product, side) => product * side, 1);
    if (elements > mostElements) {
      return (
        `its ${operator} makes [${shape.join(', ')}], ${inWords(elements)} numbers; the largest that a detector can have is ` +
        `${inWords(mostElements)}. The file is damaged or made for something else; export the network anew.`
      );
    }
  }
  for (const { name, shape } of [...weights, ...innerTensors]) {
    if (shape.length > mostSides) return `its tensor "${name}" ${tooManySides(shape)}`;
    const elements = shape.reduce((product, side) => product * side, 1);
    if (shape.some(isNegative) || elements > fileBytes * mostWeightsPerByte) {
      const sides = shape.map((side) => (isNegative(side) ? 'negative' : side)).join(', ');
      return (
        `its weights "${name}" claim to be [${sides}], which does not fit into a file of ${inWords(fileBytes)} bytes. ` +
        'The file is damaged; fetch or export it anew.'
      );
    }
  }
  return undefined;
}

function tooManySides({ length }: readonly unknown[]): string {
  return `has ${length} sides, and no detector's has more than ${mostSides}. The file is damaged or made for something else; export the network anew.`;
}

/** 64-bit numbers are read without their sign. */
function isNegative(side: number): boolean {
  return side >= 2 ** 63;
}

function inWords(count: number): string {
  return count < 1e6 ? String(count) : count.toPrecision(3);
}

function operatorTrouble({ operators, foreignOperators }: OnnxFacts): string | undefined {
  // Exporters put TensorRT's plugins among ONNX's own operators.
  const plugins = [...operators].filter((operator) => /_TRT$/.test(operator));
  const foreign = foreignOperators.filter((operator) => !runtimeOperators.has(operator));
  const unknown = [...plugins, ...foreign];
  if (unknown.length === 0) return undefined;
  const named = `it needs ${unknown.slice(0, 5).join(', ')}, which ${unknown.length === 1 ? 'is no operator' : 'are no operators'} of ONNX`;
  if (unknown.some((operator) => /_TRT$|^TRT\.|tensorrt/i.test(operator))) {
    return `${named} but of TensorRT's plugins. Export it without them: leave NMS out (\`--end2end\` of YOLOv7 without TensorRT, or no NMS at all).`;
  }
  if (unknown.some((operator) => /^com\.microsoft\.nchwc\.|^com\.ms\.internal\.nhwc\./.test(operator))) {
    return `${named}: ONNX Runtime optimised it for one processor. Take the file from before its optimisation.`;
  }
  return `${named} or of ONNX Runtime on the CPU. Export it with standard operators only, without plugins or custom operators.`;
}

/** Why a runtime does not take a network for its age; undefined when it does. */
export function versionTrouble(
  { opsets, functionOpset = 1, irVersion }: Pick<OnnxFacts, 'opsets' | 'functionOpset' | 'irVersion'>,
  limits: RuntimeLimits,
): string | undefined {
  const opset = Math.max(opsets[''] ?? opsets['ai.onnx'] ?? 1, functionOpset);
  if (opset > limits.opset) {
    return `it is of opset ${opset}, and ${limits.name} knows up to ${limits.opset}. Export it anew, for example with opset=13.`;
  }
  if (irVersion > limits.irVersion) {
    return (
      `it is of IR version ${irVersion}, and ${limits.name} knows up to ${limits.irVersion}. Save it by an older \`onnx\`, or set ` +
      `network.ir_version = ${runtimeOnCar.irVersion} in Python before onnx.save.`
    );
  }
  return undefined;
}
