import { beforeEach, describe, expect, it } from 'vitest';
import { pwmTiming, timingOfPrescale } from '../pulses.ts';
import { InMemoryBus, Pca9685Memory } from '../testing/in-memory-bus.ts';
import { Pca9685, type Pca9685Channels } from './pca9685.ts';

let bus: InMemoryBus;
let memory: Pca9685Memory;
let waits: number[];
const neutral = { steering: 311, throttle: 307 };

beforeEach(() => {
  bus = new InMemoryBus();
  memory = new Pca9685Memory();
  bus.devices.set(0x40, memory);
  waits = [];
});

function chip(channels: Pca9685Channels): Pca9685 {
  const wait = async (milliseconds: number) => {
    waits.push(milliseconds);
    bus.writes.push({ address: 0, register: 0, bytes: [] });
  };
  return new Pca9685(bus, 0x40, channels, pwmTiming(50), { wait });
}

function transfers(): [number, ...number[]][] {
  return bus.writes.map(({ register, bytes }) => [register, ...bytes]);
}

describe('the start-up', () => {
  it('ends all pulses, sleeps, sets the frequency, wakes, waits for the oscillator and begins with neutral', async () => {
    await chip({ steering: 1, throttle: 0 }).initialise(neutral);
    expect(transfers()).toEqual([
      [0xfd, 0x10],
      [0x00, 0x30],
      [0xfe, 121],
      [0x01, 0x04],
      [0x00, 0x20],
      [0],
      [0x06, 0, 0, 0x33, 0x01, 0, 0, 0x37, 0x01],
    ]);
    expect(waits[0]).toBeGreaterThanOrEqual(0.5);
    expect(memory.registers[0xfe]).toBe(121);
    expect([0, 1, 2].map((channel) => memory.pulseCount(channel))).toEqual([307, 311, undefined]);
  });

  it('never sleeps while a pulse runs, whatever ran before', async () => {
    const pca9685 = chip({ steering: 1, throttle: 0 });
    await pca9685.initialise(neutral);
    await pca9685.write({ steering: 300, throttle: 400 });
    bus.onWrite = () => {
      const pulsing = memory.registers.some((_, index) => index % 4 === 1 && index < 70 && index > 6 && !isOff(index));
      expect(memory.asleep && pulsing).toBe(false);
    };
    await pca9685.initialise(neutral);
    expect(memory.pulseCount(0)).toBe(307);
  });
});

function isOff(offHighRegister: number): boolean {
  return (memory.registers[offHighRegister]! & 0x10) !== 0;
}

describe('pulses', () => {
  it('of neighbouring channels go in one transfer, in either order', async () => {
    await chip({ steering: 1, throttle: 0 }).initialise(neutral);
    bus.writes.length = 0;
    await chip({ steering: 4, throttle: 5 }).write({ steering: 0x123, throttle: 0x0ff });
    await chip({ steering: 6, throttle: 5 }).write({ steering: 0x123, throttle: 0x0ff });
    expect(transfers()).toEqual([
      [0x16, 0, 0, 0x23, 0x01, 0, 0, 0xff, 0x00],
      [0x1a, 0, 0, 0xff, 0x00, 0, 0, 0x23, 0x01],
    ]);
  });

  it('of channels apart go in two, throttle first', async () => {
    await chip({ steering: 1, throttle: 0 }).initialise(neutral);
    bus.writes.length = 0;
    await chip({ steering: 0, throttle: 15 }).write(neutral);
    expect(transfers()).toEqual([
      [0x42, 0, 0, 0x33, 0x01],
      [0x06, 0, 0, 0x37, 0x01],
    ]);
  });

  it('end on these two channels alone, even on a chip that does not count on', async () => {
    await chip({ steering: 1, throttle: 0 }).initialise(neutral);
    await chip({ steering: 4, throttle: 7 }).write(neutral);
    memory.registers[0x00] = 0x00;
    await chip({ steering: 1, throttle: 0 }).off();
    expect([0, 1, 4, 7].map((channel) => memory.pulseCount(channel))).toEqual([undefined, undefined, 311, 307]);
  });
});

describe('a read-back', () => {
  it.each([
    ['mode', 0x00, 0x11, 'MODE1 is 11 where 20 was written'],
    ['prescale', 0xfe, 0x1e, 'PRE_SCALE is 1e where 79 was written'],
    ['leds', 0x09, 0x11, 'LED0 is 00 00 33 11 where 00 00 33 01 was written'],
    ['leds', 0x0c, 0x38, 'LED1 is 00 00 38 01 where 00 00 37 01 was written'],
  ] as const)('of %s finds what changed in register %i', async (check, register, value, text) => {
    const pca9685 = chip({ steering: 1, throttle: 0 });
    await pca9685.initialise(neutral);
    for (const each of ['mode', 'prescale', 'leds'] as const) {
      expect(await pca9685.divergence(each, neutral)).toBeUndefined();
    }
    memory.registers[register] = value;
    expect(await pca9685.divergence(check, neutral)).toBe(text);
  });

  it('does not mind the RESTART bit, which the chip sets by itself', async () => {
    const pca9685 = chip({ steering: 1, throttle: 0 });
    await pca9685.initialise(neutral);
    memory.registers[0x00] = 0xa0;
    expect(await pca9685.divergence('mode', neutral)).toBeUndefined();
  });
});

describe('the timing of a chip found running', () => {
  it('is none while it sleeps', async () => {
    expect(await chip({ steering: 1, throttle: 0 }).runningTiming()).toBeUndefined();
  });

  it('is the chip’s own, and the chip counts on afterwards', async () => {
    memory.registers[0x00] = 0x01;
    expect(await chip({ steering: 1, throttle: 0 }).runningTiming()).toEqual(timingOfPrescale(0x1e));
    expect(memory.registers[0x00]).toBe(0x20);
    bus.writes.length = 0;
    await chip({ steering: 1, throttle: 0 }).runningTiming();
    expect(bus.writes).toEqual([]);
  });
});
