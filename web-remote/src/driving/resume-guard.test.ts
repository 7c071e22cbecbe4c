import { expect, test } from 'vitest';
import type { Mode } from '../../../daemon/protocol/modes.ts';
import { type ResumeGuard, stepResumeGuard } from './resume-guard.ts';

/** How often a disarm is asked for, and what the guard thinks in the end. */
function story(modes: readonly Mode[], isDriver = true): { guard: ResumeGuard; disarms: number } {
  let guard: ResumeGuard = 'unproven';
  let disarms = 0;
  for (const mode of modes) {
    const step = stepResumeGuard(guard, mode, isDriver);
    guard = step.guard;
    if (step.disarm) disarms++;
  }
  return { guard, disarms };
}

test('a car found in manual is disarmed, once, and the stick is worth nothing until it is', () => {
  expect(story(['manual', 'manual', 'manual'])).toEqual({ guard: 'asked-to-disarm', disarms: 1 });
  expect(story(['manual', 'stopping', 'disarmed', 'manual'])).toEqual({ guard: 'proven', disarms: 1 });
});

test('a car at rest, or in the pilot’s hands, is left alone', () => {
  for (const mode of ['disarmed', 'auto', 'stopping', 'estop'] as const) {
    expect(story([mode, 'manual'])).toEqual({ guard: 'proven', disarms: 0 });
  }
});

test('a viewer disarms nobody', () => {
  expect(story(['manual', 'manual'], false)).toEqual({ guard: 'unproven', disarms: 0 });
});
