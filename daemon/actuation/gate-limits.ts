import type { ActuatorConfig } from '../protocol/actuator-config.ts';

export interface GateLimits {
  readonly commandLifetimeMs: number;
  /** Largest change of the normalised value in a second. */
  readonly steeringSlewPerS: number;
  readonly throttleSlewPerS: number;
  /** Caps on the normalised throttle, both given as positive numbers. */
  readonly maxForward: number;
  readonly maxReverse: number;
}

export function gateLimits(config: ActuatorConfig): GateLimits {
  return {
    commandLifetimeMs: config.commandLifetimeMs,
    steeringSlewPerS: config.steering.slewPerS,
    throttleSlewPerS: config.throttle.slewPerS,
    maxForward: config.throttle.maxForward,
    maxReverse: config.throttle.maxReverse,
  };
}

const ceilings: GateLimits = {
  commandLifetimeMs: 250,
  steeringSlewPerS: 100,
  throttleSlewPerS: 100,
  maxForward: 1,
  maxReverse: 1,
};

/** Throws RangeError on limits that are none: NaN, infinite, negative, zero where zero would mean "no limit". */
export function checkGateLimits(limits: GateLimits): void {
  for (const name of Object.keys(ceilings) as (keyof GateLimits)[]) {
    const value = limits[name];
    const positive = value > 0 || (value === 0 && name === 'maxReverse');
    if (!(positive && value <= ceilings[name])) {
      throw new RangeError(`the gate's ${name} is ${value}; it must be over 0 and at most ${ceilings[name]}`);
    }
  }
}
