import type { Severity } from '../../daemon/protocol/events.ts';

/** Milliseconds on, off, on, … */
const patterns: Readonly<Record<Severity, readonly number[]>> = {
  info: [],
  warning: [60],
  critical: [140, 70, 140],
};

/** Makes the driver's hand feel what the screen says, on phones that can. */
export function shake(severity: Severity): void {
  const pattern = patterns[severity];
  // Safari has no vibrate; others refuse it, and complain, before the first tap on the page.
  if (pattern.length === 0 || !('vibrate' in navigator) || !navigator.userActivation.hasBeenActive) return;
  navigator.vibrate([...pattern]);
}
