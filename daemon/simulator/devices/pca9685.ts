import type { GeneralCallDevice } from './bus.ts';

/** Register addresses, NXP PCA9685 data sheet rev. 4, table 4. */
const mode1 = 0x00;
const mode2 = 0x01;
const allCallAddress = 0x05;
const led0 = 0x06;
const lastLed = 0x45;
const allLed = 0xfa;
const lastAllLed = 0xfd;
const prescale = 0xfe;

/** MODE1, table 5. */
const restart = 0x80;
const externalClock = 0x40;
const autoIncrement = 0x20;
const sleep = 0x10;
const allCall = 0x01;
/** MODE2, table 6. */
const inverted = 0x10;
const outputChangesOnAck = 0x08;

const full = 0x10;
const channels = 16;
const counts = 4096;
const oscillatorMHz = 25;
/** Section 7.3.1: the oscillator runs at most so long after SLEEP is cleared. */
const oscillatorStartMs = 0.5;

/** What a channel's pin does. */
export type Pca9685Output =
  | { readonly kind: 'off' }
  | { readonly kind: 'on' }
  | { readonly kind: 'pulse'; readonly widthUs: number; readonly periodUs: number };

/**
 * Register model of the PCA9685: what its pins do follows from its registers alone, so it goes on pulsing when
 * whoever wrote them is gone, as the chip does. Not modelled: the sub-addresses' use, /OE (held low), the external
 * clock's rate.
 */
export class Pca9685 implements GeneralCallDevice {
  readonly #registers = new Uint8Array(256);
  /** When SLEEP was last cleared. */
  #awakeSinceMs = Number.NEGATIVE_INFINITY;
  /** Put to sleep while pulsing, and not restarted yet: all channels are halted (section 7.3.1.1). */
  #isHalted = false;

  constructor() {
    this.softwareReset();
  }

  /** Power-on values, also those of a software reset: asleep, all channels full-off. */
  softwareReset(): void {
    this.#registers.fill(0);
    this.#registers.set([sleep | allCall, 0x04, 0xe2, 0xe4, 0xe8, 0xe0], mode1);
    for (let channel = 0; channel < channels; channel++) this.#registers[led0 + 4 * channel + 3] = full;
    this.#registers[prescale] = 0x1e;
    this.#isHalted = false;
    this.#awakeSinceMs = Number.NEGATIVE_INFINITY;
  }

  /** The All Call address, while MODE1 allows it. */
  answersTo(address: number): boolean {
    return (this.#registers[mode1]! & allCall) !== 0 && address === this.#registers[allCallAddress]! >> 1;
  }

  write(register: number, bytes: readonly number[], nowMs: number): void {
    let at = register;
    for (const byte of bytes) {
      this.#writeOne(at, byte & 0xff, nowMs);
      at = this.#next(at);
    }
    const touchesLed = bytes.length > 0 && ((register >= led0 && register <= lastLed) || register >= allLed);
    // Section 7.3.1.1: with MODE2's OCH clear, writing any PWM register and a STOP clears RESTART and runs all channels.
    const restartsByWrite = touchesLed && (this.#registers[mode2]! & outputChangesOnAck) === 0;
    if (restartsByWrite && register !== prescale && !this.#isAsleep()) this.#isHalted = false;
  }

  read(register: number, length: number, _nowMs?: number): number[] {
    const bytes: number[] = [];
    let at = register;
    for (let i = 0; i < length; i++) {
      bytes.push(this.#readOne(at));
      at = this.#next(at);
    }
    return bytes;
  }

  output(channel: number, nowMs: number): Pca9685Output {
    if (this.#isAsleep() || this.#isHalted || nowMs - this.#awakeSinceMs < oscillatorStartMs) return { kind: 'off' };
    const base = led0 + 4 * channel;
    const registers = this.#registers;
    const [onLow, onHigh] = [registers[base]!, registers[base + 1]!];
    const [offLow, offHigh] = [registers[base + 2]!, registers[base + 3]!];
    const periodUs = this.#countUs() * counts;
    const isInverted = (this.#registers[mode2]! & inverted) !== 0;
    // Full-off is stronger than full-on (table 7, remark).
    if ((offHigh & full) !== 0) return { kind: isInverted ? 'on' : 'off' };
    if ((onHigh & full) !== 0) return { kind: isInverted ? 'off' : 'on' };
    const on = ((onHigh & 0x0f) << 8) | onLow;
    const off = ((offHigh & 0x0f) << 8) | offLow;
    const width = (off - on + counts) % counts;
    if (width === 0) return { kind: isInverted ? 'on' : 'off' };
    return { kind: 'pulse', widthUs: this.#countUs() * (isInverted ? counts - width : width), periodUs };
  }

  /** Width of the pulses on a channel in microseconds: 0 for none, the whole period where the pin stays high. */
  pulseUs(channel: number, nowMs: number): number {
    const output = this.output(channel, nowMs);
    switch (output.kind) {
      case 'off':
        return 0;
      case 'on':
        return this.#countUs() * counts;
      case 'pulse':
        return output.widthUs;
    }
  }

  #countUs(): number {
    return (this.#registers[prescale]! + 1) / oscillatorMHz;
  }

  #isAsleep(): boolean {
    return (this.#registers[mode1]! & sleep) !== 0;
  }

  /** Without auto-increment every byte goes to the same register; with it, the LEDs' last one wraps to MODE1. */
  #next(register: number): number {
    if ((this.#registers[mode1]! & autoIncrement) === 0) return register;
    return register === lastLed ? mode1 : (register + 1) & 0xff;
  }

  #readOne(register: number): number {
    if (register === mode1) return (this.#registers[mode1]! & ~restart) | (this.#isHalted ? restart : 0);
    // ALL_LED and reserved registers read as zero.
    return register <= lastLed || register === prescale ? this.#registers[register]! : 0;
  }

  #writeOne(register: number, byte: number, nowMs: number): void {
    if (register === mode1) this.#writeMode1(byte, nowMs);
    else if (register === mode2) this.#registers[mode2] = byte & 0x1f;
    else if (register < led0) this.#registers[register] = byte & 0xfe;
    else if (register <= lastLed) this.#registers[register] = ledByte(register - led0, byte);
    else if (register >= allLed && register <= lastAllLed) {
      const part = register - allLed;
      for (let channel = 0; channel < channels; channel++) {
        this.#registers[led0 + 4 * channel + part] = ledByte(part, byte);
      }
    } else if (register === prescale && this.#isAsleep()) {
      // Section 7.3.5: blocked while awake; the hardware takes 3 for anything less.
      this.#registers[prescale] = Math.max(3, byte);
    }
  }

  #writeMode1(byte: number, nowMs: number): void {
    const wasAsleep = this.#isAsleep();
    // EXTCLK is sticky until a power cycle or software reset, and is taken only together with SLEEP.
    const clock = (this.#registers[mode1]! | (wasAsleep ? byte : 0)) & externalClock;
    if (!wasAsleep && (byte & sleep) !== 0 && this.#runsAnything()) this.#isHalted = true;
    this.#registers[mode1] = (byte & ~(restart | externalClock)) | clock;
    if (wasAsleep && (byte & sleep) === 0) this.#awakeSinceMs = nowMs;
    const mayRestart = !this.#isAsleep() && nowMs - this.#awakeSinceMs >= oscillatorStartMs;
    if ((byte & restart) !== 0 && mayRestart) this.#isHalted = false;
  }

  #runsAnything(): boolean {
    for (let channel = 0; channel < channels; channel++) {
      if ((this.#registers[led0 + 4 * channel + 3]! & full) === 0) return true;
    }
    return false;
  }
}

/** ON_H and OFF_H have four count bits and the full bit; their upper three bits are reserved and read zero. */
function ledByte(part: number, byte: number): number {
  return part % 2 === 0 ? byte : byte & 0x1f;
}
