import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { modeSchema } from '../../../daemon/protocol/modes.ts';
import { rates } from '../../../daemon/protocol/rates.ts';
import { clientMessageSchema } from '../../../daemon/protocol/remote-messages.ts';
import { initialSender, type SenderInput, stepSender } from './drive-sender.ts';
import { neutralDemand } from './stick-feel.ts';

const tickMs = rates.driverCommandPeriodMs;
const full = { steering: -1, throttle: 1 };

/** A driver with a car and a clock that is stepped. */
class Story {
  #state = initialSender;
  #now: SenderInput = {
    nowMs: 1000,
    connected: true,
    mayDrive: true,
    attentive: true,
    mode: 'manual',
    demand: neutralDemand,
    touched: false,
    inputAtMs: 1000,
  };
  readonly sent: { steering: number; throttle: number; sequence: number; inputAtMs: number; sentAtMs: number }[] = [];

  /** Changes something, and ticks that often. Returns what was sent meanwhile. */
  next(change: Partial<SenderInput>, ticks: number, stepMs: number = tickMs): number {
    const before = this.sent.length;
    this.#now = { ...this.#now, ...change };
    for (let i = 0; i < ticks; i++) {
      this.#now = { ...this.#now, nowMs: this.#now.nowMs + stepMs };
      if (change.inputAtMs === undefined) this.#now = { ...this.#now, inputAtMs: this.#now.nowMs };
      const step = stepSender(this.#state, this.#now);
      this.#state = step.state;
      if (step.message !== undefined) this.sent.push(step.message);
    }
    return this.sent.length - before;
  }
}

describe('the drive sender', () => {
  test('sends the held stick thirty times a second', () => {
    const story = new Story();
    expect(story.next({ touched: true, demand: full }, 30)).toBe(30);
    expect(story.sent.every((message) => message.throttle === 1 && message.steering === -1)).toBe(true);
  });

  test('says neutral at once when the stick is released, not at the next tick, and goes on saying it', () => {
    const story = new Story();
    story.next({ touched: true, demand: full }, 3);
    expect(story.next({ touched: false, demand: neutralDemand }, 1, 2)).toBe(1);
    expect(story.sent.at(-1)).toMatchObject({ throttle: 0, steering: 0 });
    expect(story.next({}, 10)).toBe(10);
    const last = story.sent.at(-1);
    expect(last?.sentAtMs).toBe(last?.inputAtMs);
  });

  test('an untouched stick is neutral whatever value it still has', () => {
    const story = new Story();
    story.next({ touched: false, demand: full }, 3);
    expect(story.sent.map((message) => message.throttle)).toEqual([0, 0, 0]);
  });

  test('a page that loses attention says neutral once more, then nothing, and starts again when it is back', () => {
    const story = new Story();
    story.next({ touched: true, demand: full }, 3);
    expect(story.next({ attentive: false }, 20)).toBe(1);
    expect(story.sent.at(-1)).toMatchObject({ throttle: 0, steering: 0 });
    expect(story.next({ attentive: true, touched: false }, 5)).toBe(5);
  });

  test('keeps quiet in auto while nothing is touched', () => {
    const story = new Story();
    expect(story.next({ mode: 'auto' }, 20)).toBe(0);
    expect(story.next({ touched: true, demand: full }, 2)).toBe(2);
    expect(story.next({ touched: false, demand: neutralDemand }, 20)).toBe(1);
  });

  test('sends nothing without a connection, a lease, or a car whose mode is known', () => {
    for (const change of [{ connected: false }, { mayDrive: false }, { mode: undefined }] as const) {
      expect(new Story().next(change, 10)).toBe(0);
    }
  });

  test('a screen that stands still ages its input: the proof is the look, not the timer', () => {
    const story = new Story();
    story.next({ touched: true, demand: full, inputAtMs: 1000 }, 20);
    const last = story.sent.at(-1);
    expect((last?.sentAtMs ?? 0) - (last?.inputAtMs ?? 0)).toBeGreaterThan(rates.driverNeutralAfterMs);
  });
});

test('whatever happens: valid messages, growing numbers, no throttle from an untouched or unseen stick', () => {
  const inputs = fc.array(
    fc.record({
      stepMs: fc.integer({ min: 0, max: 200 }),
      connected: fc.boolean(),
      mayDrive: fc.boolean(),
      attentive: fc.boolean(),
      mode: fc.option(fc.constantFrom(...modeSchema.options), { nil: undefined }),
      touched: fc.boolean(),
      demand: fc.record({
        steering: fc.double({ min: -1, max: 1, noNaN: true }),
        throttle: fc.double({ min: -1, max: 1, noNaN: true }),
      }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(inputs, (steps) => {
      let state = initialSender;
      let nowMs = 0;
      let sequence = -1;
      for (const { stepMs, ...input } of steps) {
        nowMs += stepMs;
        const step = stepSender(state, { ...input, nowMs, inputAtMs: nowMs });
        state = step.state;
        const { message } = step;
        if (message === undefined) continue;
        expect(clientMessageSchema.safeParse(message).success).toBe(true);
        expect(input.connected && input.mayDrive).toBe(true);
        expect(message.sequence).toBeGreaterThan(sequence);
        sequence = message.sequence;
        if (!input.touched || !input.attentive) expect([message.steering, message.throttle]).toEqual([0, 0]);
      }
    }),
  );
});
