import type { ApiErrorCode } from '../../../daemon/protocol/api-errors.ts';
import type { EventCode } from '../../../daemon/protocol/events.ts';
import type { RefusalCode } from '../../../daemon/protocol/remote-messages.ts';
import type { TroubleCode } from '../../../daemon/protocol/troubles.ts';

export interface Words {
  readonly text: string;
  /** Empty where there is nothing to do. */
  readonly cure: string;
}

/** A language says every event in its own words. */
export type EventWords = Readonly<Record<EventCode, Words>>;

/** Codes that are no closed list: for one that is missing, the car's own words stand. */
export type WordsForCode = Readonly<Record<string, Words>>;

/** Each code's sentence, where `{name}` stands for a parameter. */
export type TroubleWords = Readonly<Record<TroubleCode, string>>;
export type RefusalWords = Readonly<Record<RefusalCode, string>>;
export type ApiErrorWords = Readonly<Record<ApiErrorCode, string>>;

/** What the car can do to itself. */
export interface PowerWords {
  readonly name: string;
  /** Asked before it is done. */
  readonly question: string;
  readonly begun: string;
  /** By a simulated car. */
  readonly would: string;
}
