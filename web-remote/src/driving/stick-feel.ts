import type { Deflection } from './stick-chart.ts';

/** What the wheels are asked for: +1 is full left, +1 is full forward. */
export interface Demand {
  readonly steering: number;
  readonly throttle: number;
}

export const neutralDemand: Demand = { steering: 0, throttle: 0 };

const deadZone = 0.06;
/** 0 is linear; more makes the middle finer and leaves the ends where they are. */
const steeringExpo = 0.35;
const throttleExpo = 0.25;

/** From a stick's deflection to what it asks for. `throttleCap` in (0, 1] limits both ways. */
export function shapeDemand(stick: Deflection, throttleCap: number): Demand {
  return {
    // A stick to the right steers right, which REP-103 counts as negative.
    steering: 0 - shape(stick.right, steeringExpo),
    throttle: shape(stick.up, throttleExpo) * throttleCap,
  };
}

function shape(value: number, expo: number): number {
  const beyond = Math.abs(value) - deadZone;
  if (!(beyond > 0)) return 0;
  const linear = Math.min(1, beyond / (1 - deadZone));
  return Math.sign(value) * ((1 - expo) * linear + expo * linear ** 3);
}
