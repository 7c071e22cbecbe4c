import { reasonOf } from '../platform/reason-of.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import { openBusToStop } from './bus/open-bus.ts';
import { openPins } from './pins/open-pins.ts';
import { noPins, type PinError, type Pins } from './pins/pins.ts';
import { designRig } from './rigs/design-rig.ts';

/** For all steps together. */
const attempts = 12;
const pauseMs = 10;

export interface NeutraliseDependencies {
  openBus(bus: ActuatorConfig['bus']): Promise<I2cBus>;
  openPins?(): Promise<Pins>;
  wait(milliseconds: number): Promise<void>;
}

const onThisMachine: NeutraliseDependencies = {
  openBus: openBusToStop,
  openPins,
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/**
 * Stops the car when the actuation process is gone: its chip pulses on for ever. Opens the bus itself, writes throttle
 * neutral, waits two periods, ends the pulses of both channels and closes. Takes under 150 ms on a sound bus (two PWM
 * periods and a few transfers). A step that fails is tried again, twelve attempts or half a second in all, then it throws
 * an Error with the last reason. OE is raised all the same, where it is wired, also of a bus that does not open. Wheels that are
 * neutral stay so if the bus does not close or OE does not obey: of that, and of nothing else, `warn` is told. Never call it while
 * the actuation process lives: two writers contradict each other.
 */
export async function neutralise(
  config: ActuatorConfig,
  warn: (text: string) => void,
  dependencies = onThisMachine,
): Promise<void> {
  const { wait } = dependencies;
  let attemptsLeft = attempts;
  async function insist<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        attemptsLeft -= 1;
        if (attemptsLeft <= 0) {
          throw new Error(`the motor board could not be set to neutral: ${reasonOf(error)}`, { cause: error });
        }
        await wait(pauseMs);
      }
    }
  }

  const warnOf = (refusal: PinError | undefined): void => {
    if (refusal !== undefined) warn(refusal.message);
  };

  const design = designRig(config);
  const pins = dependencies.openPins ?? noPins;
  const bus = await insist(() => dependencies.openBus(config.bus)).catch(async (error: unknown) => {
    warnOf(await design.cutAlone?.(pins));
    throw error;
  });
  try {
    const rig = design.attach({ bus, waiter: { wait }, openPins: pins });
    await rig.endForeign(insist).finally(() => warnOf(rig.cut()));
  } catch (error) {
    // That the wheels turn goes before whatever else this bus does.
    await bus.close().catch(() => {});
    throw error;
  }
  await bus.close().catch((error: unknown) => warn(`the bus could not be closed: ${reasonOf(error)}`));
}
