import { type GpioPin, pinName } from '../../protocol/gpio-pin.ts';
import { type Level, PinError, type Pins } from '../pins/pins.ts';

/** For tests: pins without wires. Levels, refusals and edges are put by hand. */
export class InMemoryPins implements Pins {
  readonly levels = new Map<string, Level>();
  readonly duties = new Map<string, number>();
  /** Every level that was written, in order. */
  readonly writes: { readonly pin: string; readonly level: Level }[] = [];
  onWrite: () => void = () => {};
  /** Errno name that every call ends with. */
  refusal: string | undefined;
  readonly #counters = new Map<string, (rise: 'counted' | 'too-many') => void>();

  output(pin: GpioPin, level: Level) {
    const name = pinName(pin);
    const write = (next: Level) => {
      this.#check(name);
      this.levels.set(name, next);
      this.writes.push({ pin: name, level: next });
      this.onWrite();
    };
    write(level);
    return { write, read: () => this.#read(name) };
  }

  input(pin: GpioPin) {
    const name = pinName(pin);
    this.#check(name);
    return { read: () => this.#read(name) };
  }

  countRises(pin: GpioPin, _maxPerS: number, onRise: (rise: 'counted' | 'too-many') => void) {
    const name = pinName(pin);
    this.#check(name);
    this.#counters.set(name, onRise);
    return { stop: () => void this.#counters.delete(name) };
  }

  pwm(pin: string) {
    this.#check(pin);
    this.duties.set(pin, 0);
    return {
      write: (duty: number) => {
        this.#check(pin);
        this.duties.set(pin, duty);
        this.onWrite();
      },
      read: () => this.duties.get(pin) ?? 0,
    };
  }

  rise(pin: GpioPin, rise: 'counted' | 'too-many' = 'counted'): void {
    this.#counters.get(pinName(pin))?.(rise);
  }

  #read(name: string): Level {
    this.#check(name);
    return this.levels.get(name) ?? 'low';
  }

  #check(name: string): void {
    if (this.refusal !== undefined) throw new PinError(this.refusal, `${name} refuses with ${this.refusal}`);
  }
}
