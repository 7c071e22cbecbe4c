import { plural } from '../platform/plural.ts';
import { reasonOf } from '../platform/reason-of.ts';
import type { ActuationStatus } from '../protocol/actuation-messages.ts';
import type { ActuatorConfig, BatteryConfig } from '../protocol/actuator-config.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import { readIna219, setUpIna219 } from './drivers/ina219.ts';
import { readMpu6050, setUpMpu6050 } from './drivers/mpu6050.ts';
import { Ssd1306 } from './drivers/ssd1306.ts';

export interface FittedChipsDependencies {
  /** The bus as the wheels have it open; undefined while they have not. */
  bus(): I2cBus | undefined;
  onMissing(text: string): void;
}

/** A device that does not answer is asked again after this long. */
const retryMs = 2000;
/** One that falls silent again and again is told of no more often than this. */
const tellPeriodMs = 60_000;
/** A piece of the picture in this time: a whole one in a second or two, and little of the bus. */
const screenPeriodMs = 40;
/** After so many pieces, half a minute, everything is written anew. */
const screenRenewal = 750;

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

/** What is fitted on the wheels' bus: battery sensor, motion sensor, screen. A car drives on without any of them. */
export class FittedChips {
  readonly #dependencies: FittedChipsDependencies;
  readonly #chips: Chip[] = [];
  readonly #screen: Ssd1306 | undefined;
  #busy = false;
  #battery: ActuationStatus['battery'];
  #motion: ActuationStatus['motion'];

  constructor(config: ActuatorConfig, dependencies: FittedChipsDependencies) {
    this.#dependencies = dependencies;
    const { battery, motionSensor, statusScreen } = config;
    if (battery !== undefined) this.#chips.push(this.#batteryChip(battery));
    if (motionSensor !== undefined) this.#chips.push(this.#motionChip(motionSensor.address));
    if (statusScreen !== undefined) {
      this.#screen = new Ssd1306(statusScreen.address, statusScreen.heightPx);
      this.#chips.push(this.#screenChip(this.#screen, statusScreen.address));
    }
  }

  /** The newest reading; undefined while the sensor does not answer. */
  get battery(): ActuationStatus['battery'] {
    return this.#battery;
  }

  get motion(): ActuationStatus['motion'] {
    return this.#motion;
  }

  /** Which of them do not answer, and why. */
  get missing(): string[] {
    return this.#chips.map((chip) => chip.missing).filter((text) => text !== undefined);
  }

  /** What the status screen shows from now on, piece by piece. */
  show(picture: Uint8Array): void {
    const fits = this.#screen?.show(picture);
    if (fits === false) this.#dependencies.onMissing(`a picture of ${picture.length} bytes is not the status screen's`);
  }

  /** The screen tells nothing any more. It is on the wheels' bus: they go first. */
  darken(): void {
    const bus = this.#dependencies.bus();
    if (bus !== undefined) this.#screen?.turnOff(bus).catch(() => {});
  }

  /** Once every actuation period: one short transfer of the chip that has been due for longest. */
  tick(nowMs: number): void {
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
