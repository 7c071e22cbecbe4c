import type { CarEvent } from '../../../daemon/protocol/events.ts';
import type { ArmingObstacle } from '../../../daemon/protocol/modes.ts';
import type { Trouble } from '../../../daemon/protocol/troubles.ts';
import { inWordsOf } from './car-words.ts';
import type { Texts } from './en.ts';
import type { TroubleWords, Words } from './words.ts';

type Told = Pick<Texts, 'troubles' | 'carWords' | 'obstacles'>;

/**
 * What the car says of trouble, in the words of a language: by its code, with the car's English behind it, which whoever looks
 * it up needs as it is; without a code as far as the language knows the sentence.
 */
export function inWordsOfTrouble(words: Told, text: string, trouble: Trouble | undefined): string {
  const { troubles } = words;
  // The car's own language.
  if (troubles === undefined) return text;
  if (trouble === undefined) return inWordsOf(words.carWords, text);
  const exactly = (trouble.because ?? []).map((cause) => filled(troubles, cause)).join('; ');
  return `${filled(troubles, trouble)}${exactly === '' ? '' : `: ${exactly}`} (${text})`;
}

/** The sentence of a code, its `{names}` replaced. */
function filled(troubles: TroubleWords, { code, parameters }: Trouble): string {
  return troubles[code].replace(/\{(\w+)\}/g, (_whole, name: string) => String(parameters[name] ?? ''));
}

/** What stands in the way, and its cure: as the language says it, and what exactly where the car tells more than the code does. */
export function obstacleWords(words: Told, obstacle: ArmingObstacle): Words {
  const known = words.obstacles[obstacle.code];
  if (known === undefined) return obstacle;
  const exactly = inWordsOfTrouble(words, obstacle.text, obstacle.trouble);
  const isMore = exactly !== obstacle.text && exactly !== known.text;
  const cure = inWordsOf(words.carWords, obstacle.cure);
  return {
    text: isMore ? `${known.text}: ${exactly}` : known.text,
    cure: cure === obstacle.cure ? known.cure : cure,
  };
}

/** What exactly happened, beside what the event's code says; undefined where there is no more to say. */
export function detailOf(words: Told, { detail, trouble, obstacles }: CarEvent): string | undefined {
  if (obstacles !== undefined) return obstacles.map((obstacle) => obstacleWords(words, obstacle).text).join('; ');
  return detail === undefined ? undefined : inWordsOfTrouble(words, detail, trouble);
}
