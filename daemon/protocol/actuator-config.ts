import { z } from 'zod';
import { gpioPinSchema } from './gpio-pin.ts';

/**
 * What turns a car's wheels, as the actuation process is told. Three kinds of car, by `kind`; every object is strict, for a
 * misspelt limit would be no limit.
 */
const channel = z.int().min(0).max(15);
const pulseUs = z.number().min(500).max(2500);
const i2cAddress = z.int().min(0x08).max(0x77);

const busSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('linux'), number: z.int().nonnegative().max(255) }),
  /** The register models of the simulated car, behind a Unix socket. */
  z.strictObject({ kind: z.literal('simulated'), socket: z.string() }),
]);

const pca9685Schema = z.strictObject({
  address: i2cAddress,
  /** PWM frequency of all channels. The chip ends at 1526 Hz; the libraries that boards came with ask it for 1600, which gives 1526. */
  frequencyHz: z.number().min(24).max(1600),
});

/** Largest change of the normalised value in a second. */
const slewPerS = z.number().positive().max(100);

export const servoSchema = z.strictObject({
  channel,
  /** Pulse at full left (+1), straight (0) and full right (-1). Left may be the larger or the smaller one. */
  leftPulseUs: pulseUs,
  centrePulseUs: pulseUs,
  rightPulseUs: pulseUs,
  slewPerS,
});

const throttleLimits = {
  slewPerS,
  /** Cap on the normalised value, forward and backward. */
  maxForward: z.number().positive().max(1),
  maxReverse: z.number().nonnegative().max(1),
  /**
   * Share of the range over which the motor does not turn yet: the smallest throttle begins behind it. 0 where it is not
   * given. Must be under the caps.
   */
  deadZone: z.number().min(0).max(0.5).optional(),
};

export const speedControllerSchema = z.strictObject({
  channel,
  reversePulseUs: pulseUs,
  neutralPulseUs: pulseUs,
  forwardPulseUs: pulseUs,
  ...throttleLimits,
  /** How long the speed controller wants to see neutral before it arms; 1000 where it is not given. */
  armingNeutralMs: z.number().nonnegative().max(10_000).optional(),
});

/** An input of a bridge that is either high or low. */
const digitalOutputSchema = z.discriminatedUnion('kind', [
  /** Of the motor board: full-on or full-off. */
  z.strictObject({ kind: z.literal('pca9685'), channel }),
  z.strictObject({ kind: z.literal('gpio'), pin: gpioPinSchema }),
]);

/** An input of a bridge that takes a share of the time. */
const pwmOutputSchema = z.discriminatedUnion('kind', [
  /** Of the motor board, at its frequency. */
  z.strictObject({ kind: z.literal('pca9685'), channel }),
  /** The computer's own PWM by sysfs: on a Jetson Nano J41 pin 32 or 33, once the pinmux is set to it. */
  z.strictObject({
    kind: z.literal('hardware'),
    pin: z.enum(['J41 pin 32', 'J41 pin 33']),
    frequencyHz: z.number().min(50).max(50_000),
  }),
]);

/** One motor behind an H-bridge, by what the bridge's inputs want. Swap forward and reverse for one that turns the other way. */
const bridgeMotorSchema = z.discriminatedUnion('kind', [
  /** TB6612, L298N: two inputs for the direction, one for the speed. Both low lets the motor roll. */
  z.strictObject({
    kind: z.literal('direction-and-pwm'),
    pwm: pwmOutputSchema,
    forward: digitalOutputSchema,
    reverse: digitalOutputSchema,
  }),
  /** DRV8833 and the like, IN/IN: the share of the time goes to one input or the other. Both low lets the motor roll. */
  z.strictObject({ kind: z.literal('two-pwm'), forward: pwmOutputSchema, reverse: pwmOutputSchema }),
]);
export type BridgeMotor = z.infer<typeof bridgeMotorSchema>;
const motorsSchema = z.array(bridgeMotorSchema).min(1).max(8);

/** What may be fitted beside the wheels. */
const fittings = {
  /** Stops at once and keeps the car from being armed while it is pressed. */
  stopButton: z
    .strictObject({
      pin: gpioPinSchema,
      /** Its level while it is pressed; a button that opens its contact, with a pull-up, also stops when its wire is off. */
      pressedLevel: z.enum(['high', 'low']),
    })
    .optional(),
  /** OE of the PCA9685 boards: high ends every pulse at once. It needs a pull-up, so that a computer that is off means off. */
  outputEnable: z.strictObject({ pin: gpioPinSchema }).optional(),
  statusLed: z.strictObject({ pin: gpioPinSchema }).optional(),
  wheelEncoder: z
    .strictObject({
      pin: gpioPinSchema,
      ticksPerMetre: z.number().positive().max(100_000),
      /** More than these are noise; they are not counted, and cost no time. */
      maxTicksPerS: z.number().positive().max(20_000),
    })
    .optional(),
  /** INA219 between battery and car. */
  battery: z
    .strictObject({
      address: i2cAddress,
      shuntOhm: z.number().min(0.0005).max(1),
      emptyV: z.number().positive().max(26),
      fullV: z.number().positive().max(26),
      capacityMah: z.number().positive().max(1_000_000).optional(),
      /** Shares of what is between empty and full. */
      lowShare: z.number().min(0).max(1),
      criticalShare: z.number().min(0).max(1),
    })
    .optional(),
  /** SSD1306 with 128 columns: address, battery, mode and pairing code. */
  statusScreen: z.strictObject({ address: i2cAddress, heightPx: z.union([z.literal(32), z.literal(64)]) }).optional(),
  /** MPU6050. */
  motionSensor: z.strictObject({ address: i2cAddress }).optional(),
};

const common = {
  bus: busSchema,
  ...fittings,
  /** How long one command is obeyed. There is no "for ever": a command whose sender died must end by itself. */
  commandLifetimeMs: z.number().min(20).max(250),
};

/** A servo steers and an electronic speed controller drives, both by pulses of one PCA9685. */
const servoAndSpeedControllerSchema = z.strictObject({
  kind: z.literal('servo-and-speed-controller').optional(),
  ...common,
  pca9685: pca9685Schema,
  steering: servoSchema,
  throttle: speedControllerSchema,
});

const motorThrottleSchema = z.strictObject(throttleLimits);

/** A servo steers, and motors behind bridges drive, all of them alike. */
const servoAndMotorsSchema = z.strictObject({
  kind: z.literal('servo-and-motors'),
  ...common,
  pca9685: pca9685Schema,
  /** Where the motors' channels are, when it is another board than the servo's. */
  motorBoard: pca9685Schema.optional(),
  steering: servoSchema,
  throttle: motorThrottleSchema,
  motors: motorsSchema,
});

/** Two sides with motors of their own and no steered wheel. It steers while it rolls, and never turns on the spot. */
const differentialSchema = z.strictObject({
  kind: z.literal('differential'),
  ...common,
  /** Absent where no channel of a PCA9685 is used. */
  motorBoard: pca9685Schema.optional(),
  steering: z.strictObject({
    slewPerS,
    /** How much slower the inner side turns at full steering: 0.5 is half, 1 stands still. */
    turnShare: z.number().positive().max(1),
  }),
  throttle: motorThrottleSchema,
  leftMotors: motorsSchema,
  rightMotors: motorsSchema,
});

export const actuatorConfigSchema = z.discriminatedUnion('kind', [
  servoAndSpeedControllerSchema,
  servoAndMotorsSchema,
  differentialSchema,
]);
export type ActuatorConfig = z.infer<typeof actuatorConfigSchema>;
export type PulseActuatorConfig = z.infer<typeof servoAndSpeedControllerSchema>;
export type MotorActuatorConfig = z.infer<typeof servoAndMotorsSchema>;
export type DifferentialActuatorConfig = z.infer<typeof differentialSchema>;
export type ServoConfig = z.infer<typeof servoSchema>;
export type SpeedControllerConfig = z.infer<typeof speedControllerSchema>;
export type Pca9685Config = z.infer<typeof pca9685Schema>;
export type DigitalOutput = z.infer<typeof digitalOutputSchema>;
export type PwmOutput = z.infer<typeof pwmOutputSchema>;
export type BatteryConfig = NonNullable<ActuatorConfig['battery']>;

/** A car whose motor is behind a speed controller, which wants pulses and time. */
export function isPulseDriven(config: ActuatorConfig): config is PulseActuatorConfig {
  return config.kind === undefined || config.kind === 'servo-and-speed-controller';
}
