import type { I2cBus } from '../bus/i2c-bus.ts';
import { type PwmTiming, timingOfPrescale } from '../pulses.ts';

/** Registers and bits of the PCA9685 (NXP datasheet rev. 4, section 7.3). */
const mode1 = 0x00;
const mode2 = 0x01;
const firstLed = 0x06;
const bytesPerLed = 4;
const offHigh = 3;
const allLedOffHigh = 0xfd;
const preScale = 0xfe;
const autoIncrement = 0x20;
const sleep = 0x10;
const restart = 0x80;
/** Totem-pole outputs, not inverted, changed on STOP: the power-on state, written in case something else was before. */
const totemPole = 0x04;
/** In the OFF counter's high byte: never on. Wins over everything else. One byte: it works without auto-increment. */
const fullOff = 0x10;
/** In the ON counter's high byte: always on, unless full-off. */
const fullOn = 0x10;
/** A share of 4096 that is always on. */
export const fullShare = 4096;
/** The oscillator needs 500 us after SLEEP ends (section 7.3.1.1); timers count whole milliseconds. */
const oscillatorStartMs = 1;

export interface Pca9685Channels {
  readonly steering: number;
  readonly throttle: number;
}

/** OFF counts of 0 to 4095 for the two channels; each pulse begins at count 0. */
export interface PulseCounts {
  readonly steering: number;
  readonly throttle: number;
}

/** What a read-back looks at. */
export type RegisterCheck = 'mode' | 'prescale' | 'leds';

export interface Waiter {
  wait(milliseconds: number): Promise<void>;
}

/** One chip, and the order in which its registers are touched. Every call is one or a few transfers; errors are the bus's. */
export class Pca9685 {
  readonly #bus: I2cBus;
  readonly #address: number;
  readonly #channels: Pca9685Channels;
  readonly #timing: PwmTiming;
  readonly #waiter: Waiter;

  constructor(bus: I2cBus, address: number, channels: Pca9685Channels, timing: PwmTiming, waiter: Waiter) {
    this.#bus = bus;
    this.#address = address;
    this.#channels = channels;
    this.#timing = timing;
    this.#waiter = waiter;
  }

  /**
   * The start-up order: all outputs full-off, so that SLEEP cuts no running pulse; SLEEP, without which PRE_SCALE cannot be
   * written; PRE_SCALE; wake; then the first pulses, which must be neutral.
   */
  async initialise(neutral: PulseCounts): Promise<void> {
    await this.setUp();
    await this.write(neutral);
  }

  /** The same without the first pulses: all outputs are full-off. */
  async setUp(): Promise<void> {
    await this.#write(allLedOffHigh, [fullOff]);
    await this.#write(mode1, [autoIncrement | sleep]);
    await this.#write(preScale, [this.#timing.prescale]);
    await this.#write(mode2, [totemPole]);
    await this.#write(mode1, [autoIncrement]);
    await this.#waiter.wait(oscillatorStartMs);
  }

  /** Both pulses in one transfer where the channels are neighbours; otherwise the throttle goes first. */
  async write(counts: PulseCounts): Promise<void> {
    const { steering, throttle } = this.#channels;
    if (Math.abs(steering - throttle) === 1) {
      const first = Math.min(steering, throttle);
      const both = [ledBytes(counts.throttle), ledBytes(counts.steering)];
      if (first === steering) both.reverse();
      await this.#write(ledRegister(first), both.flat());
    } else {
      await this.#writeThrottle(counts.throttle);
      await this.#write(ledRegister(steering), ledBytes(counts.steering));
    }
  }

  /** Throttle neutral, and until two whole periods of it have passed. */
  async holdNeutral(throttleCount: number, timing: PwmTiming = this.#timing): Promise<void> {
    await this.#writeThrottle(throttleCount);
    await this.#waiter.wait(Math.ceil(2 * timing.periodMs) + 1);
  }

  /** No more pulses on these two channels. Only after `holdNeutral`. */
  async off(): Promise<void> {
    for (const channel of [this.#channels.throttle, this.#channels.steering]) {
      await this.#write(ledRegister(channel) + offHigh, [fullOff]);
    }
  }

  /** How the chip's registers differ from what was written; undefined when they do not. */
  async divergence(check: RegisterCheck, written: PulseCounts): Promise<string | undefined> {
    switch (check) {
      case 'mode':
        return different('MODE1', [autoIncrement], [(await this.#readByte(mode1)) & ~restart]);
      case 'prescale':
        return different('PRE_SCALE', [this.#timing.prescale], [await this.#readByte(preScale)]);
      case 'leds': {
        const { steering, throttle } = this.#channels;
        return (
          different(`LED${throttle}`, ledBytes(written.throttle), await this.#readLed(throttle)) ??
          different(`LED${steering}`, ledBytes(written.steering), await this.#readLed(steering))
        );
      }
    }
  }

  /**
   * As the chip stands, whoever set it up: undefined while it sleeps and makes no pulses, otherwise their timing. An awake
   * chip counts on through its registers afterwards.
   */
  async runningTiming(): Promise<PwmTiming | undefined> {
    const mode = await this.#readByte(mode1);
    if ((mode & sleep) !== 0) return undefined;
    if ((mode & autoIncrement) === 0) await this.#write(mode1, [autoIncrement]);
    return timingOfPrescale(await this.#readByte(preScale));
  }

  /** Any channels at these shares of 4096: 0 is full-off, 4096 full-on. Neighbours go in one transfer. */
  async writeChannels(shares: ReadonlyMap<number, number>): Promise<void> {
    for (const { first, values } of runsOf(shares)) {
      await this.#write(ledRegister(first), values.flatMap(shareBytes));
    }
  }

  /** No more pulses on a channel, in one byte: it works on a chip that somebody else has set up. */
  async release(channel: number): Promise<void> {
    await this.#write(ledRegister(channel) + offHigh, [fullOff]);
  }

  /** How the channels' registers differ from what `writeChannels` was given. */
  async channelDivergence(shares: ReadonlyMap<number, number>): Promise<string | undefined> {
    for (const [channel, value] of shares) {
      const found = different(`LED${channel}`, shareBytes(value), await this.#readLed(channel));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #writeThrottle(count: number): Promise<void> {
    await this.#write(ledRegister(this.#channels.throttle), ledBytes(count));
  }

  async #write(register: number, bytes: readonly number[]): Promise<void> {
    await this.#bus.writeRegisters(this.#address, register, Uint8Array.from(bytes));
  }

  async #readByte(register: number): Promise<number> {
    return (await this.#bus.readRegisters(this.#address, register, 1))[0]!;
  }

  async #readLed(channel: number): Promise<number[]> {
    return Array.from(await this.#bus.readRegisters(this.#address, ledRegister(channel), bytesPerLed));
  }
}

function ledRegister(channel: number): number {
  return firstLed + bytesPerLed * channel;
}

function ledBytes(offCount: number): number[] {
  return [0, 0, offCount & 0xff, offCount >> 8];
}

/** A transfer carries at most 32 bytes. */
const longestRun = 7;

/** Channels in ascending order, cut where one is missing. */
function runsOf(shares: ReadonlyMap<number, number>): { first: number; values: number[] }[] {
  const runs: { first: number; values: number[] }[] = [];
  for (const [channel, value] of [...shares].sort(([one], [other]) => one - other)) {
    const run = runs.at(-1);
    if (run !== undefined && run.first + run.values.length === channel && run.values.length < longestRun) {
      run.values.push(value);
    } else runs.push({ first: channel, values: [value] });
  }
  return runs;
}

function shareBytes(share: number): number[] {
  if (share <= 0) return [0, 0, 0, fullOff];
  if (share >= fullShare) return [0, fullOn, 0, 0];
  return ledBytes(share);
}

function different(name: string, expected: readonly number[], found: readonly number[]): string | undefined {
  if (expected.every((byte, index) => byte === found[index])) return undefined;
  return `${name} is ${hex(found)} where ${hex(expected)} was written`;
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
