import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLines } from './line-channel.ts';
import { readPackets, writePacket } from './packet-channel.ts';

/** Sends bytes through in pieces of the given sizes, as a pipe may. */
function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

test('packets come out as they went in, however the pipe cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.jsonValue(), fc.uint8Array({ maxLength: 300 })), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      (packets, sizes) => {
        const wire = new PassThrough({ highWaterMark: 1 << 20 });
        for (const [header, payload] of packets) writePacket(wire, header, payload);
        const written = (wire.read() as Buffer | null) ?? Buffer.alloc(0);
        const seen: [unknown, number[]][] = [];
        const input = new PassThrough();
        readPackets(
          input,
          (header, payload) => seen.push([header, [...payload]]),
          (text) => expect.fail(text),
        );
        for (const piece of inPieces(written, sizes)) input.emit('data', piece);
        expect(seen).toEqual(packets.map(([header, payload]) => [JSON.parse(JSON.stringify(header)), [...payload]]));
      },
    ),
  );
});

test('rubbish is told once and ends the reading', () => {
  const input = new PassThrough();
  const told: string[] = [];
  readPackets(
    input,
    () => expect.fail('no packet is in there'),
    (text) => told.push(text),
  );
  input.emit('data', Buffer.alloc(64, 0xff));
  input.emit('data', Buffer.alloc(64, 0xff));
  expect(told).toHaveLength(1);
});

test('lines come whole, and one that never ends is dropped, not kept', () => {
  const input = new PassThrough();
  const lines: string[] = [];
  let overlong = 0;
  readLines(input, (line) => lines.push(line), { maxLineBytes: 10, onOverlong: () => overlong++ });
  for (const piece of ['ab', 'c\nde', 'f\n', '0123456789abc', 'still the same', '\nnext\n']) {
    input.emit('data', Buffer.from(piece));
  }
  expect(lines).toEqual(['abc', 'def', 'next']);
  expect(overlong).toBe(1);
});
