import { describe, expect, it } from 'vitest';
import { type ActuatorConfig, actuatorConfigSchema } from '../protocol/actuation-messages.ts';
import { actuatorConfigProblems } from './config-check.ts';
import { carOnDesk } from './testing/sample-config.ts';

function changed(
  change: {
    [Part in 'pca9685' | 'steering' | 'throttle']?: Partial<ActuatorConfig[Part]>;
  },
): ActuatorConfig {
  return actuatorConfigSchema.parse({
    ...carOnDesk,
    pca9685: { ...carOnDesk.pca9685, ...change.pca9685 },
    steering: { ...carOnDesk.steering, ...change.steering },
    throttle: { ...carOnDesk.throttle, ...change.throttle },
  });
}

describe('actuatorConfigProblems', () => {
  it.each([
    ['as it is', carOnDesk],
    [
      'with steering and throttle the other way round',
      changed({
        steering: { leftPulseUs: 1900, rightPulseUs: 1100 },
        throttle: { forwardPulseUs: 1000, reversePulseUs: 2000 },
      }),
    ],
    ['without reverse', changed({ throttle: { neutralPulseUs: 1000, maxReverse: 0 } })],
    ['at 330 Hz', changed({ pca9685: { frequencyHz: 330 } })],
  ])('finds none in a sound configuration %s', (_, config) => {
    expect(actuatorConfigProblems(config)).toEqual([]);
  });

  it.each([
    [
      'both on one channel',
      { steering: { channel: 0 } },
      'actuators.steering.channel and actuators.throttle.channel are both 0',
    ],
    ['the All-Call address', { pca9685: { address: 0x70 } }, 'actuators.pca9685.address is 0x70'],
    ['centre outside', { steering: { centrePulseUs: 2000 } }, 'actuators.steering.centrePulseUs is 2000'],
    ['centre at an end', { steering: { centrePulseUs: 1101 } }, 'actuators.steering.centrePulseUs is 1101'],
    ['both ends alike', { steering: { rightPulseUs: 1100 } }, 'actuators.steering.centrePulseUs is 1520'],
    ['neutral below', { throttle: { neutralPulseUs: 900 } }, 'actuators.throttle.neutralPulseUs is 900'],
    ['neutral at forward', { throttle: { neutralPulseUs: 1990 } }, 'actuators.throttle.neutralPulseUs is 1990'],
    ['no reverse pulses but reverse allowed', { throttle: { reversePulseUs: 1500 } }, 'set maxReverse to 0'],
    [
      'neither forward nor reverse pulses',
      { throttle: { reversePulseUs: 1500, forwardPulseUs: 1520, maxReverse: 0 } },
      'actuators.throttle.neutralPulseUs is 1500',
    ],
    ['a period shorter than a pulse', { pca9685: { frequencyHz: 500 } }, 'actuators.pca9685.frequencyHz is 500'],
  ])('names what to change: %s', (_, change, text) => {
    const problems = actuatorConfigProblems(changed(change));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(text);
  });

  it('names all problems at once', () => {
    expect(actuatorConfigProblems(changed({ steering: { channel: 0, centrePulseUs: 600 } }))).toHaveLength(2);
  });
});
