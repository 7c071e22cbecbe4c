import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeStampedFrameHeader } from '../../protocol/stamped-frame.ts';
import { createFrameAssembler, type FrameAssemblerOptions, printable } from './frame-assembler.ts';

const widthPx = 4;
const heightPx = 3;
const frameBytes = widthPx * heightPx * 3;

function frame(level: number): Uint8Array {
  return new Uint8Array(frameBytes).fill(level);
}

function stamped(frameId: number, options: { width?: number } = {}): Uint8Array {
  const width = options.width ?? widthPx;
  const header = encodeStampedFrameHeader({
    ...{ frameId, capturedAtMs: 1000 + frameId, widthPx: width, heightPx, lengthBytes: width * heightPx * 3 },
  });
  return Buffer.concat([header, new Uint8Array(width * heightPx * 3).fill(frameId)]);
}

function assemble(framing: 'raw' | 'stamped', overrides: Partial<FrameAssemblerOptions> = {}) {
  const seen: { pixels: number[]; frameId: number | undefined }[] = [];
  const rubbish: string[] = [];
  let skipped = 0;
  let buffer = new Uint8Array(0);
  const assembler = createFrameAssembler({
    ...{ framing, widthPx, heightPx },
    claim: () => {
      buffer = new Uint8Array(frameBytes);
      return buffer;
    },
    onFrame: (header) => seen.push({ pixels: [...buffer], frameId: header?.frameId }),
    onSkipped: () => skipped++,
    onRubbish: (text) => rubbish.push(text),
    ...overrides,
  });
  return { assembler, seen, rubbish, skipped: () => skipped };
}

/** Cuts bytes at any places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i]!, end));
}

const cuts = fc.array(fc.nat(), { maxLength: 30 });

describe('a stream of frames', () => {
  it('is the same in whatever pieces it arrives, raw', () => {
    const stream = Buffer.concat([frame(1), frame(2), frame(3), frame(4).subarray(0, 7)]);
    fc.assert(
      fc.property(cuts, (places) => {
        const { assembler, seen } = assemble('raw');
        for (const piece of pieces(stream, places)) assembler.push(piece);
        expect(seen.map(({ pixels }) => pixels)).toEqual([[...frame(1)], [...frame(2)], [...frame(3)]]);
        expect(assembler.partialBytes).toBe(7);
      }),
    );
  });

  it('is the same in whatever pieces it arrives, stamped', () => {
    const stream = Buffer.concat([stamped(7), stamped(8), stamped(9)]);
    fc.assert(
      fc.property(cuts, (places) => {
        const { assembler, seen, rubbish } = assemble('stamped');
        for (const piece of pieces(stream, places)) assembler.push(piece);
        expect(seen).toEqual([7, 8, 9].map((frameId) => ({ frameId, pixels: [...frame(frameId)] })));
        expect(rubbish).toEqual([]);
        expect(assembler.partialBytes).toBe(0);
      }),
    );
  });

  it('goes on after frames for which there was no buffer', () => {
    let claims = 0;
    const buffer = new Uint8Array(frameBytes);
    const { assembler, seen, skipped } = assemble('stamped', { claim: () => (claims++ === 1 ? undefined : buffer) });
    assembler.push(Buffer.concat([stamped(1), stamped(2), stamped(3)]));
    expect(seen.map(({ frameId }) => frameId)).toEqual([1, 3]);
    expect(skipped()).toBe(1);
  });

  it('ends at the first rubbish, which is told once', () => {
    const { assembler, seen, rubbish } = assemble('stamped');
    assembler.push(Buffer.concat([stamped(1), Buffer.from('\u001b[31mERROR: no camera\u001b[0m, no camera at all')]));
    assembler.push(stamped(2));
    expect(seen).toHaveLength(1);
    expect(rubbish).toEqual(['it printed something that is no frame (it begins with ".[31mERROR: no camera.[0")']);
  });

  it('of another size names both sizes', () => {
    const { assembler, rubbish } = assemble('stamped');
    assembler.push(stamped(1, { width: 8 }));
    expect(rubbish).toEqual([expect.stringMatching(/sends 8x3 pixels.*say 4x3/)]);
  });
});

it('printable text steers no terminal', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => /^[\x20-\x7e]*$/.test(printable(bytes))));
});
