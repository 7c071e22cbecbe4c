import { eventTexts } from '../../../../daemon/protocol/events.ts';
import type { CarWords } from '../car-words.ts';
import type { ApiErrorWords, EventWords, RefusalWords, TroubleWords, WordsForCode } from '../words.ts';

/** What the car itself says: events, what stands in the way of arming, refusals, and the words beside them. */
export const carMessages = {
  /** By code: what the car reports, and what stands in the way of arming. The car's own words are English already. */
  events: eventTexts as EventWords,
  obstacles: {} as WordsForCode,
  /** Undefined where the car's own words are in this language; else every code has its own. */
  refusals: undefined as RefusalWords | undefined,
  /** As `refusals`, with the car's words behind each. */
  troubles: undefined as TroubleWords | undefined,
  /** What the car says beside its codes: details of events, hints of its computer, why its wheels stand. English already. */
  carWords: { sentences: {}, patterns: [] } as CarWords,
  /** Why the car refused what was asked by HTTP, by code. */
  carRefusals: {
    byCode: undefined as ApiErrorWords | undefined,
    noAnswer: 'The car did not answer. Is it on?',
  },
};

export type CarMessageTexts = typeof carMessages;
