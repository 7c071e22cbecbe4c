import type { Deflection } from './stick-chart.ts';

/** What the wheels are asked for: +1 is full left, +1 is full forward. */
export interface Demand {
  readonly steering: number;
  readonly throttle: number;
}

export const neutralDemand: Demand = { steering: 0, throttle: 0 };

/** How a stick's deflection becomes what is asked for. */
export interface Feel {
  /** Share of the way around the middle that does nothing, in [0, 0.3]. */
  readonly deadZone: number;
  /** In [0, 0.9]: 0 is linear; more makes the middle finer and leaves the ends where they are. */
  readonly steeringExpo: number;
  readonly throttleExpo: number;
  /** Share of the full throttle forward, in (0, 1]: a child's car is a slow one. */
  readonly throttleCap: number;
  /** Share of the full throttle backward, in [0, 1]; never more than `throttleCap`. 0 is a car that only goes forward. */
  readonly reverseCap: number;
  /** Added to the steering, in [-0.3, 0.3], +1 left: what straight ahead is for a car that pulls to one side. */
  readonly trim: number;
  /** Backwards, a push to the right brings the tail to the right: as if the driver looked back. */
  readonly turnRoundInReverse: boolean;
}

export const defaultFeel: Feel = {
  deadZone: 0.06,
  steeringExpo: 0.35,
  throttleExpo: 0.25,
  throttleCap: 0.6,
  reverseCap: 0.5,
  trim: 0,
  turnRoundInReverse: false,
};

/** From a stick's deflection to what it asks for. */
export function shapeDemand(stick: Deflection, feel: Feel): Demand {
  const throttle = shape(stick.up, feel.deadZone, feel.throttleExpo);
  const cap = throttle < 0 ? Math.min(feel.reverseCap, feel.throttleCap) : feel.throttleCap;
  const turnRound = feel.turnRoundInReverse && throttle < 0;
  const right = shape(stick.right, feel.deadZone, feel.steeringExpo) * (turnRound ? -1 : 1);
  return {
    // A stick to the right steers right, which REP-103 counts as negative.
    steering: Math.max(-1, Math.min(1, feel.trim - right)),
    throttle: throttle * cap + 0,
  };
}

function shape(value: number, deadZone: number, expo: number): number {
  const beyond = Math.abs(value) - deadZone;
  if (!(beyond > 0)) return 0;
  const linear = Math.min(1, beyond / (1 - deadZone));
  return Math.sign(value) * ((1 - expo) * linear + expo * linear ** 3);
}
