import { extname } from 'node:path';

/** What a file that is no ONNX network turned out to be, for people, and what to do with it. */
interface Kind {
  readonly what: string;
  readonly cure?: string;
}

const checkpoint = (sort: string): Kind => ({
  what: `it is ${sort}, as PyTorch checkpoints (.pt) are`,
  cure: 'Export it: `yolo export model=FILE.pt format=onnx`, or the exporter of who made it',
});
const engine: Kind = {
  what: 'it is a TensorRT engine, which runs on the one device that it was built on',
  cure: 'Give the ONNX file that it was built from: the car builds its own engine',
};
const made = (by: string): Kind => ({ what: `it is ${by}`, cure: 'Export the network that it was made from as ONNX' });

/** Files that people give by mistake, by what stands in them at a place: of bytes, one character each. */
const marks: readonly (readonly [at: number, mark: string, kind: Kind])[] = [
  [0, 'PK', checkpoint('a zip archive')],
  ...['\x02', '\x03', '\x04', '\x05'].map((version) => [0, `\x80${version}`, checkpoint('a pickled object')] as const),
  [0, 'ftrt', engine],
  [4, '{"description": "Ultralytics', engine],
  [4, 'TFL3', made('a TensorFlow Lite network')],
  [4, 'ORTM', made("a network in ONNX Runtime's own format (.ort)")],
  [0, 'RKNN', made("a network for Rockchip's chips (.rknn)")],
  [0, '\x89HDF', made('a Keras network (.h5)')],
  [6, '\0\0{"', made('weights without a graph (.safetensors)')],
  [0, '\x1f\x8b', { what: 'it is packed with gzip; unpack it first' }],
  [0, '\xff\xd8\xff', { what: 'it is a picture' }],
  [0, '\x89PNG', { what: 'it is a picture' }],
];

/** The same of text, by how it begins. */
const beginnings: readonly (readonly [RegExp, Kind])[] = [
  [/^version https:\/\/git-lfs/, { what: 'it is a Git LFS pointer; fetch the real file by `git lfs pull`' }],
  [/^\s*(<\?xml[^>]*>\s*)?<net /, made("OpenVINO's description of a network (.xml)")],
  [/^\s*<(!doctype|html|\?xml)/i, { what: 'it is a web page, as a failed download leaves behind' }],
  [/^7767517\s/, made("ncnn's description of a network (.param)")],
  [/^\s*\[net\]/, made("Darknet's description of a network (.cfg), without its weights")],
];

/** Of those whose beginnings tell nothing. */
const endings: Readonly<Record<string, Kind>> = {
  ...{ '.pt': checkpoint('something else'), '.pth': checkpoint('something else') },
  ...{ '.engine': engine, '.trt': engine, '.plan': engine },
  '.tflite': made('a TensorFlow Lite network'),
  '.weights': made("Darknet's weights"),
  '.pb': made('a TensorFlow graph'),
  '.bin': made('weights without a graph'),
};

/** Names the files that people give by mistake. Undefined for what nobody can tell. */
export function guessContent(file: string, bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 256)).toString('latin1');
  if (start === '') return 'it is empty';
  const [, , marked] = marks.find(([at, mark]) => start.startsWith(mark, at)) ?? [];
  const [, begun] = beginnings.find(([beginning]) => beginning.test(start)) ?? [];
  const known = marked ?? begun ?? endings[extname(file).toLowerCase()];
  if (known !== undefined) return known.cure === undefined ? known.what : `${known.what}. ${known.cure}`;
  return /^[\t\n\r\x20-\x7e]{16,}$/.test(start) ? 'it is text' : undefined;
}
