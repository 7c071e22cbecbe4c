import { eventTexts } from '../../../../daemon/protocol/events.ts';
import type { CarWords } from '../car-words.ts';
import type { EventWords, WordsForCode } from '../words.ts';

/** What the car itself says: events, what stands in the way of arming, refusals, and the words beside them. */
export const carMessages = {
  /** By code: what the car reports, and what stands in the way of arming. The car's own words are English already. */
  events: eventTexts as EventWords,
  obstacles: {} as WordsForCode,
  refusals: {} as Readonly<Record<string, string>>,
  /** What the car says beside its codes: details of events, hints of its computer, why its wheels stand. English already. */
  carWords: { sentences: {}, patterns: [] } as CarWords,
  /** Why the car refused what was asked by HTTP, by code. Missing ones stand in the car’s own words. */
  carRefusals: {
    byCode: {} as Readonly<Record<string, string>>,
    noAnswer: 'The car did not answer. Is it on?',
  },
};

export type CarMessageTexts = typeof carMessages;
