import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absentPad,
  isPadPushed,
  livePadDeflection,
  type PadReading,
  type PadState,
  padFrozenAfterMs,
  pushedControl,
  reducePad,
  standardMapping,
} from './gamepad-chart.ts';

const rest: PadReading = {
  id: 'pad',
  timestampMs: 1,
  axes: [0.02, -0.01, 0, 0],
  buttons: Array.from({ length: 17 }, () => 0),
};
const pushed = (change: { x?: number; forward?: number; backward?: number; timestampMs?: number }): PadReading => ({
  ...rest,
  timestampMs: change.timestampMs ?? 2,
  axes: [change.x ?? 0, 0, 0, 0],
  buttons: rest.buttons.map((_, i) => (i === 7 ? (change.forward ?? 0) : i === 6 ? (change.backward ?? 0) : 0)),
});

/** A pad and a clock that is stepped. */
class Story {
  state: PadState = absentPad;
  #nowMs = 0;

  look(reading: PadReading | undefined, afterMs = 16): this {
    this.#nowMs += afterMs;
    this.state = reducePad(this.state, { kind: 'look', reading, mapping: standardMapping, atMs: this.#nowMs });
    return this;
  }

  release(): this {
    this.state = reducePad(this.state, { kind: 'release' });
    return this;
  }
}

describe('a gamepad', () => {
  test('steers by its left stick and drives by its right trigger, backwards by its left one', () => {
    expect(livePadDeflection(new Story().look(rest).look(pushed({ x: -1, forward: 0.5 })).state)).toEqual({
      right: -1,
      up: 0.5,
    });
    expect(livePadDeflection(new Story().look(rest).look(pushed({ backward: 1 })).state).up).toBe(-1);
  });

  test('one that appears with its trigger held drives nothing until it has been let go of', () => {
    const story = new Story().look(pushed({ forward: 1 }));
    expect(isPadPushed(story.state)).toBe(false);
    expect(isPadPushed(story.look(pushed({ forward: 1, timestampMs: 9 })).state)).toBe(false);
    expect(isPadPushed(story.look(rest).look(pushed({ forward: 1 })).state)).toBe(true);
  });

  test('one that is gone is released, and comes back at rest', () => {
    const story = new Story()
      .look(rest)
      .look(pushed({ forward: 1 }))
      .look(undefined);
    expect(livePadDeflection(story.state)).toEqual({ right: 0, up: 0 });
    expect(isPadPushed(story.look(pushed({ forward: 1 })).state)).toBe(false);
  });

  test('one that repeats its last word counts as released; one that trembles does not', () => {
    const story = new Story().look(rest);
    for (let i = 0; i < 20; i++) story.look(pushed({ forward: 1, timestampMs: 10 + i }), padFrozenAfterMs / 4);
    expect(isPadPushed(story.state)).toBe(true);
    story.look(pushed({ forward: 1, timestampMs: 29 }), padFrozenAfterMs + 1);
    expect(story.state.kind).toBe('frozen');
    expect(isPadPushed(story.look(pushed({ forward: 1, timestampMs: 50 })).state), 'not by a late word').toBe(false);
    expect(isPadPushed(story.look(rest).look(pushed({ forward: 1 })).state), 'but after rest').toBe(true);
  });

  test('a pad that rests may be silent for as long as it likes', () => {
    const story = new Story()
      .look(rest)
      .look(rest, 60_000)
      .look(pushed({ forward: 1 }));
    expect(isPadPushed(story.state)).toBe(true);
  });

  test('what lets go of everything lets go of the pad: it has to be brought to rest first', () => {
    const story = new Story()
      .look(rest)
      .look(pushed({ forward: 1 }))
      .release();
    expect(isPadPushed(story.look(pushed({ forward: 1, timestampMs: 3 })).state)).toBe(false);
    expect(isPadPushed(story.look(rest).look(pushed({ forward: 1, timestampMs: 4 })).state)).toBe(true);
  });
});

describe('finding a control', () => {
  test('is the one that was pushed since the question was put', () => {
    expect(pushedControl(rest, pushed({ forward: 1 }))).toEqual({ kind: 'button', index: 7 });
    expect(pushedControl(rest, pushed({ x: -0.9 }))).toEqual({ kind: 'axis', index: 0, sign: -1 });
    expect(pushedControl(rest, rest)).toBeUndefined();
  });

  test('is no trigger that rests at one end of its axis', () => {
    const resting: PadReading = { ...rest, axes: [0, 0, -1, -1] };
    expect(pushedControl(resting, resting)).toBeUndefined();
    expect(pushedControl(resting, { ...resting, axes: [0, 0, 1, -1] })).toEqual({ kind: 'axis', index: 2, sign: 1 });
  });
});

test('whatever a pad says: within full deflection, and nothing from one that was never at rest', () => {
  const number = fc.oneof(fc.double({ min: -2, max: 2 }), fc.constant(Number.NaN));
  const reading: fc.Arbitrary<PadReading> = fc.record({
    id: fc.constantFrom('a', 'b'),
    timestampMs: fc.nat(50),
    axes: fc.array(number, { maxLength: 6 }),
    buttons: fc.array(number, { maxLength: 18 }),
  });
  fc.assert(
    fc.property(fc.array(fc.option(reading, { nil: undefined }), { maxLength: 40 }), (readings) => {
      const story = new Story();
      for (const one of readings) {
        const before = story.state;
        story.look(one, 300);
        const { right, up } = livePadDeflection(story.state);
        expect(Math.abs(right)).toBeLessThanOrEqual(1);
        expect(Math.abs(up)).toBeLessThanOrEqual(1);
        if (before.kind !== 'live') expect(isPadPushed(story.state)).toBe(false);
      }
    }),
  );
});
