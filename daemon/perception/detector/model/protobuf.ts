/**
 * One field of a protobuf message: a number for varints and fixed widths, bytes for everything with a length. `whole` is the
 * field as it stands in the message, its key included.
 */
export type ProtobufField = { readonly number: number; readonly whole: Uint8Array } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
);

/** The bytes are no protobuf message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/**
 * Walks the fields of one message in order; nested messages are bytes, to be walked in turn. Nothing is copied.
 * Varints above 2^53 lose their low bits; negative ones come out as large positive numbers.
 * @see https://protobuf.dev/programming-guides/encoding/
 * @throws ProtobufError where the bytes break the encoding.
 */
export function* readProtobuf(bytes: Uint8Array): Generator<ProtobufField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw new ProtobufError('ends inside a number');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError('holds a number of more than 10 bytes');
  };
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const number = Math.floor(key / 8);
    if (number < 1 || number > 0x1fff_ffff) throw new ProtobufError(`holds a field numbered ${number}`);
    const wireType = key % 8;
    if (wireType === 0) {
      const value = varint();
      yield { number, kind: 'number', value, whole: bytes.subarray(start, at) };
    } else if (wireType === 2) {
      const length = varint();
      if (at + length > bytes.length) throw new ProtobufError(`ends inside a field of ${length} bytes`);
      const content = bytes.subarray(at, at + length);
      at += length;
      yield { number, kind: 'bytes', bytes: content, whole: bytes.subarray(start, at) };
    } else if (wireType === 1 || wireType === 5) {
      const length = wireType === 1 ? 8 : 4;
      if (at + length > bytes.length) throw new ProtobufError('ends inside a number');
      const value = wireType === 1 ? view.getFloat64(at, true) : view.getFloat32(at, true);
      at += length;
      yield { number, kind: 'number', value, whole: bytes.subarray(start, at) };
    } else {
      throw new ProtobufError(`holds a field of wire type ${wireType}`);
    }
  }
}

const utf8 = new TextDecoder('utf-8');

export function protobufText(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

export function fieldsOf(bytes: Uint8Array): readonly ProtobufField[] {
  return [...readProtobuf(bytes)];
}

export function message(fields: readonly ProtobufField[], wanted: number): Uint8Array | undefined {
  const field = fields.find((part) => part.number === wanted && part.kind === 'bytes');
  return field?.kind === 'bytes' ? field.bytes : undefined;
}

export function text(fields: readonly ProtobufField[], wanted: number): string {
  const bytes = message(fields, wanted);
  return bytes === undefined ? '' : protobufText(bytes);
}

export function number(fields: readonly ProtobufField[], wanted: number): number {
  const field = fields.find((part) => part.number === wanted && part.kind === 'number');
  return field?.kind === 'number' ? field.value : 0;
}
