/** Larger is no picture of a camera of a car. */
const mostBytes = 8 << 20;
const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;

/**
 * Cuts a stream of JPEG pictures one behind the other (`-f mjpeg`) into pictures, whatever pieces it arrives in. Bytes between
 * pictures are skipped: the Logitech C270 sends some. Throws nothing; `onRubbish` is told when no picture comes in 8 MiB.
 */
export function createJpegSplitter(options: {
  onJpeg: (jpeg: Uint8Array) => void;
  onRubbish: (text: string) => void;
}): { push(chunk: Uint8Array): void; readonly partialBytes: number } {
  let bytes = Buffer.alloc(0);
  return {
    get partialBytes() {
      return bytes.length;
    },
    push(chunk) {
      bytes = bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([bytes, chunk]);
      for (;;) {
        const begin = bytes.indexOf(Buffer.of(0xff, startOfImage, 0xff));
        // Up to two bytes of a beginning may have come.
        bytes = bytes.subarray(begin < 0 ? Math.max(0, bytes.length - 2) : begin);
        const end = begin < 0 ? undefined : endOfJpeg(bytes);
        if (end === undefined) break;
        if (end === 'broken') {
          bytes = bytes.subarray(2);
          continue;
        }
        options.onJpeg(new Uint8Array(bytes.subarray(0, end)));
        bytes = bytes.subarray(end);
      }
      if (bytes.length > mostBytes) {
        bytes = Buffer.alloc(0);
        options.onRubbish('it sent 8 MiB without the end of a JPEG picture');
      }
    },
  };
}

/**
 * The first whole picture among bytes that should be one: a camera that lost some on their way sends half a picture and the next one
 * behind it, and a decoder would show the one with the other's pixels. Bytes without a whole one as they are, for the decoder to judge.
 */
export function wholeJpeg(bytes: Uint8Array): Uint8Array {
  let first: Uint8Array | undefined;
  const splitter = createJpegSplitter({
    onJpeg: (jpeg) => {
      first ??= jpeg;
    },
    onRubbish: () => {},
  });
  splitter.push(bytes);
  return first ?? bytes;
}

/**
 * Where the picture that begins at 0 ends (ITU-T T.81, B.1.1): marker segments have lengths, and may hold anything, also another
 * picture's end; the scan behind them has none, and in it 0xff stands only before 0x00 and the markers that restart it.
 */
function endOfJpeg(bytes: Buffer): number | undefined | 'broken' {
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return 'broken';
    const marker = bytes[at + 1]!;
    if (marker === endOfImage) return at + 2;
    if (marker === startOfImage) return 'broken';
    const isBare = marker === 0x01 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd7);
    if (isBare) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    at += 2 + bytes.readUInt16BE(at + 2);
    if (marker !== startOfScan) continue;
    const next = endOfScan(bytes, at);
    if (next === undefined) return undefined;
    at = next;
  }
  return at + 2 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] === endOfImage ? at + 2 : undefined;
}

function endOfScan(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]!;
    if (next !== 0x00 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return undefined;
}
