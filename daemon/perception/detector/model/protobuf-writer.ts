/** Writing protobuf messages: fields in order, one after another. @see protobuf.ts, which reads them. */

function varint(value: number): number[] {
  // Small negative ones as protobuf has them: the two's complement of 64 bits.
  if (value < 0) return [0x100 + value, ...new Array<number>(8).fill(0xff), 0x01];
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...varint(Math.floor(value / 128))];
}

export function joined(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Buffer.from(part))));
}

/** A whole number from -128 on. */
export function numberField(number: number, value: number): Uint8Array {
  return joined(varint(number * 8), varint(value));
}

export function bytesField(number: number, content: Uint8Array): Uint8Array {
  return joined(varint(number * 8 + 2), varint(content.length), content);
}

export function textField(number: number, text: string): Uint8Array {
  return bytesField(number, Buffer.from(text, 'utf8'));
}
