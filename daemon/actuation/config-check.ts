import {
  type ActuatorConfig,
  type BatteryConfig,
  type BridgeMotor,
  isPulseDriven,
  type Pca9685Config,
  type PulseActuatorConfig,
  type ServoConfig,
} from '../protocol/actuator-config.ts';
import { pinName } from '../protocol/gpio-pin.ts';
import { headerLines } from './pins/header-j41.ts';
import { type PulseRange, pwmTiming, steeringRange, throttleRange } from './pulses.ts';

/** Less than this between neutral and an end is a slip of the pen, and leaves a servo or a speed controller no room. */
const leastTravelUs = 50;
/** A pulse needs some rest before the next one. */
const leastRestUs = 100;
const allCallAddress = 0x70;

/** A place that only one thing may use, and the field that claims it. */
interface Claim {
  readonly place: string;
  readonly field: string;
}

/**
 * What one field of the schema cannot see: how the numbers stand to each other. Returns every problem in words, each
 * with the name of the field to change; none when the configuration is sound.
 */
export function actuatorConfigProblems(config: ActuatorConfig): string[] {
  const problems = [
    ...boardProblems(config),
    ...addressProblems(config),
    ...pinProblems(config),
    ...deadZoneProblems(config),
  ];
  if (isPulseDriven(config)) problems.push(...pulseProblems(config));
  else {
    if (config.kind === 'servo-and-motors') problems.push(...servoProblems(config.steering, config.pca9685));
    problems.push(...claimProblems(claimsOf(config)));
  }
  if (config.battery !== undefined) problems.push(...batteryProblems(config.battery));
  return problems;
}

function deadZoneProblems({ throttle }: ActuatorConfig): string[] {
  const { deadZone = 0 } = throttle;
  return (['maxForward', 'maxReverse'] as const).flatMap((name) => {
    const cap = throttle[name];
    // No reverse at all needs no way to it.
    if (cap === 0 || deadZone < cap) return [];
    return [
      `actuators.throttle.deadZone is ${deadZone}: it must be under ${name} (${cap}), or the motor would never be let turn`,
    ];
  });
}

function boardProblems(config: ActuatorConfig): string[] {
  const servoBoard = config.kind === 'differential' ? undefined : config.pca9685;
  const motorBoard = isPulseDriven(config) ? undefined : config.motorBoard;
  const problems: string[] = [];
  for (const [field, board] of [
    ['pca9685', servoBoard],
    ['motorBoard', motorBoard],
  ] as const) {
    if (board?.address !== allCallAddress) continue;
    problems.push(
      `actuators.${field}.address is 0x70, the All-Call address of every PCA9685, not a board: usual is 0x40`,
    );
  }
  if (servoBoard !== undefined && servoBoard.address === motorBoard?.address) {
    problems.push('actuators.motorBoard has the address of actuators.pca9685: leave it out where both are one board');
  }
  return problems;
}

/** What is fitted on the bus beside the motor boards, each at an address of its own. */
function addressProblems(config: ActuatorConfig): string[] {
  const servoBoard = config.kind === 'differential' ? undefined : config.pca9685;
  const motorBoard = isPulseDriven(config) ? undefined : config.motorBoard;
  const { battery, motionSensor, statusScreen } = config;
  const devices = { pca9685: servoBoard, motorBoard, battery, motionSensor, statusScreen };
  const fitted = new Set(['battery', 'motionSensor', 'statusScreen']);
  const problems: string[] = [];
  const taken = new Map<number, string>();
  for (const [name, device] of Object.entries(devices)) {
    if (device === undefined) continue;
    const other = taken.get(device.address);
    if (other === undefined) taken.set(device.address, name);
    else if (fitted.has(name)) {
      const address = `0x${device.address.toString(16)}`;
      problems.push(`actuators.${name}.address and actuators.${other}.address are both ${address}: they must differ`);
    }
  }
  return problems;
}

function pulseProblems(config: PulseActuatorConfig): string[] {
  const { pca9685, steering, throttle } = config;
  const problems: string[] = [];
  if (steering.channel === throttle.channel) {
    problems.push(
      `actuators.steering.channel and actuators.throttle.channel are both ${steering.channel}: they must differ`,
    );
  }
  problems.push(...centreProblems(steering));
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
  problems.push(...periodProblems([steeringRange(steering), range], pca9685));
  return problems;
}

function servoProblems(steering: ServoConfig, board: Pca9685Config): string[] {
  return [...centreProblems(steering), ...periodProblems([steeringRange(steering)], board)];
}

function centreProblems(steering: ServoConfig): string[] {
  if (isBetween(steering.centrePulseUs, steeringRange(steering))) return [];
  return [
    `actuators.steering.centrePulseUs is ${steering.centrePulseUs}: it must lie between leftPulseUs ` +
      `(${steering.leftPulseUs}) and rightPulseUs (${steering.rightPulseUs}), ${leastTravelUs} or more from each`,
  ];
}

function periodProblems(ranges: readonly PulseRange[], { frequencyHz }: Pca9685Config): string[] {
  const longestUs = Math.max(...ranges.flatMap(({ plusUs, neutralUs, minusUs }) => [plusUs, neutralUs, minusUs]));
  const periodUs = pwmTiming(frequencyHz).periodMs * 1000;
  if (longestUs <= periodUs - leastRestUs) return [];
  return [
    `actuators.pca9685.frequencyHz is ${frequencyHz}: its period of ${Math.round(periodUs)} us is too short ` +
      `for a pulse of ${longestUs} us; servos and speed controllers want 50 to 60`,
  ];
}

/** Channels and pins of cars with bridges. */
function claimsOf(config: Exclude<ActuatorConfig, PulseActuatorConfig>): Claim[] {
  const servoBoard = config.kind === 'servo-and-motors' ? config.pca9685 : undefined;
  const motorBoard = config.motorBoard ?? servoBoard;
  const onMotorBoard = (channel: number) => `channel ${channel} of ${boardName(motorBoard)}`;
  const sides: (readonly [string, readonly BridgeMotor[]])[] =
    config.kind === 'differential'
      ? [
          ['leftMotors', config.leftMotors],
          ['rightMotors', config.rightMotors],
        ]
      : [['motors', config.motors]];
  const claims = sides.flatMap(([name, motors]) =>
    motors.flatMap((motor, index) =>
      Object.entries(motor).flatMap(([input, output]): Claim[] => {
        if (typeof output === 'string') return [];
        const place = output.kind === 'pca9685' ? onMotorBoard(output.channel) : pinName(output.pin);
        return [{ place, field: `actuators.${name}.${index}.${input}` }];
      }),
    ),
  );
  if (config.kind === 'servo-and-motors') {
    const { channel } = config.steering;
    claims.push({ place: `channel ${channel} of ${boardName(servoBoard)}`, field: 'actuators.steering.channel' });
  }
  return claims;
}

function boardName(board: Pca9685Config | undefined): string {
  return board === undefined ? noBoard : `the board at 0x${board.address.toString(16)}`;
}
const noBoard = 'a motor board that is not named';

function claimProblems(claims: readonly Claim[]): string[] {
  const problems: string[] = [];
  const taken = new Map<string, string>();
  for (const { place, field } of claims) {
    if (place.endsWith(noBoard)) problems.push(`${field} is ${place}: give actuators.motorBoard its address`);
    const other = taken.get(place);
    if (other === undefined) taken.set(place, field);
    else problems.push(`${other} and ${field} are both ${place}: they must differ`);
  }
  return problems;
}

/** Every pin of the computer that is named, with the field that names it. */
function pinProblems(config: ActuatorConfig): string[] {
  const fittings = (['stopButton', 'outputEnable', 'statusLed', 'wheelEncoder'] as const).flatMap((name): Claim[] => {
    const fitting = config[name];
    return fitting === undefined ? [] : [{ place: pinName(fitting.pin), field: `actuators.${name}.pin` }];
  });
  const motors = isPulseDriven(config) ? [] : claimsOf(config).filter(({ place }) => !place.startsWith('channel '));
  const claims = [...fittings, ...motors];
  const problems = fittings.length === 0 ? [] : claimProblems(claims);
  for (const { place, field } of claims) {
    if (config.bus.kind === 'simulated') {
      problems.push(`${field} is ${place}: the simulated car has no pins; leave it out, or set actuators.bus`);
    } else if (place.startsWith('J41') && headerLines.get(place) === undefined) {
      problems.push(
        `${field} is ${place}, which carries power, ground or a bus: free are ${[...headerLines.keys()].join(', ')}`,
      );
    }
  }
  return problems;
}

function batteryProblems({ emptyV, fullV, lowShare, criticalShare }: BatteryConfig): string[] {
  const problems: string[] = [];
  if (emptyV >= fullV) problems.push(`actuators.battery.emptyV is ${emptyV}: it must be under fullV (${fullV})`);
  if (criticalShare > lowShare) {
    problems.push(`actuators.battery.criticalShare is ${criticalShare}: it must not be over lowShare (${lowShare})`);
  }
  return problems;
}

function isBetween(middleUs: number, { plusUs, minusUs }: PulseRange): boolean {
  const least = Math.min(plusUs, minusUs) + leastTravelUs;
  const most = Math.max(plusUs, minusUs) - leastTravelUs;
  return middleUs >= least && middleUs <= most;
}
