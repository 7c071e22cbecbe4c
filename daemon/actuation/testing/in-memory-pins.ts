import { type GpioPin, pinName } from '../../protocol/gpio-pin.ts';
import { trouble } from '../../protocol/troubles.ts';
import { countRises } from '../pins/count-rises.ts';
import { headerLines } from '../pins/header-j41.ts';
import { type Level, PinError, type Pins } from '../pins/pins.ts';

/** For tests: the pins of the Nano's header without wires. Levels, refusals and edges are put by hand. */
export class InMemoryPins implements Pins {
  readonly levels = new Map<string, Level>();
  readonly duties = new Map<string, number>();
  /** Every level that was written, in order. */
  readonly writes: { readonly pin: string; readonly level: Level }[] = [];
  onWrite: () => void = () => {};
  /** Errno name that every call ends with. */
  refusal: string | undefined;
  /** The one pin whose every call ends with EIO. */
  refusedPin: string | undefined;
  readonly #counters = new Map<string, (rise: 'counted' | 'too-many') => void>();
  readonly #watched = new Map<string, () => void>();
  readonly #outputs = new Set<string>();

  output(pin: GpioPin, level: Level) {
    const name = pinName(pin);
    const write = (next: Level) => {
      this.#check(name);
      this.levels.set(name, next);
      this.writes.push({ pin: name, level: next });
      this.onWrite();
    };
    write(level);
    this.#outputs.add(name);
    return { write, read: () => this.#read(name) };
  }

  input(pin: GpioPin) {
    const name = pinName(pin);
    this.#check(name);
    return { read: () => this.#read(name) };
  }

  countRises(pin: GpioPin, maxPerS: number, onRise: (rise: 'counted' | 'too-many') => void) {
    const name = pinName(pin);
    this.#check(name);
    this.#counters.set(name, onRise);
    const line = {
      watch: (onEdge: (error: undefined) => void) => void this.#watched.set(name, () => onEdge(undefined)),
      unwatch: () => void this.#watched.delete(name),
    };
    const counter = countRises(line, maxPerS, onRise);
    return {
      stop: () => {
        counter.stop();
        this.#counters.delete(name);
      },
    };
  }

  pwm(pin: string) {
    this.#check(pin);
    this.duties.set(pin, 0);
    return {
      write: (duty: number) => {
        this.#check(pin);
        this.duties.set(pin, Math.min(1, Math.max(0, duty)));
        this.onWrite();
      },
      read: () => this.duties.get(pin) ?? 0,
    };
  }

  /** A level on the wire of an input. */
  put(pin: GpioPin, level: Level): void {
    const name = pinName(pin);
    const before = this.levels.get(name) ?? 'low';
    this.levels.set(name, level);
    if (before === 'low' && level === 'high') this.#watched.get(name)?.();
  }

  /** What an output drives; undefined for a pin that is none. */
  wire(pin: GpioPin): Level | undefined {
    return this.#outputs.has(pinName(pin)) ? this.levels.get(pinName(pin)) : undefined;
  }

  /** Tells a counter of a rise, whatever is on the wire. */
  rise(pin: GpioPin, rise: 'counted' | 'too-many' = 'counted'): void {
    this.#counters.get(pinName(pin))?.(rise);
  }

  #read(name: string): Level {
    this.#check(name);
    return this.levels.get(name) ?? 'low';
  }

  #check(name: string): void {
    const refusal = this.refusal ?? (name === this.refusedPin ? 'EIO' : undefined);
    if (refusal !== undefined)
      throw new PinError(
        refusal,
        trouble('pin-unusable', { pin: name, cause: refusal }),
        `${name} refuses with ${refusal}`,
      );
    if (name.startsWith('J41 ') && !headerLines.has(name))
      throw new PinError('EINVAL', trouble('pin-unknown', { pin: name }), `${name} is no GPIO pin`);
  }
}
