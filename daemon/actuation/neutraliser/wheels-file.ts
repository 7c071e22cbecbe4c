import {
  type ActuatorConfig,
  type BridgeMotor,
  type DifferentialActuatorConfig,
  isPulseDriven,
  type MotorActuatorConfig,
  type PulseActuatorConfig,
} from '../../protocol/actuator-config.ts';
import { pwmTiming } from '../pulses.ts';

/**
 * What the neutraliser must know to end the pulses when nothing else of the car runs: one `name=number` a line. The car
 * writes it at each start. Undefined for a bus that exists only as long as its simulator, and for motors that no channel of
 * a PCA9685 drives: pins of the computer are let go by the kernel with the process that held them.
 */
export function wheelsFile(config: ActuatorConfig): string | undefined {
  const { bus } = config;
  if (bus.kind !== 'linux') return undefined;
  const lines = isPulseDriven(config) ? pulseLines(config) : motorLines(config);
  if (lines === undefined) return undefined;
  return [
    '# For the neutraliser (daemon/actuation/neutraliser): how to end the pulses of this car.',
    `bus=${bus.number}`,
    ...lines,
    '',
  ].join('\n');
}

function pulseLines({ pca9685, throttle, steering }: PulseActuatorConfig): string[] {
  return [
    `address=${pca9685.address}`,
    `prescale=${pwmTiming(pca9685.frequencyHz).prescale}`,
    `hold_channel=${throttle.channel}`,
    `hold_us=${Math.round(throttle.neutralPulseUs)}`,
    `off_channels=${throttle.channel},${steering.channel}`,
  ];
}

/** A bridge has no neutral pulse: its motor rolls when its channels are off. A servo on another board keeps its angle. */
function motorLines(config: MotorActuatorConfig | DifferentialActuatorConfig): string[] | undefined {
  const motors = config.kind === 'differential' ? [...config.leftMotors, ...config.rightMotors] : config.motors;
  const board = config.motorBoard ?? (config.kind === 'differential' ? undefined : config.pca9685);
  const channels = motors.flatMap(channelsOf);
  if (board === undefined || channels.length === 0) return undefined;
  return [
    `address=${board.address}`,
    `prescale=${pwmTiming(board.frequencyHz).prescale}`,
    `off_channels=${[...new Set(channels)].join(',')}`,
  ];
}

/** Those that give it power first. */
function channelsOf(motor: BridgeMotor): number[] {
  const outputs =
    motor.kind === 'direction-and-pwm' ? [motor.pwm, motor.forward, motor.reverse] : [motor.forward, motor.reverse];
  return outputs.flatMap((output) => (output.kind === 'pca9685' ? output.channel : []));
}
