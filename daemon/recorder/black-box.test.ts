import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { BlackBox, keptMs, picturePeriodMs } from './black-box.ts';
import { mostFiles, writeBlackBox } from './black-box-folder.ts';

describe('the black box', () => {
  it('keeps the last half minute, in order, and nothing older', () => {
    const box = new BlackBox();
    for (let atMs = 0; atMs <= 100_000; atMs += 20) box.add('step', { mode: 'auto' }, atMs);
    const kept = box.lines(100_000).map((line) => JSON.parse(line).atMs as number);
    expect(kept[0]).toBe(100_000 - keptMs);
    expect(kept).toEqual(kept.toSorted((a, b) => a - b));
    expect(kept).toHaveLength(keptMs / 20 + 1);
    expect(box.lines(100_000 + keptMs + 1)).toEqual([]);
    expect(box.bytes).toBe(0);
  });

  it('keeps what was said, not what became of it', () => {
    const box = new BlackBox();
    const state = { mode: 'auto' };
    box.add('step', state, 0);
    state.mode = 'disarmed';
    expect(JSON.parse(box.lines(0)[0]!)).toEqual({ kind: 'step', atMs: 0, mode: 'auto' });
  });

  it('keeps a copy of a picture now and then', () => {
    const box = new BlackBox();
    const jpeg = Uint8Array.of(0xff, 0xd8, 1, 2);
    for (let atMs = 0; atMs < 10 * picturePeriodMs; atMs += 50)
      box.addPicture({ frameId: atMs, capturedAtMs: atMs }, jpeg, atMs);
    jpeg.fill(0);
    const lines = box.lines(10 * picturePeriodMs);
    expect(lines).toHaveLength(10);
    expect(Buffer.from(JSON.parse(lines[3]!).jpeg, 'base64')).toEqual(Buffer.from([0xff, 0xd8, 1, 2]));
  });

  it('never takes more memory than it may, whatever it is told', () => {
    const told = fc.array(fc.record({ passedMs: fc.nat(2000), bytes: fc.nat(2 << 20) }), { maxLength: 30 });
    fc.assert(
      fc.property(told, (entries) => {
        const box = new BlackBox();
        let nowMs = 0;
        for (const { passedMs, bytes } of entries) {
          nowMs += passedMs;
          box.add('much', { text: 'x'.repeat(bytes) }, nowMs);
          expect(box.bytes).toBeLessThanOrEqual(8 << 20);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('its files', () => {
  const folder = testFolder('jetson-car-black-box');
  const box = (minute: number) => ({
    lines: ['{"kind":"step"}', '{"kind":"event"}'],
    reason: 'driver-lost',
    writtenAt: new Date(Date.UTC(2026, 0, 1, 0, minute)),
  });

  it('bear the time and the reason; only the newest few are kept', async () => {
    const own = join(folder, 'many');
    mkdirSync(own);
    writeFileSync(join(own, 'notes.txt'), 'not ours');
    for (let minute = 0; minute < mostFiles + 3; minute++) await writeBlackBox(own, box(minute));
    const names = readdirSync(own).toSorted();
    expect(names).toHaveLength(mostFiles + 1);
    expect(names[0]).toBe('black-box-2026-01-01T00-03-00.000-driver-lost.jsonl');
    expect(names).toContain('notes.txt');
    expect(readFileSync(join(own, names[0]!), 'utf8')).toBe('{"kind":"step"}\n{"kind":"event"}\n');
  });

  it('that cannot be written are told, not thrown', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    expect(await writeBlackBox(join(file, 'below'), box(0))).toEqual({
      trouble: expect.stringContaining('a-file/below'),
    });
  });

  it('on a full disk leave nothing behind', async () => {
    const written = await writeBlackBox('/dev/full', box(0));
    expect(written).toHaveProperty('trouble');
  });
});
