import type { Mode } from '../../../daemon/protocol/modes.ts';

/**
 * A page that has just (re)connected never resumes motion. Until it has seen the car at rest, or in the pilot's hands,
 * with its own eyes, its stick is worth nothing; and a car that is found in manual by its driver is disarmed.
 */
export type ResumeGuard = 'unproven' | 'asked-to-disarm' | 'proven';

export interface GuardStep {
  readonly guard: ResumeGuard;
  readonly disarm: boolean;
}

/** After each telemetry. `isDriver`: this page holds the lease. */
export function stepResumeGuard(guard: ResumeGuard, mode: Mode, isDriver: boolean): GuardStep {
  if (guard === 'proven' || mode !== 'manual') return { guard: 'proven', disarm: false };
  if (!isDriver || guard === 'asked-to-disarm') return { guard, disarm: false };
  return { guard: 'asked-to-disarm', disarm: true };
}
