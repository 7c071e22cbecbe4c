import type { PulseActuatorConfig } from '../../protocol/actuator-config.ts';

/** For tests: a servo that turns left with shorter pulses, beside a speed controller. */
export const carOnDesk: PulseActuatorConfig = {
  bus: { kind: 'simulated', socket: '/nowhere' },
  pca9685: { address: 0x40, frequencyHz: 50 },
  steering: { channel: 1, leftPulseUs: 1100, centrePulseUs: 1520, rightPulseUs: 1900, slewPerS: 14 },
  throttle: {
    channel: 0,
    reversePulseUs: 1000,
    neutralPulseUs: 1500,
    forwardPulseUs: 2000,
    slewPerS: 8,
    maxForward: 1,
    maxReverse: 1,
    armingNeutralMs: 300,
  },
  commandLifetimeMs: 150,
};
