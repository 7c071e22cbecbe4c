import { actuatorConfigProblems } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore, type StoredConfig } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { createLogOutput } from '../log-output.ts';
import { startCar } from '../main.ts';
import { keepServiceManagerInformed } from '../service-link.ts';
import type { TrackOptions } from '../simulated-car.ts';

export interface RunOptions extends TrackOptions {
  readonly config?: string;
  readonly vehicle?: string;
  readonly camera?: string;
  readonly model?: string;
  readonly pilot?: string;
  readonly auto?: boolean;
  readonly host?: string;
  readonly port?: number;
  readonly trace?: string;
  readonly for?: number;
}

/** The daemon, until a signal, `--for`, or a failure ends it. */
export async function run(options: RunOptions): Promise<void> {
  const { config, fallback, copyTrouble } = configuration(options);
  const output = createLogOutput();
  let end = (): void => {};
  const ended = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined);
  });
  let asked = false;
  const askToEnd = () => {
    // Whoever asks again will not wait. The pipes close with this process, and the wheels go neutral.
    if (asked) process.exit(1);
    asked = true;
    end();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, askToEnd);
  if (copyTrouble !== undefined) output.log.warn(`of this configuration no copy could be kept: ${copyTrouble}`);
  const car = await startCar(
    config,
    { ...options, auto: options.auto === true, ...(fallback !== undefined && { configFallback: fallback }) },
    output,
  );
  // Only now: a start that is refused does not wait for it.
  const timer = options.for === undefined ? undefined : setTimeout(end, options.for * 1000);
  process.stdout.write(`The car's remote is at ${car.urls.join(' and ')}\n`);
  process.stdout.write('Open it in a browser; Ctrl-C ends the car.\n');
  const service = await keepServiceManagerInformed(car, output.log);
  const failure = await Promise.race([ended, car.failed]);
  if (failure !== undefined) output.log.fatal(failure);
  clearTimeout(timer);
  service?.stopping();
  await car.stop();
  process.exitCode = failure === undefined ? 0 : 1;
}

/** @throws UserError when there is no configuration to drive with. */
function configuration(options: RunOptions): StoredConfig {
  const sources = {
    ...(options.vehicle !== undefined && { preset: options.vehicle }),
    overrides: {
      ...(options.camera !== undefined && { camera: { source: options.camera } }),
      ...(options.model !== undefined && { detector: { modelFile: options.model } }),
      ...(options.pilot !== undefined && { pilot: { name: options.pilot } }),
      remote: {
        ...(options.host !== undefined && { host: options.host }),
        ...(options.port !== undefined && { port: options.port }),
      },
    },
    problemsOf: ({ actuators }: CarConfig) => actuatorConfigProblems(actuators),
  };
  if (options.config === undefined) {
    return { config: configOf(sources), fallback: undefined, copyTrouble: undefined };
  }
  return new ConfigStore({ ...sources, file: options.config, whenMissing: 'refuse' }).load();
}
