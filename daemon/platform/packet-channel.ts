import type { Readable, Writable } from 'node:stream';

/**
 * Packets over a pipe: u32 length of the JSON, u32 length of the payload (little-endian), the JSON, the payload.
 * For messages that carry bytes, such as a JPEG.
 */
const headBytes = 8;
const maxPacketBytes = 64 << 20;
const nothing = new Uint8Array(0);

/** `header` goes as JSON. Whether there is room for it, the stream says (`writableNeedDrain`). */
export function writePacket(stream: Writable, header: unknown, payload: Uint8Array = nothing): void {
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(payload.length, 4);
  stream.cork();
  stream.write(head);
  stream.write(json);
  if (payload.length > 0) stream.write(payload);
  stream.uncork();
}

/** Calls back with each packet; `onRubbish` once, and nothing more is read, when the stream is not made of packets. */
export function readPackets(
  stream: Readable,
  onPacket: (header: unknown, payload: Uint8Array) => void,
  onRubbish: (text: string) => void,
): void {
  let chunks: Buffer[] = [];
  let available = 0;
  let broken = false;
  const take = (length: number): Buffer => {
    const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    chunks = length < all.length ? [all.subarray(length)] : [];
    available -= length;
    return all.subarray(0, length);
  };
  let lengths: { json: number; payload: number } | undefined;
  stream.on('data', (chunk: Buffer) => {
    if (broken) return;
    chunks.push(chunk);
    available += chunk.length;
    for (;;) {
      if (lengths === undefined) {
        if (available < headBytes) return;
        const head = take(headBytes);
        lengths = { json: head.readUInt32LE(0), payload: head.readUInt32LE(4) };
      }
      if (lengths.json + lengths.payload > maxPacketBytes) {
        broken = true;
        onRubbish(`a packet of ${lengths.json} + ${lengths.payload} bytes was announced`);
        return;
      }
      if (available < lengths.json + lengths.payload) return;
      const json = take(lengths.json).toString('utf8');
      const payload = take(lengths.payload);
      lengths = undefined;
      let header: unknown;
      try {
        header = JSON.parse(json);
      } catch {
        broken = true;
        onRubbish('a packet whose header is not JSON');
        return;
      }
      onPacket(header, payload);
    }
  });
}
