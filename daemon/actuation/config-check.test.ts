import { describe, expect, it } from 'vitest';
import {
  type ActuatorConfig,
  actuatorConfigSchema,
  type BridgeMotor,
  type PulseActuatorConfig,
} from '../protocol/actuator-config.ts';
import { actuatorConfigProblems } from './config-check.ts';
import { carOnDesk } from './testing/sample-config.ts';
import { pinRigs, sampleRigs } from './testing/sample-rigs.ts';

function changed(
  change: {
    [Part in 'pca9685' | 'steering' | 'throttle']?: Partial<PulseActuatorConfig[Part]>;
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
    ['with a dead zone, and without reverse', changed({ throttle: { deadZone: 0.2, maxReverse: 0 } })],
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
    ['a dead zone at the cap', { throttle: { deadZone: 0.3, maxForward: 0.3 } }, 'actuators.throttle.deadZone is 0.3'],
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

describe('actuatorConfigProblems of cars with bridges and fittings', () => {
  it.each(Object.entries(sampleRigs))('finds none in "%s"', (_name, config) => {
    expect(actuatorConfigProblems(config)).toEqual([]);
  });

  it.each(Object.entries(pinRigs))('wants a real computer for "%s"', (_name, config) => {
    expect(actuatorConfigProblems({ ...config, bus: { kind: 'linux', number: 1 } })).toEqual([]);
    expect(actuatorConfigProblems(config).join()).toMatch(/the simulated car has no pins/);
  });

  const linux = { kind: 'linux', number: 1 } as const;
  const motors: BridgeMotor[] = [
    { kind: 'two-pwm', forward: { kind: 'pca9685', channel: 1 }, reverse: { kind: 'pca9685', channel: 8 } },
  ];
  it.each([
    [
      'a channel twice',
      { ...sampleRigs['servo and a bridge on one board'], motors },
      /motors\.0\.forward and actuators\.steering\.channel are both channel 1 of the board at 0x40/,
    ],
    [
      'a motor board that is not named',
      { ...sampleRigs['two sides, two PWM'], motorBoard: undefined },
      /leftMotors\.0\.forward is channel 1 of a motor board that is not named: give actuators\.motorBoard/,
    ],
    [
      'a power pin',
      { ...carOnDesk, bus: linux, stopButton: { pin: 'J41 pin 2', pressedLevel: 'low' } },
      /carries power/,
    ],
    [
      'a pin twice',
      { ...carOnDesk, bus: linux, outputEnable: { pin: 'J41 pin 7' }, statusLed: { pin: 'J41 pin 7' } },
      /outputEnable\.pin and actuators\.statusLed\.pin are both J41 pin 7/,
    ],
    [
      'a battery upside down',
      {
        ...carOnDesk,
        battery: { address: 0x41, shuntOhm: 0.01, emptyV: 8.4, fullV: 6, lowShare: 0.2, criticalShare: 0.3 },
      },
      /emptyV is 8\.4.*criticalShare is 0\.3/,
    ],
  ])('names %s', (_name, config, text) => {
    expect(actuatorConfigProblems(actuatorConfigSchema.parse(config)).join('; ')).toMatch(text);
  });
});
