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
import { type ToldTrouble, trouble } from '../protocol/troubles.ts';
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

/** Every problem in words, each with the name of the field to change; none when the configuration is sound. */
export function actuatorConfigProblems(config: ActuatorConfig): string[] {
  return actuatorConfigTroubles(config).map(({ text }) => text);
}

/** What one field of the schema cannot see: how the numbers stand to each other. */
export function actuatorConfigTroubles(config: ActuatorConfig): ToldTrouble[] {
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

function deadZoneProblems({ throttle }: ActuatorConfig): ToldTrouble[] {
  const { deadZone = 0 } = throttle;
  return (['maxForward', 'maxReverse'] as const).flatMap((name) => {
    const cap = throttle[name];
    // No reverse at all needs no way to it.
    if (cap === 0 || deadZone < cap) return [];
    const field = 'actuators.throttle.deadZone';
    return [
      {
        text: `${field} is ${deadZone}: it must be under ${name} (${cap}), or the motor would never be let turn`,
        trouble: trouble('value-not-under', { field, value: deadZone, other: name, otherValue: cap }),
      },
    ];
  });
}

function boardProblems(config: ActuatorConfig): ToldTrouble[] {
  const servoBoard = config.kind === 'differential' ? undefined : config.pca9685;
  const motorBoard = isPulseDriven(config) ? undefined : config.motorBoard;
  const problems: ToldTrouble[] = [];
  for (const [field, board] of [
    ['pca9685', servoBoard],
    ['motorBoard', motorBoard],
  ] as const) {
    if (board?.address !== allCallAddress) continue;
    problems.push({
      text: `actuators.${field}.address is 0x70, the All-Call address of every PCA9685, not a board: usual is 0x40`,
      trouble: trouble('address-of-all-boards', { field: `actuators.${field}.address` }),
    });
  }
  if (servoBoard !== undefined && servoBoard.address === motorBoard?.address) {
    problems.push({
      text: 'actuators.motorBoard has the address of actuators.pca9685: leave it out where both are one board',
      trouble: trouble('boards-alike', { one: 'actuators.motorBoard', other: 'actuators.pca9685' }),
    });
  }
  return problems;
}

/** What is fitted on the bus beside the motor boards, each at an address of its own. */
function addressProblems(config: ActuatorConfig): ToldTrouble[] {
  const servoBoard = config.kind === 'differential' ? undefined : config.pca9685;
  const motorBoard = isPulseDriven(config) ? undefined : config.motorBoard;
  const { battery, motionSensor, statusScreen } = config;
  const devices = { pca9685: servoBoard, motorBoard, battery, motionSensor, statusScreen };
  const fitted = new Set(['battery', 'motionSensor', 'statusScreen']);
  const problems: ToldTrouble[] = [];
  const taken = new Map<number, string>();
  for (const [name, device] of Object.entries(devices)) {
    if (device === undefined) continue;
    const other = taken.get(device.address);
    if (other === undefined) taken.set(device.address, name);
    else if (fitted.has(name)) {
      const address = `0x${device.address.toString(16)}`;
      problems.push(alike(`actuators.${name}.address`, `actuators.${other}.address`, address));
    }
  }
  return problems;
}

function alike(one: string, other: string, place: string | number): ToldTrouble {
  return {
    text: `${one} and ${other} are both ${place}: they must differ`,
    trouble: trouble('fields-alike', { one, other, place }),
  };
}

function pulseProblems(config: PulseActuatorConfig): ToldTrouble[] {
  const { pca9685, steering, throttle } = config;
  const problems: ToldTrouble[] = [];
  if (steering.channel === throttle.channel) {
    problems.push(alike('actuators.steering.channel', 'actuators.throttle.channel', steering.channel));
  }
  problems.push(...centreProblems(steering));
  const range = throttleRange(throttle);
  const forwardOnly = throttle.maxReverse === 0 && range.minusUs === range.neutralUs;
  const sound = forwardOnly
    ? Math.abs(range.plusUs - range.neutralUs) >= leastTravelUs
    : isBetween(range.neutralUs, range);
  if (!sound) {
    const { neutralPulseUs, reversePulseUs, forwardPulseUs } = throttle;
    problems.push({
      text:
        `actuators.throttle.neutralPulseUs is ${neutralPulseUs}: it must lie between reversePulseUs ` +
        `(${reversePulseUs}) and forwardPulseUs (${forwardPulseUs}), ${leastTravelUs} or more from ` +
        'each; for a car without reverse set maxReverse to 0 and reversePulseUs to neutralPulseUs',
      trouble: trouble('pulse-not-between', {
        ...{ field: 'actuators.throttle.neutralPulseUs', value: neutralPulseUs },
        ...{ one: 'reversePulseUs', oneValue: reversePulseUs },
        ...{ other: 'forwardPulseUs', otherValue: forwardPulseUs, apartUs: leastTravelUs },
      }),
    });
  }
  problems.push(...periodProblems([steeringRange(steering), range], pca9685));
  return problems;
}

function servoProblems(steering: ServoConfig, board: Pca9685Config): ToldTrouble[] {
  return [...centreProblems(steering), ...periodProblems([steeringRange(steering)], board)];
}

function centreProblems(steering: ServoConfig): ToldTrouble[] {
  if (isBetween(steering.centrePulseUs, steeringRange(steering))) return [];
  const { centrePulseUs, leftPulseUs, rightPulseUs } = steering;
  return [
    {
      text:
        `actuators.steering.centrePulseUs is ${centrePulseUs}: it must lie between leftPulseUs ` +
        `(${leftPulseUs}) and rightPulseUs (${rightPulseUs}), ${leastTravelUs} or more from each`,
      trouble: trouble('pulse-not-between', {
        ...{ field: 'actuators.steering.centrePulseUs', value: centrePulseUs },
        ...{ one: 'leftPulseUs', oneValue: leftPulseUs },
        ...{ other: 'rightPulseUs', otherValue: rightPulseUs, apartUs: leastTravelUs },
      }),
    },
  ];
}

function periodProblems(ranges: readonly PulseRange[], { frequencyHz }: Pca9685Config): ToldTrouble[] {
  const longestUs = Math.max(...ranges.flatMap(({ plusUs, neutralUs, minusUs }) => [plusUs, neutralUs, minusUs]));
  const periodUs = pwmTiming(frequencyHz).periodMs * 1000;
  if (longestUs <= periodUs - leastRestUs) return [];
  const field = 'actuators.pca9685.frequencyHz';
  return [
    {
      text:
        `${field} is ${frequencyHz}: its period of ${Math.round(periodUs)} us is too short ` +
        `for a pulse of ${longestUs} us; servos and speed controllers want 50 to 60`,
      trouble: trouble('pulse-longer-than-period', { field, value: frequencyHz, pulseUs: longestUs }),
    },
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

function claimProblems(claims: readonly Claim[]): ToldTrouble[] {
  const problems: ToldTrouble[] = [];
  const taken = new Map<string, string>();
  for (const { place, field } of claims) {
    if (place.endsWith(noBoard)) {
      problems.push({
        text: `${field} is ${place}: give actuators.motorBoard its address`,
        trouble: trouble('board-not-named', { field }),
      });
    }
    const other = taken.get(place);
    if (other === undefined) taken.set(place, field);
    else problems.push(alike(other, field, place));
  }
  return problems;
}

/** Every pin of the computer that is named, with the field that names it. */
function pinProblems(config: ActuatorConfig): ToldTrouble[] {
  const fittings = (['stopButton', 'outputEnable', 'statusLed', 'wheelEncoder'] as const).flatMap((name): Claim[] => {
    const fitting = config[name];
    return fitting === undefined ? [] : [{ place: pinName(fitting.pin), field: `actuators.${name}.pin` }];
  });
  const motors = isPulseDriven(config) ? [] : claimsOf(config).filter(({ place }) => !place.startsWith('channel '));
  const claims = [...fittings, ...motors];
  const problems = fittings.length === 0 ? [] : claimProblems(claims);
  for (const { place, field } of claims) {
    if (config.bus.kind === 'simulated') {
      problems.push({
        text: `${field} is ${place}: the simulated car has no pins; leave it out, or set actuators.bus`,
        trouble: trouble('pin-of-simulated-car', { field, place }),
      });
    } else if (place.startsWith('J41') && headerLines.get(place) === undefined) {
      problems.push({
        text: `${field} is ${place}, which carries power, ground or a bus: free are ${[...headerLines.keys()].join(', ')}`,
        trouble: trouble('pin-reserved', { field, place }),
      });
    }
  }
  return problems;
}

function batteryProblems({ emptyV, fullV, lowShare, criticalShare }: BatteryConfig): ToldTrouble[] {
  const problems: ToldTrouble[] = [];
  if (emptyV >= fullV) {
    const field = 'actuators.battery.emptyV';
    problems.push({
      text: `${field} is ${emptyV}: it must be under fullV (${fullV})`,
      trouble: trouble('value-not-under', { field, value: emptyV, other: 'fullV', otherValue: fullV }),
    });
  }
  if (criticalShare > lowShare) {
    const field = 'actuators.battery.criticalShare';
    problems.push({
      text: `${field} is ${criticalShare}: it must not be over lowShare (${lowShare})`,
      trouble: trouble('value-over', { field, value: criticalShare, other: 'lowShare', otherValue: lowShare }),
    });
  }
  return problems;
}

function isBetween(middleUs: number, { plusUs, minusUs }: PulseRange): boolean {
  const least = Math.min(plusUs, minusUs) + leastTravelUs;
  const most = Math.max(plusUs, minusUs) - leastTravelUs;
  return middleUs >= least && middleUs <= most;
}
