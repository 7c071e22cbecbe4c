import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pictureLevels, relativeBytes } from '../protocol/picture-levels.ts';
import { notePicture, type PictureLink, startPictureLink } from './picture-link.ts';

const fullPictureBytes = 40_000;

/** A phone behind a link of so many bytes a second, for so long; time is stepped by the pictures themselves. */
function watchFor(durationMs: number, link: PictureLink, startMs: number, bytesPerS: (nowMs: number) => number) {
  let now = link;
  const changes: { atMs: number; level: string }[] = [];
  let nowMs = startMs;
  while (nowMs < startMs + durationMs) {
    const transferMs = (fullPictureBytes * relativeBytes[now.level] * 1000) / bytesPerS(nowMs);
    nowMs += Math.max(50, transferMs);
    const next = notePicture(now, transferMs, nowMs);
    if (next.level !== now.level) changes.push({ atMs: nowMs, level: next.level });
    now = next;
  }
  return { link: now, changes, nowMs };
}

describe('the size of the picture', () => {
  test('is the full one on a quick link, and stays so', () => {
    const { link, changes } = watchFor(60_000, startPictureLink(0), 0, () => 2_000_000);
    expect(link.level).toBe('full');
    expect(changes).toEqual([]);
  });

  test('falls within a few pictures on a slow link', () => {
    const { link, changes } = watchFor(4000, startPictureLink(0), 0, () => 60_000);
    expect(link.level).toBe('small');
    expect(changes.map((change) => change.level)).toEqual(['medium', 'small']);
    expect(watchFor(4000, startPictureLink(0), 0, () => 20_000).link.level).toBe('tiny');
  });

  test('one late picture changes nothing, for a lost packet may delay a message by 200 ms', () => {
    let link = startPictureLink(0);
    for (let i = 0; i < 20; i++) link = notePicture(link, i === 10 ? 260 : 30, i * 50);
    expect(link.level).toBe('full');
  });

  test('comes back when the link is quick again, but not at once', () => {
    const slow = watchFor(2000, startPictureLink(0), 0, () => 60_000);
    const fellAtMs = slow.changes.at(-1)?.atMs ?? 0;
    const quick = watchFor(60_000, slow.link, slow.nowMs, () => 2_000_000);
    expect(quick.link.level).toBe('full');
    expect(quick.changes[0]?.atMs).toBeGreaterThanOrEqual(fellAtMs + 3000);
  });

  test('a long hold-up counts as one slow picture', () => {
    const link = notePicture(startPictureLink(0), 3_600_000, 1);
    expect(link.level).toBe('medium');
  });

  test('settles on any link that stays as it is: in its second minute it changes at most twice', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5000, max: 5_000_000 }),
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        (rate, jitter) => {
          let turn = 0;
          const wavering = () => rate * (1 + jitter * Math.sin(turn++));
          const first = watchFor(60_000, startPictureLink(0), 0, wavering);
          const second = watchFor(60_000, first.link, first.nowMs, wavering);
          expect(second.changes.length).toBeLessThanOrEqual(2);
        },
      ),
    );
  });

  test('is always one that there is, whatever is measured', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: -1e4, max: 1e7, noNaN: true }), fc.nat(5000))), (steps) => {
        let link = startPictureLink(0);
        let nowMs = 0;
        for (const [transferMs, passedMs] of steps) {
          nowMs += passedMs;
          const before = pictureLevels.indexOf(link.level);
          link = notePicture(link, transferMs, nowMs);
          const after = pictureLevels.indexOf(link.level);
          expect(after).toBeGreaterThanOrEqual(0);
          expect(Math.abs(after - before)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
