import { plural } from '../platform/plural.ts';
import { reasonOf } from '../platform/reason-of.ts';
import type { ActuationStatus } from '../protocol/actuation-messages.ts';
import type { ActuatorConfig, BatteryConfig } from '../protocol/actuator-config.ts';
import { pinName } from '../protocol/gpio-pin.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import { readIna219, setUpIna219 } from './drivers/ina219.ts';
import { readMpu6050, setUpMpu6050 } from './drivers/mpu6050.ts';
import { Ssd1306 } from './drivers/ssd1306.ts';
import type { InputLine, Level, OutputLine, Pins } from './pins/pins.ts';

export interface FittingsDependencies {
  /** The bus as the wheels have it open; undefined while they have not. */
  bus(): I2cBus | undefined;
  openPins(): Promise<Pins>;
  /** Called on every tick while the stop button is pressed, or cannot be read. */
  onStop(reason: string): void;
  onMissing(text: string): void;
}

export type FittingsStatus = Pick<ActuationStatus, 'stopButton' | 'battery' | 'wheel' | 'motion' | 'missing'>;

/** What the status light shows. */
export type CarLight = 'fault' | 'ready' | 'armed' | 'stopped';

/** A device that does not answer is asked again after this long. */
const retryMs = 2000;
const rarestRetryMs = 60_000;
/** One that falls silent again and again is told of no more often than this. */
const tellPeriodMs = 60_000;
const speedWindowMs = 200;
/** A piece of the picture in this time: a whole one in a second or two, and little of the bus. */
const screenPeriodMs = 40;
/** After so many pieces, half a minute, everything is written anew. */
const screenRenewal = 750;
const blinkPeriodMs: Readonly<Record<CarLight, number | undefined>> = {
  fault: 250,
  stopped: 500,
  ready: 2000,
  armed: undefined,
};

/** A chip beside the motor board. One transfer of it at a time goes between those of the wheels. */
interface Chip {
  readonly name: string;
  readonly periodMs: number;
  setUp(bus: I2cBus): Promise<void>;
  /** Once every period. */
  serve(bus: I2cBus): Promise<void>;
  /** It does not answer: an old reading is none. */
  forget(): void;
  isSetUp: boolean;
  dueAtMs: number;
  missing: string | undefined;
  /** When its silence was last told; undefined before the first. */
  toldAtMs: number | undefined;
  /** How often it fell silent since then, without a word. */
  untold: number;
}

/**
 * What is fitted beside the wheels: stop button, battery sensor, wheel encoder, motion sensor, light, screen. The wheels never wait
 * for any of it for longer than one short transfer, and a car drives on without it; only the stop button's silence is a stop.
 */
export class Fittings {
  readonly #config: ActuatorConfig;
  readonly #dependencies: FittingsDependencies;
  readonly #chips: Chip[] = [];
  readonly #screen: Ssd1306 | undefined;
  #busy = false;
  #battery: { volts: number; amps: number } | undefined;
  #motion: ActuationStatus['motion'];
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
    const { battery, motionSensor, statusScreen } = config;
    if (battery !== undefined) this.#chips.push(this.#batteryChip(battery));
    if (motionSensor !== undefined) this.#chips.push(this.#motionChip(motionSensor.address));
    if (statusScreen !== undefined) {
      this.#screen = new Ssd1306(statusScreen.address, statusScreen.heightPx);
      this.#chips.push(this.#screenChip(this.#screen, statusScreen.address));
    }
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
    this.#askChip(nowMs);
  }

  status(nowMs: number): FittingsStatus {
    const missing = [...this.#chips.map((chip) => chip.missing), this.#pinTrouble].filter((text) => text !== undefined);
    return {
      ...(this.#buttonState !== undefined && { stopButton: this.#buttonState }),
      ...(this.#battery !== undefined && { battery: this.#battery }),
      ...(this.#motion !== undefined && { motion: this.#motion }),
      ...(this.#config.wheelEncoder !== undefined && {
        wheel: { ticks: this.#ticks, speedMps: this.#speed.mps, noisy: nowMs - this.#noisyAtMs < 1000 },
      }),
      ...(missing.length > 0 && { missing }),
    };
  }

  /** What the status screen shows from now on, piece by piece. */
  show(picture: Uint8Array): void {
    const fits = this.#screen?.show(picture);
    if (fits === false) this.#dependencies.onMissing(`a picture of ${picture.length} bytes is not the status screen's`);
  }

  stop(): void {
    this.#stopCounting?.();
    this.#setLed('low');
  }

  /** The screen tells nothing any more. It is on the wheels' bus: they go first. */
  darken(): void {
    const bus = this.#dependencies.bus();
    if (bus !== undefined) this.#screen?.turnOff(bus).catch(() => {});
  }

  #batteryChip({ address, shuntOhm }: BatteryConfig): Chip {
    return {
      ...chipAt('INA219', address, 100),
      setUp: (bus) => setUpIna219(bus, address),
      serve: async (bus) => {
        this.#battery = await readIna219(bus, address, shuntOhm);
      },
      forget: () => {
        this.#battery = undefined;
      },
    };
  }

  #motionChip(address: number): Chip {
    return {
      ...chipAt('MPU6050', address, 50),
      setUp: (bus) => setUpMpu6050(bus, address),
      serve: async (bus) => {
        this.#motion = await readMpu6050(bus, address);
      },
      forget: () => {
        this.#motion = undefined;
      },
    };
  }

  #screenChip(screen: Ssd1306, address: number): Chip {
    let drawn = 0;
    return {
      ...chipAt('SSD1306', address, screenPeriodMs),
      setUp: (bus) => screen.begin(bus),
      serve: async (bus) => {
        drawn += 1;
        // It cannot be seen whether it lost its power meanwhile.
        if (drawn % screenRenewal === 0) await screen.begin(bus);
        else await screen.draw(bus);
      },
      forget: () => {},
    };
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

  #askChip(nowMs: number): void {
    const bus = this.#dependencies.bus();
    if (this.#busy || bus === undefined) return;
    const chip = this.#chips
      .filter(({ dueAtMs }) => nowMs >= dueAtMs)
      .sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
    if (chip === undefined) return;
    this.#busy = true;
    chip.dueAtMs = nowMs + chip.periodMs;
    const step = chip.isSetUp ? chip.serve(bus) : chip.setUp(bus);
    step.then(
      () => {
        this.#busy = false;
        chip.isSetUp = true;
        chip.missing = undefined;
      },
      (error: unknown) => {
        this.#busy = false;
        chip.isSetUp = false;
        chip.dueAtMs = nowMs + retryMs;
        const text = `${chip.name}: ${reasonOf(error)}`;
        if (chip.missing === undefined) this.#tellMissing(chip, text, nowMs);
        chip.missing = text;
        chip.forget();
      },
    );
  }

  /** A machine that is busy loses a reading every few seconds: a line for each would hide all others. */
  #tellMissing(chip: Chip, text: string, nowMs: number): void {
    if (chip.toldAtMs !== undefined && nowMs - chip.toldAtMs < tellPeriodMs) {
      chip.untold += 1;
      return;
    }
    const since = chip.untold === 0 ? '' : ` (and ${plural(chip.untold, 'time')} more since this was last told)`;
    this.#dependencies.onMissing(`${text}${since}`);
    chip.toldAtMs = nowMs;
    chip.untold = 0;
  }
}

function chipAt(kind: string, address: number, periodMs: number) {
  const name = `${kind} at 0x${address.toString(16).padStart(2, '0')}`;
  return { name, periodMs, isSetUp: false, dueAtMs: 0, missing: undefined, toldAtMs: undefined, untold: 0 };
}
