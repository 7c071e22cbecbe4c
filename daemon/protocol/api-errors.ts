import { z } from 'zod';
import { troubleBesideText } from './troubles.ts';

/** Why the car does not do what it was asked by HTTP: a word for programs, and for texts in other languages. */
export const apiErrorCodes = [
  'other-site',
  'no-such-path',
  'wrong-method',
  'not-paired',
  'role-too-low',
  'armed',
  'not-json',
  'too-long',
  'body-unfit',
  'query-unfit',
  'refused',
  'failed',
  'no-such-network',
  'no-such-device',
  'not-needed',
  'wrong-code',
  'pairing-closed',
  'too-many-tries',
  'too-many-devices',
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];

/**
 * Every refusal below /api/: `code` is a word for programs and for texts in other languages, `text` a sentence. A newer car may
 * have codes that its reader does not know.
 */
export const apiErrorSchema = z.object({
  error: z.object({ code: z.string(), text: z.string(), trouble: troubleBesideText }),
});
