import { loadConfig } from '../car/load-config.ts';
import { createLogOutput } from '../log-output.ts';
import { startCar } from '../main.ts';
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
  const config = loadConfig({
    ...(options.vehicle !== undefined && { preset: options.vehicle }),
    ...(options.config !== undefined && { file: options.config }),
    overrides: {
      ...(options.camera !== undefined && { camera: { source: options.camera } }),
      ...(options.model !== undefined && { detector: { modelFile: options.model } }),
      ...(options.pilot !== undefined && { pilot: { name: options.pilot } }),
      remote: {
        ...(options.host !== undefined && { host: options.host }),
        ...(options.port !== undefined && { port: options.port }),
      },
    },
  });
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
  const car = await startCar(config, { ...options, auto: options.auto === true }, output);
  // Only now: a start that is refused does not wait for it.
  const timer = options.for === undefined ? undefined : setTimeout(end, options.for * 1000);
  process.stdout.write(`The car's remote is at ${car.urls.join(' and ')}\n`);
  process.stdout.write('Open it in a browser; Ctrl-C ends the car.\n');
  const failure = await Promise.race([ended, car.failed]);
  if (failure !== undefined) output.log.fatal(failure);
  clearTimeout(timer);
  await car.stop();
  process.exitCode = failure === undefined ? 0 : 1;
}
