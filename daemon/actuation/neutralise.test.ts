import { beforeEach, describe, expect, it } from 'vitest';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { I2cError } from './bus/i2c-bus.ts';
import { neutralise } from './neutralise.ts';
import { InMemoryBus, Pca9685Memory } from './testing/in-memory-bus.ts';
import { InMemoryPins } from './testing/in-memory-pins.ts';
import { carOnDesk } from './testing/sample-config.ts';
import { sampleRigs } from './testing/sample-rigs.ts';
import { SteppedTime } from './testing/stepped-time.ts';

let time: SteppedTime;
let bus: InMemoryBus;
let memory: Pca9685Memory;
let failedOpenings: number;
let warnings: string[];
let pins: InMemoryPins;

beforeEach(() => {
  time = new SteppedTime();
  bus = new InMemoryBus();
  memory = new Pca9685Memory();
  bus.devices.set(0x40, memory);
  memory.registers[0x00] = 0x20;
  memory.registers[0xfe] = 121;
  for (const channel of [0, 1, 2]) memory.registers.set([0, 0, 0x90, 0x01], 0x06 + 4 * channel);
  failedOpenings = 0;
  warnings = [];
  pins = new InMemoryPins();
});

async function openBus(): Promise<InMemoryBus> {
  if (failedOpenings > 0) {
    failedOpenings -= 1;
    throw new I2cError('ECONNREFUSED', 'the simulated car is not there');
  }
  bus.closed = false;
  return bus;
}

interface Outcome {
  tookMs: number;
  error: unknown;
}

async function stop(config: ActuatorConfig = carOnDesk): Promise<Outcome> {
  const beganAtMs = time.nowMs();
  let outcome: Outcome | undefined;
  const end = (error: unknown) => {
    outcome = { tookMs: time.nowMs() - beganAtMs, error };
  };
  const dependencies = { openBus, openPins: async () => pins, wait: time.wait };
  void neutralise(config, (text) => warnings.push(text), dependencies).then(() => end(undefined), end);
  await time.advance(600);
  if (outcome === undefined) throw new Error('neutralise did not end');
  return outcome;
}

describe('neutralise', () => {
  it('makes a chip that pulses on go neutral for two periods, then ends the pulses of its two channels', async () => {
    const throttle: (number | undefined)[] = [];
    const times: number[] = [];
    bus.onWrite = () => {
      throttle.push(memory.pulseCount(0));
      times.push(time.nowMs());
    };
    const { tookMs, error } = await stop();
    expect(error).toBeUndefined();
    expect(throttle).toEqual([307, undefined, undefined]);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(40);
    expect([0, 1, 2].map((channel) => memory.pulseCount(channel))).toEqual([undefined, undefined, 0x190]);
    expect(tookMs).toBeLessThanOrEqual(60);
    expect(bus.closed).toBe(true);
  });

  it('counts neutral in the periods that the chip makes', async () => {
    memory.registers[0xfe] = 101;
    let neutral: number | undefined;
    bus.onWrite = () => {
      neutral ??= memory.pulseCount(0);
    };
    await stop();
    expect(neutral).toBe(368);
  });

  it('leaves a sleeping chip asleep, with its channels off', async () => {
    memory.registers[0x00] = 0x31;
    const { tookMs } = await stop();
    expect(tookMs).toBeLessThanOrEqual(1);
    expect(memory.asleep).toBe(true);
    expect(bus.writes.map(({ register }) => register)).toEqual([0x09, 0x0d]);
  });

  it('tries again when the bus is not there at first, or refuses', async () => {
    failedOpenings = 2;
    bus.refusal = 'EIO';
    bus.refusals = 3;
    expect((await stop()).error).toBeUndefined();
    expect(memory.pulseCount(0)).toBeUndefined();
  });

  it('does not wait for a chip that will not be read', async () => {
    bus.refusal = 'ETIMEDOUT';
    bus.refused = 'reads';
    const throttle: (number | undefined)[] = [];
    bus.onWrite = () => throttle.push(memory.pulseCount(0));
    const { tookMs, error } = await stop();
    expect(error).toBeUndefined();
    expect(throttle).toEqual([307, undefined, undefined]);
    expect(tookMs).toBeLessThanOrEqual(60);
  });

  it('has done it also where the bus does not close afterwards, and says that', async () => {
    bus.close = () => Promise.reject(new I2cError('EIO', 'the adapter is gone'));
    expect((await stop()).error).toBeUndefined();
    expect(memory.pulseCount(0)).toBeUndefined();
    expect(warnings).toEqual(['the bus could not be closed: the adapter is gone']);
  });

  it('does not call wheels neutral that are not, whatever else the bus refuses', async () => {
    bus.refusal = 'EIO';
    bus.close = () => Promise.reject(new I2cError('EIO', 'the adapter is gone'));
    const { error } = await stop();
    expect(error).toMatchObject({ message: expect.stringContaining('could not be set to neutral') });
    expect(warnings).toEqual([]);
  });

  describe('with OE wired', () => {
    const wired: ActuatorConfig = { ...carOnDesk, outputEnable: { pin: 'J41 pin 7' } };

    it('raises it behind the last pulse, and where the bus refuses', async () => {
      const pulses: unknown[] = [];
      pins.onWrite = () => pulses.push(memory.pulseCount(0));
      expect((await stop(wired)).error).toBeUndefined();
      expect([pins.wire('J41 pin 7'), pulses[0], warnings]).toEqual(['high', undefined, []]);
      pins.put('J41 pin 7', 'low');
      bus.refusal = 'EIO';
      expect((await stop(wired)).error).toMatchObject({
        message: expect.stringContaining('could not be set to neutral'),
      });
      expect([pins.wire('J41 pin 7'), warnings]).toEqual(['high', []]);
    });

    it.each(Object.entries(sampleRigs))('raises it where the bus cannot even be opened: %s', async (_name, rig) => {
      failedOpenings = 99;
      const onOe: ActuatorConfig = { ...rig, outputEnable: { pin: 'J41 pin 7' } };
      pins.put('J41 pin 7', 'low');
      expect((await stop(onOe)).error).toMatchObject({
        message: 'the motor board could not be set to neutral: the simulated car is not there',
      });
      expect([pins.wire('J41 pin 7'), warnings]).toEqual(['high', []]);
      failedOpenings = 99;
      pins.refusal = 'EACCES';
      expect((await stop(onOe)).error).toMatchObject({ message: expect.stringContaining('is not there') });
      expect(warnings).toEqual([expect.stringMatching(/^OE \(J41 pin 7\).*does not obey.*EACCES/)]);
    });

    it('has done it also where that does not obey, and says so', async () => {
      pins.refusal = 'EACCES';
      expect((await stop(wired)).error).toBeUndefined();
      expect([0, 1].map((channel) => memory.pulseCount(channel))).toEqual([undefined, undefined]);
      expect(warnings).toEqual([expect.stringMatching(/^OE \(J41 pin 7\).*does not obey.*EACCES/)]);
    });
  });

  it('gives up after twelve attempts with the reason', async () => {
    bus.refusal = 'ENXIO';
    const { tookMs, error } = await stop();
    expect(error).toMatchObject({
      message: 'the motor board could not be set to neutral: the transfer ended with ENXIO',
      cause: { code: 'ENXIO' },
    });
    expect(tookMs).toBeLessThanOrEqual(500);
    expect(bus.closed).toBe(true);
  });
});
