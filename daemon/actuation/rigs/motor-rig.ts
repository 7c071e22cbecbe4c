import type {
  BridgeMotor,
  DifferentialActuatorConfig,
  DigitalOutput,
  MotorActuatorConfig,
  Pca9685Config,
  PwmOutput,
} from '../../protocol/actuator-config.ts';
import { fullShare } from '../drivers/pca9685.ts';
import { countOfValue, pulseOfCount, pwmTiming, steeringRange } from '../pulses.ts';
import type { Drive, RigDesign } from '../rig.ts';
import { mixSides } from './mix.ts';
import { OutputBank, type OutputPlace } from './output-bank.ts';

/** What a bridge's inputs want, in 4096ths, in the order of `placesOf`. Both directions are never on. */
function levelsOf(motor: BridgeMotor, value: number): number[] {
  const duty = Math.round(Math.min(1, Math.abs(value)) * fullShare) || 0;
  const forward = value > 0 && duty > 0;
  const reverse = value < 0 && duty > 0;
  switch (motor.kind) {
    case 'direction-and-pwm':
      return [duty, forward ? fullShare : 0, reverse ? fullShare : 0];
    case 'two-pwm':
      return [forward ? duty : 0, reverse ? duty : 0];
  }
}

function placesOf(motor: BridgeMotor, board: Pca9685Config | undefined): OutputPlace[] {
  switch (motor.kind) {
    case 'direction-and-pwm':
      return [motor.pwm, motor.forward, motor.reverse].map((output) => placeOf(output, board));
    case 'two-pwm':
      return [motor.forward, motor.reverse].map((output) => placeOf(output, board));
  }
}

function placeOf(output: DigitalOutput | PwmOutput, board: Pca9685Config | undefined): OutputPlace {
  switch (output.kind) {
    case 'pca9685':
      if (board === undefined) throw new Error(`channel ${output.channel} is on a motor board that is not configured`);
      return { kind: 'pca9685', board, channel: output.channel };
    case 'gpio':
    case 'hardware':
      return output;
  }
}

/** All that such a car has on its wires, in the order of its outputs. */
export function outputPlaces(config: MotorActuatorConfig | DifferentialActuatorConfig): OutputPlace[] {
  switch (config.kind) {
    case 'servo-and-motors': {
      const { pca9685, motorBoard = pca9685, steering, motors } = config;
      const servo: OutputPlace = { kind: 'pca9685', board: pca9685, channel: steering.channel };
      return [servo, ...motors.flatMap((motor) => placesOf(motor, motorBoard))];
    }
    case 'differential': {
      const { motorBoard, leftMotors, rightMotors } = config;
      return [...leftMotors, ...rightMotors].flatMap((motor) => placesOf(motor, motorBoard));
    }
  }
}

/** A steering servo, and motors that all turn alike. Outputs: the servo's count, then each motor's inputs. */
export function servoAndMotorsRig(config: MotorActuatorConfig): RigDesign {
  const { pca9685, steering, motors } = config;
  const timing = pwmTiming(pca9685.frequencyHz);
  const outputs = ({ steering: angle, throttle }: Drive) => [
    countOfValue(angle, steeringRange(steering), timing),
    ...motors.flatMap((motor) => levelsOf(motor, throttle)),
  ];
  return {
    armingNeutralMs: 0,
    outputs,
    pulsesUs: ([count = 0]) => ({ steering: pulseOfCount(count, timing), throttle: 0 }),
    attach: (reach) => new OutputBank(outputPlaces(config), outputs({ steering: 0, throttle: 0 }), reach),
  };
}

/** Two sides. Outputs: the inputs of the left motors, then of the right ones. */
export function differentialRig(config: DifferentialActuatorConfig): RigDesign {
  const { leftMotors, rightMotors, steering } = config;
  const outputs = (drive: Drive) => {
    const { left, right } = mixSides(drive, steering.turnShare);
    return [
      ...leftMotors.flatMap((motor) => levelsOf(motor, left)),
      ...rightMotors.flatMap((motor) => levelsOf(motor, right)),
    ];
  };
  return {
    armingNeutralMs: 0,
    outputs,
    pulsesUs: () => ({ steering: 0, throttle: 0 }),
    attach: (reach) => new OutputBank(outputPlaces(config), outputs({ steering: 0, throttle: 0 }), reach),
  };
}
