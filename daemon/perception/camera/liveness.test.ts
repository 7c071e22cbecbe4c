import { describe, expect, it } from 'vitest';
import { judgeLiveness, noteBlackPicture, noteNewPicture, noteOldPicture, startLiveness } from './liveness.ts';

const limits = { stallMs: 300, restartMs: 1000, repeatRestartMs: 3000, startMs: 5000 };

describe('liveness', () => {
  it('gives a program time to start, but not for ever', () => {
    const liveness = startLiveness(100);
    expect(judgeLiveness(liveness, 5000, limits)).toEqual({ state: 'starting' });
    expect(judgeLiveness(liveness, 5100, limits)).toMatchObject({
      state: 'never-started',
      text: 'no picture within 5 s of its start',
    });
  });

  it('is none of black pictures, for which nothing is started anew, from the first one on', () => {
    let liveness = startLiveness(0);
    for (let nowMs = 1000; nowMs <= 9000; nowMs += 250) liveness = noteBlackPicture(liveness, nowMs);
    expect(judgeLiveness(liveness, 1200, limits)).toEqual({ state: 'streaming' });
    expect(judgeLiveness(liveness, 9000, limits)).toEqual({
      state: 'stalled',
      text: 'black pictures (is the lens covered?) for 8000 ms',
      giveUp: false,
    });
    expect(judgeLiveness(noteNewPicture(liveness, 9100), 9200, limits)).toEqual({ state: 'streaming' });
  });

  it('lasts from new picture to new picture', () => {
    let liveness = startLiveness(0);
    for (let nowMs = 1000; nowMs < 5000; nowMs += 250) {
      liveness = noteNewPicture(liveness, nowMs);
      expect(judgeLiveness(liveness, nowMs + 249, limits)).toEqual({ state: 'streaming' });
    }
  });

  it('is a stall at the limit, and given up at the next', () => {
    const liveness = noteNewPicture(startLiveness(0), 1000);
    expect(judgeLiveness(liveness, 1299, limits)).toEqual({ state: 'streaming' });
    expect(judgeLiveness(liveness, 1300, limits)).toEqual({
      ...{ state: 'stalled', text: 'no picture for 300 ms', giveUp: false },
    });
    expect(judgeLiveness(liveness, 2000, limits)).toMatchObject({ state: 'stalled', giveUp: true });
  });

  it('is not prolonged by the same picture, nor by the same time', () => {
    const streaming = noteNewPicture(startLiveness(0), 1000);
    expect(judgeLiveness(noteOldPicture(streaming, 'same-picture'), 1400, limits)).toMatchObject({
      ...{ state: 'stalled', text: 'the same picture again and again for 400 ms' },
    });
    expect(judgeLiveness(noteOldPicture(streaming, 'same-time'), 1400, limits)).toMatchObject({
      ...{ state: 'stalled', text: 'pictures whose time does not advance for 400 ms' },
    });
    expect(judgeLiveness(noteOldPicture(streaming, 'same-picture'), 3999, limits)).toMatchObject({ giveUp: false });
    expect(judgeLiveness(noteOldPicture(streaming, 'same-picture'), 4000, limits)).toMatchObject({ giveUp: true });
    const again = noteNewPicture(noteOldPicture(streaming, 'same-picture'), 1400);
    expect(judgeLiveness(again, 1500, limits)).toEqual({ state: 'streaming' });
  });
});
