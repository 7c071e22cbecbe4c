import { createRandom } from './scene/random.ts';

/** What a real drive train adds to what it was told: slack in the steering, a motor that does not pull evenly. */
export interface Disturbance {
  /** Added to the normalised steering. */
  readonly steering: number;
  /** Factor on the throttle, at most 1. */
  readonly throttle: number;
}

const stepS = 0.001;
const correlationS = 0.4;
/** Standard deviations at a level of 1: a third of a degree at the wheels, one part in a hundred of the speed. */
const steeringDeviation = 0.012;
const throttleDeviation = 0.01;

/** Seeded wandering (Ornstein-Uhlenbeck), one value a millisecond. A level of 0 disturbs nothing. */
export function createDisturbance(seed: number, level: number): () => Disturbance {
  const random = createRandom(seed);
  const keep = Math.exp(-stepS / correlationS);
  const kick = Math.sqrt(1 - keep * keep);
  let steering = 0;
  let throttle = 0;
  return () => {
    steering = keep * steering + kick * random.normal();
    throttle = keep * throttle + kick * random.normal();
    return {
      steering: level * steeringDeviation * steering,
      throttle: 1 - Math.min(0.05, level * throttleDeviation * Math.abs(throttle)),
    };
  };
}
