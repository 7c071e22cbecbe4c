import { CarApi, CarRefusal } from '../../../daemon/protocol/car-api.ts';
import { texts } from '../texts/language.ts';

/** The page's own car over HTTP. */
export const carApi = new CarApi({ address: '', fetch: (url, options) => fetch(url, options) });

/** Why the car did not do it, in the page's language where the refusal has a word that it knows; else in the car's own. */
export function whyNot(error: unknown): string {
  const { byCode, noAnswer } = texts.value.carRefusals;
  if (error instanceof CarRefusal) return byCode[error.code] ?? error.message;
  // What `fetch` throws is the browser's own, and English.
  return noAnswer;
}
