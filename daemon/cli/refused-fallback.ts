import type { ConfigFallback } from '../car/config-store.ts';
import { UserError } from '../platform/user-error.ts';

/** What to say where not even the copy lets the car start: first of the file, for it is the file that somebody changed. */
export function refusedFallback(fallback: ConfigFallback, refusal: UserError): UserError {
  const { text, copy } = fallback;
  return new UserError(
    `${text}\nNor does the last good copy, ${copy.file} of ${copy.keptAt.toISOString()}, let the car start: ${refusal.message}`,
  );
}
