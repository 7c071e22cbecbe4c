import type { PulseActuatorConfig } from '../../protocol/actuator-config.ts';
import { neutralThenOff } from '../drivers/neutral-then-off.ts';
import { Pca9685, type PulseCounts } from '../drivers/pca9685.ts';
import { countOfValue, pulseOfCount, pwmTiming, steeringRange, throttleRange } from '../pulses.ts';
import type { Outputs, RigDesign } from '../rig.ts';
import { lostSettings } from './lost-settings.ts';

/** How long a speed controller wants to see neutral before it arms, where the configuration does not say. */
const defaultArmingNeutralMs = 1000;

/** A servo and a speed controller on one PCA9685. Outputs: the counts of steering and throttle. */
export function pulseRig(config: PulseActuatorConfig): RigDesign {
  const { pca9685, steering, throttle } = config;
  const timing = pwmTiming(pca9685.frequencyHz);
  const channels = { steering: steering.channel, throttle: throttle.channel };
  const outputs = (drive: { steering: number; throttle: number }): Outputs => [
    countOfValue(drive.steering, steeringRange(steering), timing),
    countOfValue(drive.throttle, throttleRange(throttle), timing),
  ];
  const neutral = counts(outputs({ steering: 0, throttle: 0 }));

  return {
    armingNeutralMs: throttle.armingNeutralMs ?? defaultArmingNeutralMs,
    outputs,
    pulsesUs: (written) => ({
      steering: pulseOfCount(counts(written).steering, timing),
      throttle: pulseOfCount(counts(written).throttle, timing),
    }),
    attach({ bus, waiter }) {
      const chip = new Pca9685(bus, pca9685.address, channels, timing, waiter);
      /**
       * Neutral in the periods that the chip really makes, whoever set it up last: the same count is another pulse in another
       * period. A chip that does not say is taken to be as this configuration has it, for neutral must not wait.
       * Undefined while it sleeps: then there is no pulse.
       */
      const neutralAsItRuns = async () => {
        const running = await chip.runningTiming().catch(() => timing);
        return running && { throttle: countOfValue(0, throttleRange(throttle), running), timing: running };
      };
      return {
        start: () => chip.initialise(neutral),
        write: (written) => chip.write(counts(written)),
        async holdNeutral() {
          const running = await neutralAsItRuns();
          if (running !== undefined) await chip.holdNeutral(running.throttle, running.timing);
        },
        divergence: async (check, written) => lostSettings(await chip.divergence(check, counts(written))),
        cut: () => undefined,
        end: (insist) => neutralThenOff(chip, { throttle: neutral.throttle, timing }, insist),
        async endForeign(insist) {
          const running = await neutralAsItRuns();
          await (running === undefined ? insist(() => chip.off()) : neutralThenOff(chip, running, insist));
        },
      };
    },
  };
}

function counts([steering = 0, throttle = 0]: Outputs): PulseCounts {
  return { steering, throttle };
}
