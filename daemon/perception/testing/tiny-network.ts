import { bytesField, joined, numberField, textField } from '../detector/model/protobuf-writer.ts';
import { numberToHalf } from '../detector/preprocess/float16.ts';

export interface TinyTensor {
  readonly name: string;
  /** A string is a dynamic dimension. */
  readonly shape: readonly (number | string)[];
  readonly type?: keyof typeof typeNumbers;
  /** An input that the network takes the worth of; an output that it makes whole numbers of its floats for. */
  readonly quantised?: { readonly scale: number | readonly number[]; readonly zero: number | readonly number[] };
}

export interface TinyNetworkOptions {
  readonly inputs?: readonly TinyTensor[];
  /** What the network answers to every picture; or, for an output with `copyOf`, that input again. */
  readonly outputs: readonly (TinyTensor & {
    readonly data: ArrayLike<number>;
    readonly dataShape?: readonly number[];
    readonly copyOf?: string;
  })[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Says that the weights are in this file. */
  readonly externalFile?: string;
  /** 8 unless told otherwise. */
  readonly irVersion?: number;
  /** Operator set versions by domain; 13 of ONNX's own unless told otherwise. */
  readonly opsets?: Readonly<Record<string, number>>;
  /** The operator that answers, instead of ONNX's `Identity`. */
  readonly operator?: { readonly name: string; readonly domain?: string };
  /** What the weights say that their sides are, instead of what they are. */
  readonly weightShape?: readonly number[];
  /** Defines that operator in the file, as an ONNX function around `Identity`. */
  readonly defines?: 'operator';
}

const typeNumbers = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;

export function valueInfo({ name, shape, type = 'float32' }: TinyTensor): Uint8Array {
  const sides = shape.map((side) =>
    bytesField(1, typeof side === 'number' ? numberField(1, side) : textField(2, side)),
  );
  const tensor = joined(numberField(1, typeNumbers[type]), bytesField(2, joined(...sides)));
  return joined(textField(1, name), bytesField(2, bytesField(1, tensor)));
}

function rawData(type: keyof typeof typeNumbers, data: ArrayLike<number>): Uint8Array {
  const numbers = Array.from(data);
  switch (type) {
    case 'float32':
      return Buffer.from(new Float32Array(numbers).buffer);
    case 'uint8':
    case 'int8':
      return Buffer.from(numbers);
    case 'int32':
      return Buffer.from(new Int32Array(numbers).buffer);
    case 'float16':
      return Buffer.from(new Uint16Array(numbers.map(numberToHalf)).buffer);
    case 'int64':
      return Buffer.from(new BigInt64Array(numbers.map(BigInt)).buffer);
  }
}

/** onnx.proto, FunctionProto. */
function identityFunction(name: string, domain: string): Uint8Array {
  const node = joined(textField(1, 'x'), textField(2, 'y'), textField(4, 'Identity'));
  return joined(
    textField(1, name),
    textField(4, 'x'),
    textField(5, 'y'),
    bytesField(7, node),
    bytesField(9, joined(textField(1, ''), numberField(2, 13))),
    textField(10, domain),
  );
}

function node(operator: string, inputs: readonly string[], output: string): Uint8Array {
  return bytesField(
    1,
    joined(...inputs.map((name) => textField(1, name)), textField(2, output), textField(4, operator)),
  );
}

function scaleNames(name: string): [scale: string, zero: string] {
  return [`${name} scale`, `${name} zero`];
}

function scaleTensors({ name, quantised, type = 'float32' }: TinyTensor): Uint8Array[] {
  if (quantised === undefined) return [];
  const [scale, zero] = scaleNames(name);
  const tensor = (label: string, of: keyof typeof typeNumbers, value: number | readonly number[]) => {
    const values = typeof value === 'number' ? [value] : value;
    const sides = typeof value === 'number' ? [] : [numberField(1, value.length)];
    return bytesField(
      5,
      joined(...sides, numberField(2, typeNumbers[of]), textField(8, label), bytesField(9, rawData(of, values))),
    );
  };
  return [tensor(scale, 'float32', quantised.scale), tensor(zero, type, quantised.zero)];
}

/** A whole ONNX file, written by hand: constants for outputs, whatever the input is. For tests only. */
export function tinyNetwork(options: TinyNetworkOptions): Uint8Array {
  const { name: operator = 'Identity', domain = '' } = options.operator ?? {};
  const inputs = options.inputs ?? [{ name: 'images', shape: [1, 3, 64, 64] }];
  const graph = joined(
    ...inputs.flatMap(({ name, quantised }) =>
      quantised === undefined ? [] : [node('DequantizeLinear', [name, ...scaleNames(name)], `${name} worth`)],
    ),
    ...options.outputs.map(({ name, copyOf = `${name} weights`, quantised }) =>
      quantised === undefined
        ? bytesField(1, joined(textField(1, copyOf), textField(2, name), textField(4, operator), textField(7, domain)))
        : node('QuantizeLinear', [copyOf, ...scaleNames(name)], name),
    ),
    ...[...inputs, ...options.outputs].flatMap(scaleTensors),
    textField(2, 'tiny'),
    ...options.outputs.flatMap(({ name, shape, data, dataShape, copyOf, type: outerType = 'float32', quantised }) => {
      const type = quantised === undefined ? outerType : 'float32';
      if (copyOf !== undefined) return [];
      const sides = options.weightShape ?? dataShape ?? shape.map(Number);
      const external =
        options.externalFile === undefined
          ? [bytesField(9, rawData(type, data))]
          : [bytesField(13, joined(textField(1, 'location'), textField(2, options.externalFile))), numberField(14, 1)];
      const tensor = joined(
        ...sides.map((side) => numberField(1, side)),
        numberField(2, typeNumbers[type]),
        textField(8, `${name} weights`),
        ...external,
      );
      return bytesField(5, tensor);
    }),
    ...inputs.map((input) => bytesField(11, valueInfo(input))),
    ...options.outputs.map((output) => bytesField(12, valueInfo(output))),
  );
  return joined(
    numberField(1, options.irVersion ?? 8),
    textField(2, 'tiny'),
    bytesField(7, graph),
    ...Object.entries(options.opsets ?? { '': 13 }).map(([each, version]) =>
      bytesField(8, joined(textField(1, each), numberField(2, version))),
    ),
    ...(options.defines === undefined ? [] : [bytesField(25, identityFunction(operator, domain))]),
    ...Object.entries(options.metadata ?? {}).map(([key, value]) =>
      bytesField(14, joined(textField(1, key), textField(2, value))),
    ),
  );
}

export interface TinyBox {
  readonly centreX: number;
  readonly centreY: number;
  readonly width: number;
  readonly height: number;
  readonly classId: number;
  readonly score: number;
}

/** A v8 head `[1, 4 + classes, cells]` with these boxes in its first cells. */
export function yolov8Head(classCount: number, cells: number, boxes: readonly TinyBox[]): Float32Array {
  // A working network's scores are never exactly 0.
  const head = new Float32Array((4 + classCount) * cells).fill(1e-6);
  for (const [cell, { centreX, centreY, width, height, classId, score }] of boxes.entries()) {
    for (const [row, value] of [centreX, centreY, width, height].entries()) head[row * cells + cell] = value;
    head[(4 + classId) * cells + cell] = score;
  }
  return head;
}

/** A v5 head `[1, rows, 5 + classes]` with these boxes in its first rows. */
export function yolov5Head(classCount: number, rows: number, boxes: readonly TinyBox[]): Float32Array {
  const columns = 5 + classCount;
  const head = new Float32Array(columns * rows).fill(1e-6);
  for (const [row, { centreX, centreY, width, height, classId, score }] of boxes.entries()) {
    head.set([centreX, centreY, width, height, 0.9], row * columns);
    head[row * columns + 5 + classId] = score / 0.9;
  }
  return head;
}
