import type { EventCode, Severity } from '../../daemon/protocol/events.ts';

/** Milliseconds on, off, on, … */
const patterns: Readonly<Record<Severity, readonly number[]>> = {
  info: [],
  warning: [60],
  critical: [140, 70, 140],
};

/** Good news that the hand should know of all the same: from now on the wheels turn. */
const ownPatterns: Readonly<Partial<Record<EventCode, readonly number[]>>> = { armed: [40] };

/** Makes the driver's hand feel what the screen says, on phones that can. Not in a pocket. */
export function shake({ code, severity }: { readonly code?: EventCode; readonly severity: Severity }): void {
  const pattern = (code && ownPatterns[code]) ?? patterns[severity];
  if (pattern.length === 0 || document.hidden) return;
  // Safari has no vibrate; others refuse it, and complain, before the first tap on the page.
  if (!('vibrate' in navigator) || !navigator.userActivation.hasBeenActive) return;
  navigator.vibrate([...pattern]);
}
