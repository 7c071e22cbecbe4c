import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { isBlack } from './blackness.ts';
import { decodeGdpHeader, gdpHeaderBytes, PipelineClock } from './gdp.ts';
import { createJpegSplitter } from './jpeg-splitter.ts';
import { createProgramOutput, type FrameStamp, type ProgramOutputOptions } from './program-output.ts';

const size = { widthPx: 16, heightPx: 8 };
const frameBytes = size.widthPx * size.heightPx * 3;

function gdp(payload: Uint8Array, options: { timeMs?: number; type?: number } = {}): Buffer {
  const header = Buffer.alloc(gdpHeaderBytes);
  header[0] = 1;
  header.writeUInt16BE(options.type ?? 1, 4);
  header.writeUInt32BE(payload.length, 6);
  header.writeBigUInt64BE(options.timeMs === undefined ? 0xffff_ffff_ffff_ffffn : BigInt(options.timeMs * 1e6), 10);
  return Buffer.concat([header, payload]);
}

function read(framing: ProgramOutputOptions['camera']['framing'], options: Partial<ProgramOutputOptions> = {}) {
  const frames: { stamp: FrameStamp; level: number; jpeg: boolean }[] = [];
  const rubbish: string[] = [];
  let [skipped, corrupt, nowMs] = [0, 0, 5000];
  let buffer = new Uint8Array(0);
  let wake: () => void = () => {};
  const output = createProgramOutput({
    camera: { framing, ...size, captureOffsetMs: 10 },
    nowMs: () => nowMs,
    claim: () => {
      buffer = new Uint8Array(frameBytes);
      return buffer;
    },
    onFrame: (stamp, jpeg) => {
      frames.push({ stamp, level: buffer[0]!, jpeg: jpeg !== undefined });
      wake();
    },
    onSkipped: () => skipped++,
    onCorrupt: () => {
      corrupt++;
      wake();
    },
    onRubbish: (text) => {
      rubbish.push(text);
      wake();
    },
    ...options,
  });
  return {
    output,
    frames,
    rubbish,
    counts: () => ({ skipped, corrupt }),
    at: (ms: number) => {
      nowMs = ms;
    },
    happened: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
  };
}

const jpegs: Buffer[] = [];
beforeAll(async () => {
  for (const level of [40, 120, 200]) {
    const raw = { width: size.widthPx, height: size.heightPx, channels: 3 as const };
    jpegs.push(await sharp(Buffer.alloc(frameBytes, level), { raw }).jpeg().toBuffer());
  }
});

describe('pictures in GStreamer’s data protocol', () => {
  it('are read whatever pieces they come in, among what is no picture', () => {
    const stream = Buffer.concat([
      gdp(Buffer.from('video/x-raw'), { type: 2 }),
      gdp(Buffer.alloc(frameBytes, 7), { timeMs: 100 }),
      gdp(Buffer.from('segment'), { type: 70 }),
      gdp(Buffer.alloc(0)),
      gdp(Buffer.alloc(frameBytes, 9), { timeMs: 133 }),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length }), { maxLength: 20 }), (cuts) => {
        const { output, frames, rubbish } = read('gdp-rgb');
        const ends = [...new Set([...cuts, stream.length])].sort((a, b) => a - b);
        let from = 0;
        for (const end of ends) {
          output.push(stream.subarray(from, end));
          from = end;
        }
        expect(frames.map(({ level }) => level)).toEqual([7, 9]);
        expect([rubbish, output.partialBytes]).toEqual([[], 0]);
      }),
    );
  });

  it('have the camera’s own spacing, whatever their arrival', () => {
    const { output, frames, at } = read('gdp-rgb');
    for (const [timeMs, arrivedAtMs] of [
      [0, 5040],
      [33, 5053],
      [66, 5180],
      [100, 5181],
    ] as const) {
      at(arrivedAtMs);
      output.push(gdp(Buffer.alloc(frameBytes, 1), { timeMs }));
    }
    // The second was the quickest; 10 ms of its way are known.
    expect(frames.slice(1).map(({ stamp }) => stamp.capturedAtMs)).toEqual([5043, 5076, 5110]);
    expect(frames[1]?.stamp.source).toBe('camera');
  });

  it('without a time have that of their arrival', () => {
    const { output, frames } = read('gdp-rgb');
    output.push(gdp(Buffer.alloc(frameBytes, 1)));
    expect(frames[0]?.stamp).toEqual({ capturedAtMs: 4990, source: 'arrival' });
  });

  it.each([
    ['another size', gdp(Buffer.alloc(12)), /pictures of 12 bytes, and 16x8 RGB has 384/],
    ['no packet', Buffer.from('Setting pipeline to PAUSED ... and then some more words of a program'), /no GDP packet/],
    ['a payload without end', gdp(Buffer.alloc(0)).fill(0xff, 6, 10), /no GDP packet/],
  ])('of %s are refused', (_name, bytes, text) => {
    const { output, rubbish } = read('gdp-rgb');
    output.push(bytes);
    output.push(bytes);
    expect(rubbish).toHaveLength(1);
    expect(rubbish[0]).toMatch(text);
  });

  it('are skipped when there is no room', () => {
    const { output, frames, counts } = read('gdp-rgb', { claim: () => undefined });
    output.push(gdp(Buffer.alloc(frameBytes)));
    expect([frames, counts().skipped]).toEqual([[], 1]);
  });

  it('are no headers of rubbish', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const header = decodeGdpHeader(bytes);
        if (header !== undefined) expect([bytes[0], bytes[1], bytes.length >= gdpHeaderBytes]).toEqual([1, 0, true]);
      }),
    );
  });
});

describe('a pipeline’s clock', () => {
  it('never says that a picture was captured after it came, and keeps order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1 }), (delays) => {
        const clock = new PipelineClock(5);
        delays.forEach((delayMs, index) => {
          const timeMs = index * 33;
          const arrivedAtMs = 9000 + timeMs + delayMs;
          expect(clock.capturedAtMs(timeMs, arrivedAtMs)).toBeLessThanOrEqual(arrivedAtMs - 5 + 1e-6);
        });
      }),
    );
  });
});

/** The same with another size in its frame header (ITU-T T.81, B.2.2), as a bit that fell over makes it. */
function resized(jpeg: Buffer, widthPx: number): Buffer {
  const changed = Buffer.from(jpeg);
  const header = changed.indexOf(Buffer.of(0xff, 0xc0));
  changed.writeUInt16BE(widthPx, header + 7);
  return changed;
}

describe('a camera’s own JPEG', () => {
  it('is decoded and handed on as it came', async () => {
    const { output, frames, happened } = read('gdp-jpeg');
    const next = happened();
    output.push(gdp(jpegs[1]!, { timeMs: 5 }));
    await next;
    expect(frames).toEqual([{ stamp: { capturedAtMs: 4990, source: 'camera' }, level: 120, jpeg: true }]);
  });

  it('that is cut off is counted, and the next one shown', async () => {
    const { output, frames, counts, happened } = read('gdp-jpeg');
    const broken = happened();
    output.push(gdp(jpegs[0]!.subarray(0, jpegs[0]!.length / 2)));
    await broken;
    const next = happened();
    output.push(gdp(jpegs[2]!));
    await next;
    expect([counts().corrupt, frames.map(({ level }) => level)]).toEqual([1, [200]]);
  });

  it('of another size is refused', async () => {
    const { output, rubbish, happened } = read('jpeg', {
      camera: { framing: 'jpeg', widthPx: 64, heightPx: 48, captureOffsetMs: 0 },
    });
    for (const jpeg of [jpegs[0]!, jpegs[1]!, jpegs[2]!]) {
      expect(rubbish).toEqual([]);
      const next = happened();
      output.push(jpeg);
      await next;
    }
    expect(rubbish).toEqual(['it sends 16x8 pixels, but camera.widthPx and heightPx say 64x48']);
  });

  it('whose size was broken on the way does not end a camera that is well', async () => {
    const { output, rubbish, frames, counts, happened } = read('gdp-jpeg');
    for (const jpeg of [resized(jpegs[0]!, 8), resized(jpegs[0]!, 8), jpegs[1]!, resized(jpegs[0]!, 8), jpegs[2]!]) {
      const next = happened();
      output.push(gdp(jpeg));
      await next;
    }
    expect([rubbish, counts().corrupt, frames.map(({ level }) => level)]).toEqual([[], 3, [120, 200]]);
  });

  it.each([
    ['half a picture before', (whole: Buffer) => [jpegs[0]!.subarray(0, -20), whole]],
    ['0xff before', (whole: Buffer) => [Buffer.alloc(64, 0xff), whole]],
    ['0xff behind', (whole: Buffer) => [whole, Buffer.alloc(500, 0xff)]],
    ['half a picture behind', (whole: Buffer) => [whole, jpegs[0]!.subarray(0, -20)]],
  ])('that came with %s is taken by itself', async (_what, around) => {
    const taken: (Uint8Array | undefined)[] = [];
    let wake = (): void => {};
    const next = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const { output } = read('gdp-jpeg', {
      onFrame: (_stamp, jpeg) => {
        taken.push(jpeg);
        wake();
      },
    });
    output.push(gdp(Buffer.concat(around(jpegs[2]!))));
    await next;
    expect(taken.map((jpeg) => jpeg && Buffer.from(jpeg))).toEqual([jpegs[2]]);
  });
});

describe('every picture both compressed and decoded', () => {
  const jpeg = (level: number) => Uint8Array.of(0xff, 0xd8, level, 0xff, 0xd9);
  const pixels = (level: number, timeMs?: number) =>
    gdp(Buffer.alloc(frameBytes, level), timeMs === undefined ? {} : { timeMs });
  const joined = (packets: readonly Uint8Array[]) => {
    const jpegs: (number | undefined)[] = [];
    const reading = read('gdp-jpeg-and-rgb', { onFrame: (_stamp, own) => jpegs.push(own?.[2]) });
    for (const packet of packets) reading.output.push(packet);
    return { jpegs, ...reading };
  };

  it('is one frame with both, joined by time, in whatever order they come', () => {
    const packets = [
      gdp(jpeg(1), { timeMs: 0 }),
      gdp(jpeg(2), { timeMs: 33 }),
      pixels(1, 0),
      gdp(jpeg(3), { timeMs: 66 }),
      pixels(2, 33),
      pixels(3, 67),
    ];
    expect(joined(packets).jpegs).toEqual([1, 2, 3]);
  });

  it('has no JPEG of another picture, and needs none', () => {
    const packets = [gdp(jpeg(1), { timeMs: 33 }), pixels(1, 0), pixels(2, 33), pixels(3, 66), pixels(4)];
    expect(joined(packets).jpegs).toEqual([undefined, 1, undefined, undefined]);
  });

  it('lives by what was decoded alone', () => {
    const { jpegs, counts, frames } = joined(
      Array.from({ length: 100 }, (_, at) => gdp(jpeg(at), { timeMs: at * 33 })),
    );
    expect([jpegs, counts(), frames]).toEqual([[], { skipped: 0, corrupt: 0 }, []]);
  });
});

describe('JPEG pictures one behind the other', () => {
  const split = (chunks: readonly Uint8Array[]) => {
    const found: Buffer[] = [];
    const splitter = createJpegSplitter({ onJpeg: (jpeg) => found.push(Buffer.from(jpeg)), onRubbish: () => {} });
    for (const chunk of chunks) splitter.push(chunk);
    return { found, rest: splitter.partialBytes };
  };

  it('are found whatever pieces they come in, with strange bytes between them', () => {
    const between = fc.uint8Array({ maxLength: 9 }).map((bytes) => bytes.map((byte) => (byte === 0xff ? 0xfe : byte)));
    fc.assert(
      fc.property(between, between, fc.integer({ min: 1, max: 400 }), (before, after, pieceBytes) => {
        const stream = Buffer.concat([before, jpegs[0]!, after, jpegs[1]!, jpegs[2]!]);
        const pieces = Array.from({ length: Math.ceil(stream.length / pieceBytes) }, (_, index) =>
          stream.subarray(index * pieceBytes, (index + 1) * pieceBytes),
        );
        const { found, rest } = split(pieces);
        expect(found).toEqual(jpegs);
        expect(rest).toBe(0);
      }),
    );
  });

  it('may hold a smaller one in a segment of their own', () => {
    const thumbnail = jpegs[1]!;
    const segment = Buffer.concat([Buffer.of(0xff, 0xe1, 0, 0), thumbnail]);
    segment.writeUInt16BE(2 + thumbnail.length, 2);
    const outer = Buffer.concat([jpegs[0]!.subarray(0, 2), segment, jpegs[0]!.subarray(2)]);
    expect(split([outer]).found).toEqual([outer]);
  });

  it('are found again after one that is broken', () => {
    expect(split([jpegs[0]!.subarray(0, 30), jpegs[1]!, jpegs[2]!]).found.at(-1)).toEqual(jpegs[2]);
  });

  it('never come out of rubbish in endless amounts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const { found, rest } = split([bytes]);
        expect(found.reduce((sum, each) => sum + each.length, rest)).toBeLessThanOrEqual(bytes.length);
      }),
    );
    let text = '';
    const splitter = createJpegSplitter({
      onJpeg: () => {},
      onRubbish: (why) => {
        text = why;
      },
    });
    splitter.push(jpegs[0]!.subarray(0, -2));
    for (let mebibyte = 0; mebibyte < 9; mebibyte++) splitter.push(new Uint8Array(1 << 20));
    expect(text).toMatch(/8 MiB/);
  });
});

describe('a black picture', () => {
  it('is one whose every pixel is dark', () => {
    const noise = Uint8Array.from({ length: frameBytes }, (_, index) => index % 12);
    expect(isBlack(noise)).toBe(true);
    expect(isBlack(noise.map((level) => level + 60))).toBe(false);
    const large = new Uint8Array(640 * 480 * 3);
    expect(isBlack(large)).toBe(true);
    // A lamp in a dark room is something to see.
    large.fill(250, 640 * 240 * 3, 640 * 250 * 3);
    expect(isBlack(large)).toBe(false);
  });
});
