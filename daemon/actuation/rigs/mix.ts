import type { Drive } from '../rig.ts';

/** What either side's motors get, in [-1, 1]. */
export interface Sides {
  readonly left: number;
  readonly right: number;
}

/**
 * Steering by two sides that turn at different speeds. The curve depends on the steering alone, as it does with steered
 * wheels: what a side would get beyond full is taken from both. Without throttle nothing turns, so that a neutral throttle is
 * a standing car.
 * @param turnShare how much slower the inner side is at full steering, in (0, 1].
 */
export function mixSides({ steering, throttle }: Drive, turnShare: number): Sides {
  const turn = turnShare * steering;
  const left = throttle * (1 - turn);
  const right = throttle * (1 + turn);
  const over = Math.max(1, Math.abs(left), Math.abs(right));
  return { left: left / over, right: right / over };
}
