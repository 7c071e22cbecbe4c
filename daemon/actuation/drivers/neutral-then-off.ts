import type { PwmTiming } from '../pulses.ts';
import type { Pca9685 } from './pca9685.ts';

/** Tries a step again where it fails, as often as its owner thinks fit; rejects with the last error. */
export type Insist = (step: () => Promise<void>) => Promise<void>;

/**
 * The one way in which pulses end: throttle neutral for two periods, so that the speed controller has seen it, then no more
 * pulses on either channel. Steering keeps its pulse until the last.
 * @param neutral the throttle's OFF count and the timing it was counted in, which is that of the running chip.
 */
export async function neutralThenOff(
  chip: Pca9685,
  neutral: { readonly throttle: number; readonly timing: PwmTiming },
  insist: Insist,
): Promise<void> {
  await insist(() => chip.holdNeutral(neutral.throttle, neutral.timing));
  await insist(() => chip.off());
}
