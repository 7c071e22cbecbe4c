import { reasonOf } from '../platform/reason-of.ts';
import type { ActuationStatus } from '../protocol/actuation-messages.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { pinName } from '../protocol/gpio-pin.ts';
import { FittedChips, type FittedChipsDependencies } from './fitted-chips.ts';
import type { InputLine, Level, OutputLine, Pins } from './pins/pins.ts';

export interface FittingsDependencies extends FittedChipsDependencies {
  openPins(): Promise<Pins>;
  /** Called on every tick while the stop button is pressed, or cannot be read. */
  onStop(reason: string): void;
}

export type FittingsStatus = Pick<ActuationStatus, 'stopButton' | 'battery' | 'wheel' | 'motion' | 'missing'>;

/** What the status light shows. */
export type CarLight = 'fault' | 'ready' | 'armed' | 'stopped';

/** A pin that is refused is asked for again after this long. */
const retryMs = 2000;
const rarestRetryMs = 60_000;
const speedWindowMs = 200;
const blinkPeriodMs: Readonly<Record<CarLight, number | undefined>> = {
  fault: 250,
  stopped: 500,
  ready: 2000,
  armed: undefined,
};

/**
 * What is fitted beside the wheels: stop button, battery sensor, wheel encoder, motion sensor, light, screen. The wheels never wait
 * for any of it for longer than one short transfer, and a car drives on without it; only the stop button's silence is a stop.
 */
export class Fittings {
  readonly #config: ActuatorConfig;
  readonly #dependencies: FittingsDependencies;
  readonly #chips: FittedChips;
  #button: InputLine | undefined;
  #buttonState: ActuationStatus['stopButton'];
  #pressedTicks = 0;
  #led: OutputLine | undefined;
  #ledLevel: Level | undefined;
  #ticks = 0;
  #noisyAtMs = Number.NEGATIVE_INFINITY;
  #speed = { atMs: 0, ticks: 0, mps: 0 };
  #stopCounting: (() => void) | undefined;
  #pinTrouble: string | undefined;
  /** Pins are being taken: the button counts as unreadable, which keeps the car from being armed, but is no stop yet. */
  #isStarting = false;
  #takePinsAtMs: number | undefined;
  #takePinsAfterMs = retryMs;

  constructor(config: ActuatorConfig, dependencies: FittingsDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#chips = new FittedChips(config, dependencies);
    // Until it was read it counts as pressed: a car whose button cannot be read must not move.
    if (config.stopButton !== undefined) this.#buttonState = 'unreadable';
  }

  /** Takes the pins. To be called once, before the first tick; what cannot be taken is tried again. */
  async start(): Promise<void> {
    const { stopButton, statusLed, wheelEncoder } = this.#config;
    if (stopButton === undefined && statusLed === undefined && wheelEncoder === undefined) return;
    this.#isStarting = true;
    try {
      const pins = await this.#dependencies.openPins();
      if (stopButton !== undefined) this.#button ??= pins.input(stopButton.pin);
      if (statusLed !== undefined) this.#led ??= pins.output(statusLed.pin, 'low');
      if (wheelEncoder !== undefined && this.#stopCounting === undefined) {
        const counter = pins.countRises(wheelEncoder.pin, wheelEncoder.maxTicksPerS, (rise) => this.#onRise(rise));
        this.#stopCounting = () => counter.stop();
      }
      this.#pinTrouble = undefined;
    } catch (error) {
      const text = reasonOf(error);
      if (this.#pinTrouble !== text) this.#dependencies.onMissing(text);
      this.#pinTrouble = text;
    } finally {
      this.#isStarting = false;
    }
  }

  /** Once every actuation period. */
  tick(nowMs: number, light: CarLight): void {
    this.#retakePins(nowMs, light);
    this.#watchButton();
    this.#shine(nowMs, light);
    this.#measureSpeed(nowMs);
    this.#chips.tick(nowMs);
  }

  status(nowMs: number): FittingsStatus {
    const { battery, motion } = this.#chips;
    const missing = [...this.#chips.missing, ...(this.#pinTrouble === undefined ? [] : [this.#pinTrouble])];
    return {
      ...(this.#buttonState !== undefined && { stopButton: this.#buttonState }),
      ...(battery !== undefined && { battery }),
      ...(motion !== undefined && { motion }),
      ...(this.#config.wheelEncoder !== undefined && {
        wheel: { ticks: this.#ticks, speedMps: this.#speed.mps, noisy: nowMs - this.#noisyAtMs < 1000 },
      }),
      ...(missing.length > 0 && { missing }),
    };
  }

  /** What the status screen shows from now on, piece by piece. */
  show(picture: Uint8Array): void {
    this.#chips.show(picture);
  }

  stop(): void {
    this.#stopCounting?.();
    this.#setLed('low');
  }

  /** The screen tells nothing any more. It is on the wheels' bus: they go first. */
  darken(): void {
    this.#chips.darken();
  }

  /**
   * Just exported, a pin is refused until udev has given the rights to it, which may take longer than onoff waits. Its waiting holds
   * up this process for a moment: so never while the car may drive, and less and less often.
   */
  #retakePins(nowMs: number, light: CarLight): void {
    if (this.#pinTrouble === undefined || this.#isStarting || light === 'armed') return;
    this.#takePinsAtMs ??= nowMs + this.#takePinsAfterMs;
    if (nowMs < this.#takePinsAtMs) return;
    this.#takePinsAtMs = undefined;
    this.#takePinsAfterMs = Math.min(2 * this.#takePinsAfterMs, rarestRetryMs);
    void this.start();
  }

  #watchButton(): void {
    const { stopButton } = this.#config;
    if (stopButton === undefined || this.#isStarting) return;
    const name = pinName(stopButton.pin);
    try {
      if (this.#button === undefined) throw new Error(this.#pinTrouble ?? 'it was not read yet');
      // Two ticks in a row: a spike on a long wire is no finger.
      this.#pressedTicks = this.#button.read() === stopButton.pressedLevel ? this.#pressedTicks + 1 : 0;
      this.#buttonState = this.#pressedTicks >= 2 ? 'pressed' : 'released';
      if (this.#pressedTicks >= 2) this.#dependencies.onStop(`the stop button (${name}) is pressed`);
    } catch (error) {
      this.#buttonState = 'unreadable';
      this.#dependencies.onStop(`the stop button (${name}) cannot be read: ${reasonOf(error)}`);
    }
  }

  #shine(nowMs: number, light: CarLight): void {
    const periodMs = blinkPeriodMs[light];
    this.#setLed(periodMs === undefined || nowMs % periodMs < Math.min(periodMs / 2, 250) ? 'high' : 'low');
  }

  #setLed(level: Level): void {
    if (this.#led === undefined || level === this.#ledLevel) return;
    try {
      this.#led.write(level);
      this.#ledLevel = level;
    } catch (error) {
      // A light is not worth a stop.
      this.#led = undefined;
      this.#dependencies.onMissing(reasonOf(error));
    }
  }

  #onRise(rise: 'counted' | 'too-many'): void {
    if (rise === 'counted') this.#ticks += 1;
    else this.#noisyAtMs = this.#speed.atMs;
  }

  #measureSpeed(nowMs: number): void {
    const { wheelEncoder } = this.#config;
    const { atMs, ticks } = this.#speed;
    if (wheelEncoder === undefined || nowMs - atMs < speedWindowMs) return;
    const metres = (this.#ticks - ticks) / wheelEncoder.ticksPerMetre;
    this.#speed = { atMs: nowMs, ticks: this.#ticks, mps: atMs === 0 ? 0 : (metres * 1000) / (nowMs - atMs) };
  }
}
