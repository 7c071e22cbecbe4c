import {
  type ActuatorConfig,
  type BridgeMotor,
  isPulseDriven,
  type Pca9685Config,
  type ServoConfig,
} from '../protocol/actuator-config.ts';
import type { Pca9685, Pca9685Output } from './devices/pca9685.ts';
import { type Drive, driveFromPulses, valueFromPulse } from './physics.ts';

/** What the boards' pins make the car do, and the pulses of its servo and speed controller, where it has one; 0 is none. */
export interface WheelsTold {
  readonly drive: Drive;
  readonly steeringPulseUs: number;
  readonly throttlePulseUs: number;
}

/** The PCA9685 boards of a car, by address. */
export type MotorBoards = ReadonlyMap<number, Pca9685>;

export function boardsOf(config: ActuatorConfig): readonly Pca9685Config[] {
  const servo = config.kind === 'differential' ? [] : [config.pca9685];
  const motors = isPulseDriven(config) || config.motorBoard === undefined ? [] : [config.motorBoard];
  return [...servo, ...motors];
}

/** The same for every kind of car. Only what hangs on a PCA9685 is simulated: pins of the computer are not there. */
export function wheelsTold(config: ActuatorConfig, boards: MotorBoards, atMs: number): WheelsTold {
  const pulseUs = (board: Pca9685Config, channel: number) => boards.get(board.address)?.pulseUs(channel, atMs) ?? 0;
  if (isPulseDriven(config)) {
    const steeringPulseUs = pulseUs(config.pca9685, config.steering.channel);
    const throttlePulseUs = pulseUs(config.pca9685, config.throttle.channel);
    const drive = driveFromPulses(config, { steeringUs: steeringPulseUs, throttleUs: throttlePulseUs });
    return { drive, steeringPulseUs, throttlePulseUs };
  }
  if (config.kind === 'servo-and-motors') {
    const { pca9685, motorBoard = pca9685, steering, motors } = config;
    const steeringPulseUs = pulseUs(pca9685, steering.channel);
    const throttle = sideOf(motors, boards.get(motorBoard.address), atMs);
    return {
      drive: { steering: servoAngle(steering, steeringPulseUs), throttle },
      steeringPulseUs,
      throttlePulseUs: 0,
    };
  }
  const board = config.motorBoard === undefined ? undefined : boards.get(config.motorBoard.address);
  const left = sideOf(config.leftMotors, board, atMs) ?? 0;
  const right = sideOf(config.rightMotors, board, atMs) ?? 0;
  const sum = left + right;
  const drive = {
    throttle: sum === 0 ? undefined : sum / 2,
    steering: sum === 0 ? 0 : Math.min(1, Math.max(-1, (right - left) / sum / config.steering.turnShare)),
  };
  return { drive, steeringPulseUs: 0, throttlePulseUs: 0 };
}

function servoAngle({ leftPulseUs, centrePulseUs, rightPulseUs }: ServoConfig, pulseUs: number): number | undefined {
  return valueFromPulse(pulseUs, { plusUs: leftPulseUs, neutralUs: centrePulseUs, minusUs: rightPulseUs });
}

/** The mean of motors that turn alike, in [-1, 1]; undefined while the bridges let them roll. */
function sideOf(motors: readonly BridgeMotor[], board: Pca9685 | undefined, atMs: number): number | undefined {
  const values = motors.map((motor) => motorValue(motor, (channel) => dutyOf(board?.output(channel, atMs))));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean === 0 ? undefined : mean;
}

function motorValue(motor: BridgeMotor, dutyAt: (channel: number) => number): number {
  const duty = (output: { readonly kind: string; readonly channel?: number }) =>
    output.channel === undefined ? 0 : dutyAt(output.channel);
  switch (motor.kind) {
    case 'direction-and-pwm':
      return duty(motor.pwm) * (duty(motor.forward) - duty(motor.reverse));
    case 'two-pwm':
      return duty(motor.forward) - duty(motor.reverse);
  }
}

function dutyOf(output: Pca9685Output | undefined): number {
  switch (output?.kind) {
    case undefined:
    case 'off':
      return 0;
    case 'on':
      return 1;
    case 'pulse':
      return output.widthUs / output.periodUs;
  }
}
