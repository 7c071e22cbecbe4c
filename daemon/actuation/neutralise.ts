import type { ActuatorConfig } from '../protocol/actuation-messages.ts';
import { errorText, type I2cBus } from './bus/i2c-bus.ts';
import { openBus } from './bus/open-bus.ts';
import { neutralThenOff } from './drivers/neutral-then-off.ts';
import { Pca9685 } from './drivers/pca9685.ts';
import { countOfValue, pwmTiming, throttleRange } from './pulses.ts';

/** For all steps together. */
const attempts = 12;
const pauseMs = 10;

export interface NeutraliseDependencies {
  openBus(bus: ActuatorConfig['bus']): Promise<I2cBus>;
  wait(milliseconds: number): Promise<void>;
}

const onThisMachine: NeutraliseDependencies = {
  openBus,
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Stops the car when the actuation process is gone: its chip pulses on for ever. Opens the bus itself, writes throttle
 * neutral, waits two periods, ends the pulses of both channels and closes. Takes under 150 ms on a sound bus (two PWM
 * periods and a few transfers). A step that fails is tried again, twelve attempts or half a second in all, then it throws
 * an Error with the last reason. Never call it while the actuation process lives: two writers contradict each other.
 */
export async function neutralise(config: ActuatorConfig, dependencies = onThisMachine): Promise<void> {
  const { pca9685, steering, throttle } = config;
  const { wait } = dependencies;
  let attemptsLeft = attempts;
  async function insist<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        attemptsLeft -= 1;
        if (attemptsLeft <= 0) {
          throw new Error(`the motor board could not be set to neutral: ${errorText(error)}`, { cause: error });
        }
        await wait(pauseMs);
      }
    }
  }

  const bus = await insist(() => dependencies.openBus(config.bus));
  try {
    const configured = pwmTiming(pca9685.frequencyHz);
    const channels = { steering: steering.channel, throttle: throttle.channel };
    const chip = new Pca9685(bus, pca9685.address, channels, configured, { wait });
    // Whoever set the chip up last: neutral is counted in the periods that it really makes. A chip that does not say is
    // taken to be as this configuration has it, for the neutral pulse must not wait.
    const timing = await chip.runningTiming().catch(() => configured);
    if (timing !== undefined) {
      const neutral = { throttle: countOfValue(0, throttleRange(throttle), timing), timing };
      await neutralThenOff(chip, neutral, insist);
    } else {
      await insist(() => chip.off());
    }
  } finally {
    await bus.close();
  }
}
