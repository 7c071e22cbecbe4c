import type { ActuatorConfig } from '../protocol/actuation-messages.ts';
import { type PulseRange, pwmTiming, steeringRange, throttleRange } from './pulses.ts';

/** Less than this between neutral and an end is a slip of the pen, and leaves a servo or a speed controller no room. */
const leastTravelUs = 50;
/** A pulse needs some rest before the next one. */
const leastRestUs = 100;
const allCallAddress = 0x70;

/**
 * What one field of the schema cannot see: how the numbers stand to each other. Returns every problem in words, each
 * with the name of the field to change; none when the configuration is sound.
 */
export function actuatorConfigProblems(config: ActuatorConfig): string[] {
  const { pca9685, steering, throttle } = config;
  const problems: string[] = [];
  if (pca9685.address === allCallAddress) {
    problems.push(
      'actuators.pca9685.address is 0x70, the All-Call address of every PCA9685, not a board: usual is 0x40',
    );
  }
  if (steering.channel === throttle.channel) {
    problems.push(
      `actuators.steering.channel and actuators.throttle.channel are both ${steering.channel}: they must differ`,
    );
  }
  if (!isBetween(steering.centrePulseUs, steeringRange(steering))) {
    problems.push(
      `actuators.steering.centrePulseUs is ${steering.centrePulseUs}: it must lie between leftPulseUs ` +
        `(${steering.leftPulseUs}) and rightPulseUs (${steering.rightPulseUs}), ${leastTravelUs} or more from each`,
    );
  }
  const range = throttleRange(throttle);
  const forwardOnly = throttle.maxReverse === 0 && range.minusUs === range.neutralUs;
  const sound = forwardOnly
    ? Math.abs(range.plusUs - range.neutralUs) >= leastTravelUs
    : isBetween(range.neutralUs, range);
  if (!sound) {
    problems.push(
      `actuators.throttle.neutralPulseUs is ${throttle.neutralPulseUs}: it must lie between reversePulseUs ` +
        `(${throttle.reversePulseUs}) and forwardPulseUs (${throttle.forwardPulseUs}), ${leastTravelUs} or more from ` +
        'each; for a car without reverse set maxReverse to 0 and reversePulseUs to neutralPulseUs',
    );
  }
  const longestUs = Math.max(
    ...[steeringRange(steering), range].flatMap(({ plusUs, neutralUs, minusUs }) => [plusUs, neutralUs, minusUs]),
  );
  const periodUs = pwmTiming(pca9685.frequencyHz).periodMs * 1000;
  if (longestUs > periodUs - leastRestUs) {
    problems.push(
      `actuators.pca9685.frequencyHz is ${pca9685.frequencyHz}: its period of ${Math.round(periodUs)} us is too short ` +
        `for a pulse of ${longestUs} us; servos and speed controllers want 50 to 60`,
    );
  }
  return problems;
}

function isBetween(middleUs: number, { plusUs, minusUs }: PulseRange): boolean {
  const least = Math.min(plusUs, minusUs) + leastTravelUs;
  const most = Math.max(plusUs, minusUs) - leastTravelUs;
  return middleUs >= least && middleUs <= most;
}
