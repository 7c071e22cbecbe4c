import { type ActuatorConfig, isPulseDriven, type Pca9685Config } from '../../protocol/actuator-config.ts';
import type { GpioPin } from '../../protocol/gpio-pin.ts';
import type { HardwarePwmPin } from '../pins/pins.ts';
import { pwmTiming } from '../pulses.ts';
import { outputPlaces } from '../rigs/motor-rig.ts';

/** Where the kernel keeps what a pin does; undefined where it has no such pin. */
export interface PinFiles {
  /** The duty of its own PWM. */
  duty(pin: HardwarePwmPin): string | undefined;
  /** The level of a pin that is taken. */
  level(pin: GpioPin): string | undefined;
}

/**
 * What the neutraliser must know to end what drives the wheels when nothing else of the car runs: one `name=value` a line,
 * each `address` beginning another PCA9685. The car writes it at each start. Undefined for a bus that exists only as long
 * as its simulator. Direction pins keep their level: without a duty they drive nothing. OE goes high.
 * An older neutraliser reads it too, after a rollback, and skips each name that it does not know: a new one must leave the meaning of the others as it is.
 */
export function wheelsFile(config: ActuatorConfig, files: PinFiles): string | undefined {
  if (config.bus.kind !== 'linux') return undefined;
  const lines = [`bus=${config.bus.number}`, ...(isPulseDriven(config) ? [] : zeroFiles(config, files))];
  const outputEnable = config.outputEnable && files.level(config.outputEnable.pin);
  if (outputEnable !== undefined) lines.push(`high_file=${outputEnable}`);
  for (const { board, channels } of boardsOf(config)) {
    lines.push(`address=${board.address}`, `prescale=${pwmTiming(board.frequencyHz).prescale}`);
    if (isPulseDriven(config)) {
      const { channel, neutralPulseUs } = config.throttle;
      lines.push(`hold_channel=${channel}`, `hold_us=${Math.round(neutralPulseUs)}`);
    }
    lines.push(`off_channels=${channels.join(',')}`);
  }
  return `# For the neutraliser (daemon/actuation/neutraliser): how to end what drives this car.\n${lines.join('\n')}\n`;
}

interface BoardChannels {
  readonly board: Pca9685Config;
  readonly channels: readonly number[];
}

function boardsOf(config: ActuatorConfig): BoardChannels[] {
  if (isPulseDriven(config)) {
    return [{ board: config.pca9685, channels: [config.throttle.channel, config.steering.channel] }];
  }
  const boards = new Map<number, { board: Pca9685Config; channels: number[] }>();
  for (const place of outputPlaces(config)) {
    if (place.kind !== 'pca9685') continue;
    const known = boards.get(place.board.address) ?? { board: place.board, channels: [] };
    boards.set(place.board.address, { ...known, channels: [...known.channels, place.channel] });
  }
  return [...boards.values()];
}

function zeroFiles(config: Parameters<typeof outputPlaces>[0], files: PinFiles): string[] {
  return outputPlaces(config).flatMap((place) => {
    const file = place.kind === 'hardware' ? files.duty(place.pin) : undefined;
    return file === undefined ? [] : [`zero_file=${file}`];
  });
}
