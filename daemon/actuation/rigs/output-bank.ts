import type { Pca9685Config } from '../../protocol/actuator-config.ts';
import { type GpioPin, pinName } from '../../protocol/gpio-pin.ts';
import type { Insist } from '../drivers/neutral-then-off.ts';
import { fullShare, Pca9685, type RegisterCheck } from '../drivers/pca9685.ts';
import type { HardwarePwmPin, OutputLine, Pins, PwmLine } from '../pins/pins.ts';
import { pwmTiming } from '../pulses.ts';
import type { Divergence, Outputs, Rig, RigReach } from '../rig.ts';
import { lostSettings } from './lost-settings.ts';

/** Where one number of the outputs goes. */
export type OutputPlace =
  | { readonly kind: 'pca9685'; readonly board: Pca9685Config; readonly channel: number }
  | { readonly kind: 'gpio'; readonly pin: GpioPin }
  | { readonly kind: 'hardware'; readonly pin: HardwarePwmPin; readonly frequencyHz: number };

interface Taken {
  readonly lines: ReadonlyMap<number, OutputLine>;
  readonly pwms: ReadonlyMap<number, PwmLine>;
}

/**
 * Outputs on PCA9685 boards, GPIO and hardware PWM, written as one. What becomes 0 is written before anything else is, so that
 * a bridge passes through "both off" on its way from one direction to the other.
 */
export class OutputBank implements Rig {
  readonly #places: readonly OutputPlace[];
  readonly #neutral: Outputs;
  readonly #reach: RigReach;
  /** One for each address. */
  readonly #chips: ReadonlyMap<number, Pca9685>;
  #taken: Taken | undefined;

  constructor(places: readonly OutputPlace[], neutral: Outputs, reach: RigReach) {
    this.#places = places;
    this.#neutral = neutral;
    this.#reach = reach;
    const boards = new Map(
      places.flatMap((place) => (place.kind === 'pca9685' ? [[place.board.address, place.board]] : [])),
    );
    this.#chips = new Map(
      [...boards].map(([address, { frequencyHz }]) => [
        address,
        new Pca9685(reach.bus, address, { steering: 0, throttle: 0 }, pwmTiming(frequencyHz), reach.waiter),
      ]),
    );
  }

  async start(): Promise<void> {
    await this.#take();
    for (const chip of this.#chips.values()) await chip.setUp();
    await this.write(this.#neutral);
  }

  async write(outputs: Outputs): Promise<void> {
    const taken = await this.#take();
    await this.#writeWhere(outputs, taken, (value) => value === 0);
    await this.#writeWhere(outputs, taken, (value) => value !== 0);
  }

  async holdNeutral(): Promise<void> {
    await this.write(this.#neutral);
  }

  async divergence(check: RegisterCheck, written: Outputs): Promise<Divergence | undefined> {
    for (const [address, chip] of this.#chips) {
      const found =
        check === 'leds'
          ? await chip.channelDivergence(this.#sharesAt(address, written))
          : await chip.divergence(check, { steering: 0, throttle: 0 });
      if (found !== undefined) return lostSettings(found);
    }
    return check === 'leds' ? lostSettings(this.#pinDivergence(written)) : undefined;
  }

  cut(): undefined {}

  async end(insist: Insist): Promise<void> {
    await insist(() => this.holdNeutral());
    await this.endForeign(insist);
  }

  /** Each place on its own and all of them, whatever one of them answers. */
  async endForeign(insist: Insist): Promise<void> {
    const failures: unknown[] = [];
    const attempt = (step: () => Promise<void>) => insist(step).catch((error: unknown) => failures.push(error));
    for (const [address, chip] of this.#chips) {
      for (const channel of this.#sharesAt(address, this.#neutral).keys()) await attempt(() => chip.release(channel));
    }
    if (this.#places.some(({ kind }) => kind !== 'pca9685')) {
      await attempt(async () => {
        const { lines, pwms } = await this.#take();
        for (const pwm of pwms.values()) pwm.write(0);
        for (const line of lines.values()) line.write('low');
      });
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Pins go straight to their "off" when they are taken. */
  async #take(): Promise<Taken> {
    if (this.#taken !== undefined) return this.#taken;
    const lines = new Map<number, OutputLine>();
    const pwms = new Map<number, PwmLine>();
    let pins: Pins | undefined;
    for (const [index, place] of this.#places.entries()) {
      if (place.kind === 'pca9685') continue;
      pins ??= await this.#reach.openPins();
      if (place.kind === 'gpio') lines.set(index, pins.output(place.pin, 'low'));
      else pwms.set(index, pins.pwm(place.pin, place.frequencyHz));
    }
    this.#taken = { lines, pwms };
    return this.#taken;
  }

  async #writeWhere(outputs: Outputs, taken: Taken, fits: (value: number) => boolean): Promise<void> {
    for (const [index, pwm] of taken.pwms) if (fits(outputs[index]!)) pwm.write(outputs[index]! / fullShare);
    for (const [index, line] of taken.lines) {
      if (fits(outputs[index]!)) line.write(outputs[index]! > 0 ? 'high' : 'low');
    }
    for (const [address, chip] of this.#chips) {
      await chip.writeChannels(new Map([...this.#sharesAt(address, outputs)].filter(([, value]) => fits(value))));
    }
  }

  #sharesAt(address: number, outputs: Outputs): Map<number, number> {
    return new Map(
      this.#places.flatMap((place, index) =>
        place.kind === 'pca9685' && place.board.address === address ? [[place.channel, outputs[index]!]] : [],
      ),
    );
  }

  #pinDivergence(written: Outputs): string | undefined {
    for (const [index, place] of this.#places.entries()) {
      const wanted = written[index]!;
      const line = this.#taken?.lines.get(index)?.read();
      if (place.kind === 'gpio' && line !== undefined && line !== (wanted > 0 ? 'high' : 'low')) {
        return `${pinName(place.pin)} is ${line}`;
      }
      const duty = this.#taken?.pwms.get(index)?.read();
      if (place.kind === 'hardware' && duty !== undefined && Math.abs(duty - wanted / fullShare) > dutyTolerance) {
        return `${place.pin} has a duty of ${duty} where ${wanted / fullShare} was written`;
      }
    }
    return undefined;
  }
}

/** sysfs counts whole nanoseconds. */
const dutyTolerance = 0.001;
