/**
 * A newest-value exchange between two threads, over three slots of memory: one is filled, one is read, and the third goes
 * to and fro. Neither side ever waits for the other, and nothing queues: what was put and not yet taken is replaced.
 *
 * All of it is one number in shared memory: which slot is in between, whether it holds something new, and whether the
 * taker found nothing and rests. It is changed by single atomic steps, so that no sequence of both sides' steps loses a
 * value or a wake-up.
 */

/** Slots are 0, 1 and 2: the putter begins with 0, the taker with 1. */
export const slotCount = 3;

const slotBits = 0b0011;
const freshBit = 0b0100;
const restingBit = 0b1000;
const firstBetween = 2;

export type ExchangeWord = Int32Array<SharedArrayBuffer>;

/** The taker rests at first: the first value must wake it. */
export function newExchangeWord(): ExchangeWord {
  const word = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  word[0] = firstBetween | restingBit;
  return word;
}

export interface Putter {
  /** The slot to fill next; nobody else reads it. */
  readonly slot: number;
  /**
   * Hands the filled slot over; `slot` is another one from then on.
   * `replaced`: the one before was not taken and never will be. `wakes`: the taker rests, and must be told to take.
   */
  put(): { readonly replaced: boolean; readonly wakes: boolean };
}

export function createPutter(word: ExchangeWord): Putter {
  let slot = 0;
  return {
    get slot() {
      return slot;
    },
    put() {
      const before = Atomics.exchange(word, 0, slot | freshBit);
      slot = before & slotBits;
      return { replaced: (before & freshBit) !== 0, wakes: (before & restingBit) !== 0 };
    },
  };
}

export interface Taker {
  /** The newest slot that was put, to be read until the next call. Undefined: there is none, and the taker rests. */
  take(): number | undefined;
}

export function createTaker(word: ExchangeWord): Taker {
  let slot = 1;
  return {
    take() {
      for (;;) {
        const seen = Atomics.load(word, 0);
        const isFresh = (seen & freshBit) !== 0;
        // What is in between may have been replaced since it was seen: then once more.
        if (Atomics.compareExchange(word, 0, seen, isFresh ? slot : seen | restingBit) !== seen) continue;
        if (!isFresh) return undefined;
        slot = seen & slotBits;
        return slot;
      }
    },
  };
}
