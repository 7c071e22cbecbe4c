import { actuatorConfigTroubles } from '../actuation/config-check.ts';
import { neutralise as neutraliseWheels } from '../actuation/neutralise.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';

/**
 * Ends the pulses on the configured board, for when no daemon runs: the motor board repeats its last pulse for ever.
 * @throws (rejects) UserError when the board did not obey.
 */
export async function neutralise(options: { readonly config?: string; readonly vehicle?: string }): Promise<void> {
  const sources = options.vehicle === undefined ? {} : { preset: options.vehicle };
  const { actuators } =
    options.config === undefined
      ? configOf(sources)
      : new ConfigStore({
          ...sources,
          file: options.config,
          whenMissing: 'start-empty',
          problemsOf: (config) => actuatorConfigTroubles(config.actuators),
        }).load().config;
  if (actuators.bus.kind === 'simulated') {
    process.stdout.write('The wheels are simulated ones: they ended with their daemon.\n');
    return;
  }
  try {
    await neutraliseWheels(actuators, (text) => process.stderr.write(`jetson-car: ${text}\n`));
  } catch (error) {
    throw new UserError(reasonOf(error));
  }
  process.stdout.write('The wheels are neutral, and the board sends no pulses.\n');
}
