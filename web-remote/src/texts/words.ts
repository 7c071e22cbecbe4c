import type { EventCode } from '../../../daemon/protocol/events.ts';

export interface Words {
  readonly text: string;
  /** Empty where there is nothing to do. */
  readonly cure: string;
}

/** A language says every event in its own words. */
export type EventWords = Readonly<Record<EventCode, Words>>;

/** Codes that are no closed list: for one that is missing, the car's own words stand. */
export type WordsForCode = Readonly<Record<string, Words>>;

/** What the car can do to itself. */
export interface PowerWords {
  readonly name: string;
  /** Asked before it is done. */
  readonly question: string;
  readonly begun: string;
  /** By a simulated car. */
  readonly would: string;
}
