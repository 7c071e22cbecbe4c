import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { type Finding, ill, well } from './finding.ts';

/** One gentle movement, what a person must see, and what to change when it is not seen. */
export interface Movement {
  readonly check: string;
  readonly steering: number;
  readonly throttle: number;
  readonly question: string;
  readonly cure: string;
}

/** Half lock, and a throttle that turns wheels in the air slowly. */
const gentleSteering = 0.5;
const gentleThrottle = 0.15;

const noPower = 'its channel, plug, or the V+ of the board';
const bridgeCure =
  'Exchange forward and reverse of its motors in actuators; nothing at all: the motor battery, supply and enable input of the bridge, its channels';

/** Undefined of a configuration is the first. */
type CarKind = NonNullable<ActuatorConfig['kind']>;

/** What a car's wheels are tried with, one thing after the other. */
export function movementsOf(actuators: { readonly kind?: CarKind | undefined }): readonly Movement[] {
  const kind: CarKind = actuators.kind ?? 'servo-and-speed-controller';
  switch (kind) {
    case 'differential':
      return bySides;
    case 'servo-and-motors':
      return steered({ motorStands: 'the wires between bridge and motor', motorTurns: bridgeCure });
    case 'servo-and-speed-controller':
      return steered({
        motorStands: 'actuators.throttle.neutralPulseUs',
        motorTurns:
          'Exchange forwardPulseUs and reversePulseUs in actuators.throttle; nothing at all: the motor battery, the ESC, its channel',
      });
  }
}

const steered = (cures: { readonly motorStands: string; readonly motorTurns: string }): readonly Movement[] => [
  {
    check: 'steers left',
    steering: gentleSteering,
    throttle: 0,
    question: 'Do the front wheels point LEFT, as seen from the driver?',
    cure: `Exchange leftPulseUs and rightPulseUs in actuators.steering; nothing at all: ${noPower}`,
  },
  {
    check: 'steers right',
    steering: -gentleSteering,
    throttle: 0,
    question: 'Do they point RIGHT?',
    cure: 'Set actuators.steering.rightPulseUs: docs/calibration.md',
  },
  {
    check: 'steers straight',
    steering: 0,
    throttle: 0,
    question: 'Do they point STRAIGHT ahead, and do the driven wheels STAND STILL?',
    cure: `Set actuators.steering.centrePulseUs: docs/calibration.md; wheels that turn: ${cures.motorStands}`,
  },
  {
    check: 'drives forward',
    steering: 0,
    throttle: gentleThrottle,
    question: 'Did the driven wheels turn slowly FORWARD, and stop again?',
    cure: cures.motorTurns,
  },
];

/** Without throttle nothing turns there: so each side is told from the other by its speed, at full steering. */
const bySides: readonly Movement[] = [
  {
    check: 'stands still',
    steering: 0,
    throttle: 0,
    question: 'Do all wheels STAND STILL?',
    cure: 'Switch the motor battery off, and check the wires between motor board and motors',
  },
  {
    check: 'drives forward',
    steering: 0,
    throttle: gentleThrottle,
    question: 'Did the wheels of BOTH sides turn slowly FORWARD, and stop again?',
    cure: bridgeCure,
  },
  {
    check: 'turns left',
    steering: 1,
    throttle: gentleThrottle,
    question: 'Did the RIGHT wheels turn faster than the left ones?',
    cure: 'Exchange leftMotors and rightMotors in actuators',
  },
  {
    check: 'turns right',
    steering: -1,
    throttle: gentleThrottle,
    question: 'Did the LEFT wheels turn faster than the right ones?',
    cure: 'Exchange leftMotors and rightMotors in actuators',
  },
];

/** What moves the wheels and asks the person who watches them. */
export interface WheelTrial {
  /** Holds the values for a moment; the throttle is neutral again when it resolves. */
  move(values: { readonly steering: number; readonly throttle: number }): Promise<void>;
  /** `stop`: the person wants no more. */
  ask(question: string): Promise<'yes' | 'no' | 'stop'>;
}

/** What was asked for was not done, so it does not count as done. */
export const notToTheEnd: Finding = ill(
  'wheels',
  'they were not tried to the end',
  'Ask again with "jetson-car doctor --wheels-up" when the wheels are in the air',
);

/** Moves one thing after the other and asks of each. After an answer of `stop` nothing moves any more. */
export async function tryWheels(movements: readonly Movement[], trial: WheelTrial): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { check, question, cure, ...values } of movements) {
    await trial.move(values);
    const answer = await trial.ask(question);
    if (answer === 'stop') return [...findings, notToTheEnd];
    findings.push(answer === 'yes' ? well(check, 'seen by a person') : ill(check, 'a person saw otherwise', cure));
  }
  return findings;
}
