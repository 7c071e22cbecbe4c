import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPutter, createTaker, newExchangeWord, slotCount } from './newest-slot.ts';

describe('the exchange of the newest slot', () => {
  it('gives what was put last, once, and rests when there is nothing', () => {
    const word = newExchangeWord();
    const [putter, taker] = [createPutter(word), createTaker(word)];
    const first = putter.slot;
    expect(putter.put()).toEqual({ replaced: false, wakes: true });
    expect(taker.take()).toBe(first);
    const second = putter.slot;
    expect(putter.put()).toEqual({ replaced: false, wakes: false });
    const third = putter.slot;
    expect(putter.put()).toEqual({ replaced: true, wakes: false });
    expect([first, second, third].toSorted()).toEqual([0, 1, 2]);
    expect(taker.take()).toBe(third);
    expect(taker.take()).toBeUndefined();
    expect(putter.put()).toEqual({ replaced: false, wakes: true });
  });

  it('in any order of steps never shares a slot, loses a value or forgets to wake', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('put', 'take'), { maxLength: 60 }), (steps) => {
        const word = newExchangeWord();
        const [putter, taker] = [createPutter(word), createTaker(word)];
        const slots = new Array<number>(slotCount).fill(0);
        let put = 0;
        let newest = 0;
        let isTaken = true;
        let rests = true;
        let reading: number | undefined;
        for (const step of steps) {
          if (step === 'put') {
            expect(putter.slot).not.toBe(reading);
            slots[putter.slot] = ++put;
            newest = put;
            expect(putter.put()).toEqual({ replaced: !isTaken, wakes: rests });
            isTaken = false;
            rests = false;
          } else {
            const slot = taker.take();
            expect(slot === undefined).toBe(isTaken);
            if (slot !== undefined) expect(slots[slot]).toBe(newest);
            reading = slot ?? reading;
            rests = slot === undefined;
            isTaken = true;
          }
        }
      }),
    );
  });
});
