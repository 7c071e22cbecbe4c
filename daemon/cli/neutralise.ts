import { neutralise as neutraliseWheels } from '../actuation/neutralise.ts';
import { fallbackInWords } from '../car/config-store.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';
import { type NamedCar, namedCar } from './named-car.ts';

/**
 * Ends the pulses on the configured board, for when no daemon runs: the motor board repeats its last pulse for ever.
 * @throws (rejects) UserError when the board did not obey, or no car was named: nobody may take wheels for neutral that were
 * not looked for.
 */
export async function neutralise(options: NamedCar): Promise<void> {
  const { config, fallback } = namedCar(options);
  const { actuators, vehicle } = config;
  if (fallback !== undefined) process.stderr.write(`jetson-car: ${fallbackInWords(fallback)}\n`);
  if (actuators.bus.kind === 'simulated') {
    if (options.config === undefined && options.vehicle === undefined) {
      throw new UserError('no car is named: name the one whose wheels are to be neutral with --config or --vehicle.');
    }
    process.stdout.write(`${vehicle.name}: the wheels are simulated ones, which ended with their daemon.\n`);
    return;
  }
  try {
    await neutraliseWheels(actuators, (text) => process.stderr.write(`jetson-car: ${text}\n`));
  } catch (error) {
    throw new UserError(reasonOf(error));
  }
  // Where a preset and a configuration were named, which wheels that makes.
  process.stdout.write(
    `${vehicle.name}, on I2C bus ${actuators.bus.number}: the wheels are neutral, and the board sends no pulses.\n`,
  );
}
