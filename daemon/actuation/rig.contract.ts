import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ActuatorConfig,
  type BridgeMotor,
  type DigitalOutput,
  isPulseDriven,
  type PwmOutput,
} from '../protocol/actuator-config.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import type { Pins } from './pins/pins.ts';
import { pwmTiming } from './pulses.ts';
import type { Rig, RigDesign } from './rig.ts';
import { designRig } from './rigs/design-rig.ts';

export interface RigFixture {
  readonly bus: I2cBus;
  readonly pins?: Pins;
  /** What a pin does: a level as 0 or 1, a duty as it is. Of a pin that was not taken it is 0. */
  readPin?(pin: string): number;
  dispose(): Promise<void>;
}

/**
 * One suite for every way of wiring a car, over any bus and pins. It looks at the wires by reading the registers itself, so
 * that it also runs where registers are plain memory (i2c-stub).
 */
export function describeRig(name: string, config: ActuatorConfig, open: () => Promise<RigFixture>): void {
  describe(`${name} keeps the Rig contract`, () => {
    let fixture: RigFixture;
    let design: RigDesign;
    let rig: Rig;

    const attach = () =>
      design.attach({
        bus: fixture.bus,
        waiter: { wait: async () => {} },
        openPins: async () => fixture.pins ?? Promise.reject(new Error('this fixture has no pins')),
      });
    const insist = (step: () => Promise<void>) => step();

    beforeEach(async () => {
      fixture = await open();
      design = designRig(config);
      rig = attach();
    });
    afterEach(async () => {
      await rig.end(insist).catch(() => {});
      await fixture.bus.close();
      await fixture.dispose();
    });

    const drive = async (steering: number, throttle: number) => {
      const outputs = design.outputs({ steering, throttle });
      await rig.write(outputs);
      return outputs;
    };
    const wheels = () => readWheels(config, fixture);

    it('starts at neutral', async () => {
      await rig.start();
      expect((await wheels()).throttle).toBe(0);
      expect((await wheels()).steering).toBeCloseTo(0, 1);
    });

    it.each([
      [0, 0.5],
      [0, 1],
      [0, -0.5],
      [0, -1],
      [1, 0.5],
      [-1, 0.5],
      [0.5, -0.5],
    ])('steers %s and drives %s', async (steering, throttle) => {
      await rig.start();
      await drive(steering, throttle);
      expect((await wheels()).throttle).toBeCloseTo(throttle, 1);
      expect((await wheels()).steering).toBeCloseTo(steering, 1);
    });

    it('does not move without throttle, however it steers', async () => {
      await rig.start();
      for (const steering of [-1, -0.3, 0.7, 1]) {
        await drive(steering, 0);
        expect((await wheels()).throttle).toBe(0);
      }
    });

    it('finds its outputs as it wrote them, and says which was changed', async () => {
      await rig.start();
      const written = await drive(0.5, 0.4);
      for (const check of ['mode', 'prescale', 'leds'] as const) {
        expect(await rig.divergence(check, written)).toBeUndefined();
      }
      const other = design.outputs({ steering: 0.5, throttle: -0.4 });
      expect(await rig.divergence('leds', other)).toMatchObject({
        text: expect.stringMatching(/^the motor board lost its settings: .*( is |duty)/),
        trouble: { code: 'board-settings-lost' },
      });
    });

    it('holds neutral', async () => {
      await rig.start();
      await drive(0.4, 0.8);
      await rig.holdNeutral();
      expect((await wheels()).throttle).toBe(0);
    });

    it('ends without a pulse', async () => {
      await rig.start();
      await drive(0.4, 0.8);
      await rig.end(insist);
      expectOff(config, await wheels());
    });

    it('ends what another process left behind', async () => {
      await rig.start();
      await drive(-0.4, -0.8);
      await attach().endForeign(insist);
      expectOff(config, await wheels());
    });
  });
}

/** Undefined where there is no pulse and no motor is driven by anything. */
interface Wheels {
  readonly steering: number | undefined;
  readonly throttle: number | undefined;
}

async function readWheels(config: ActuatorConfig, fixture: RigFixture): Promise<Wheels> {
  const share = async (address: number, channel: number): Promise<number> => {
    const bytes = await fixture.bus.readRegisters(address, 0x06 + 4 * channel, 4);
    const [, onHigh = 0, offLow = 0, offHigh = 0] = bytes;
    if ((offHigh & 0x10) !== 0) return 0;
    return (onHigh & 0x10) !== 0 ? 1 : (((offHigh & 0x0f) << 8) | offLow) / 4096;
  };
  const servo = async (board: { address: number; frequencyHz: number }, channel: number, ends: readonly number[]) => {
    const us = (await share(board.address, channel)) * pwmTiming(board.frequencyHz).periodMs * 1000;
    if (us === 0) return undefined;
    const [plus = 0, middle = 0, minus = 0] = ends;
    const towards = (us - middle) / (plus - middle);
    return towards >= 0 ? towards : -(us - middle) / (minus - middle);
  };
  if (isPulseDriven(config)) {
    const { pca9685, steering, throttle } = config;
    const { reversePulseUs, neutralPulseUs, forwardPulseUs } = throttle;
    const read = await servo(pca9685, throttle.channel, [forwardPulseUs, neutralPulseUs, reversePulseUs]);
    return {
      steering: await servo(pca9685, steering.channel, [
        steering.leftPulseUs,
        steering.centrePulseUs,
        steering.rightPulseUs,
      ]),
      // A count is 5 us, a hundredth of what the throttle has.
      throttle: read === undefined || Math.abs(read) > 0.01 ? read : 0,
    };
  }
  const motorBoard = config.motorBoard ?? (config.kind === 'differential' ? undefined : config.pca9685);
  const duty = async (output: DigitalOutput | PwmOutput): Promise<number> => {
    if (output.kind === 'pca9685') return share(motorBoard?.address ?? 0, output.channel);
    return fixture.readPin?.(String(output.pin)) ?? 0;
  };
  const motor = async (one: BridgeMotor): Promise<number> => {
    const [forward, reverse] = [await duty(one.forward), await duty(one.reverse)];
    expect(Math.min(forward, reverse)).toBe(0);
    const speed = one.kind === 'two-pwm' ? 1 : await duty(one.pwm);
    return speed * (forward - reverse) || 0;
  };
  const mean = async (motors: readonly BridgeMotor[]) => {
    let sum = 0;
    for (const each of motors) sum += await motor(each);
    return sum / motors.length;
  };
  if (config.kind === 'servo-and-motors') {
    const { pca9685, steering } = config;
    const angle = await servo(pca9685, steering.channel, [
      steering.leftPulseUs,
      steering.centrePulseUs,
      steering.rightPulseUs,
    ]);
    const throttle = await mean(config.motors);
    return { steering: angle, throttle: angle === undefined && throttle === 0 ? undefined : throttle };
  }
  const [left, right] = [await mean(config.leftMotors), await mean(config.rightMotors)];
  const { turnShare } = config.steering;
  return unmixed(left, right, turnShare);
}

function expectOff(config: ActuatorConfig, { steering, throttle }: Wheels): void {
  expect(throttle ?? 0).toBe(0);
  if (config.kind !== 'differential') expect(steering).toBeUndefined();
  if (isPulseDriven(config)) expect(throttle).toBeUndefined();
}

/** Two sides that stand say neither how they would steer nor that they are at neutral rather than off. */
function unmixed(left: number, right: number, turnShare: number): Wheels {
  const sum = left + right;
  return { steering: sum === 0 ? 0 : (right - left) / sum / turnShare, throttle: sum / 2 };
}
