import type { ActuatorConfig } from '../protocol/actuation-messages.ts';
import { errorText, type I2cBus } from './bus/i2c-bus.ts';
import { openBus } from './bus/open-bus.ts';
import { Pca9685 } from './drivers/pca9685.ts';
import { countOfValue, pwmTiming, throttleRange } from './pulses.ts';

const attempts = 4;
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
 * periods and a few transfers); tries four times, half a second in all, on one that refuses, then throws an Error with the
 * last reason. Never call it while the actuation process lives: two writers on one board contradict each other.
 */
export async function neutralise(config: ActuatorConfig, dependencies = onThisMachine): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(config, dependencies);
    } catch (error) {
      if (attempt === attempts) {
        throw new Error(`the motor board could not be set to neutral: ${errorText(error)}`, { cause: error });
      }
      await dependencies.wait(pauseMs);
    }
  }
}

async function once(config: ActuatorConfig, { openBus, wait }: NeutraliseDependencies): Promise<void> {
  const { pca9685, steering, throttle } = config;
  const bus = await openBus(config.bus);
  try {
    const channels = { steering: steering.channel, throttle: throttle.channel };
    const chip = new Pca9685(bus, pca9685.address, channels, pwmTiming(pca9685.frequencyHz), { wait });
    // Whoever set the chip up last: neutral is counted in the periods that it really makes.
    const timing = await chip.runningTiming();
    if (timing !== undefined) {
      await chip.writeThrottle(countOfValue(0, throttleRange(throttle), timing));
      await wait(Math.ceil(2 * timing.periodMs) + 1);
    }
    await chip.off();
  } finally {
    await bus.close();
  }
}
