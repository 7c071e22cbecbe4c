import { CarApi, CarRefusal } from '../../../daemon/protocol/car-api.ts';
import { texts } from '../texts/language.ts';
import { inWordsOfTrouble } from '../texts/told.ts';

/** The page's own car over HTTP. */
export const carApi = new CarApi({ address: '', fetch: (url, options) => fetch(url, options) });

/** Why the car did not do it, in the page's language where the refusal has a word that it knows; else in the car's own. */
export function whyNot(error: unknown): string {
  const { byCode, noAnswer } = texts.value.carRefusals;
  if (error instanceof CarRefusal) {
    const { code, message, trouble } = error;
    if (trouble !== undefined) return inWordsOfTrouble(texts.value, message, trouble);
    return byCode !== undefined && isKnown(byCode, code) ? byCode[code] : message;
  }
  // What `fetch` throws is the browser's own, and English.
  return noAnswer;
}

/** A newer car may have codes that this page does not know. */
function isKnown<Code extends string>(words: Readonly<Record<Code, string>>, code: string): code is Code {
  return Object.hasOwn(words, code);
}
