import { ConfigStore, type StoredConfig } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { type ConfigKeeper, PassingConfig } from '../car/passing-config.ts';
import type { TrackOptions } from '../children/simulated-car.ts';
import { createLogOutput } from '../log/log-output.ts';
import { type RunningCar, startCar } from '../main.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { refuseInspector } from '../platform/refuse-inspector.ts';
import { removeAbandonedFolders } from '../platform/temporary-folder.ts';
import { UserError } from '../platform/user-error.ts';
import { restartStatus } from '../service/system-power.ts';
import { openServiceLink } from '../service-link.ts';
import { problemsOf } from './named-car.ts';
import { refusedFallback } from './refused-fallback.ts';
import { pairingInWords } from './show-pairing.ts';

export interface RunOptions extends TrackOptions {
  readonly config?: string;
  readonly vehicle?: string;
  readonly camera?: string;
  readonly model?: string;
  readonly pilot?: string;
  readonly auto?: boolean;
  readonly host?: string;
  readonly port?: number;
  /** True for the usual port. */
  readonly https?: number | true;
  readonly trace?: string;
  readonly for?: number;
}

const answerMs = 200;
const usualHttpsPort = 8443;

/** The daemon, until a signal, `--for`, or a failure ends it. */
export async function run(options: RunOptions): Promise<void> {
  refuseInspector();
  removeAbandonedFolders();
  let notice = (_text: string): void => {};
  const { keeper, stored, keepLoaded } = configuration(options, (text) => notice(text));
  const { config, fallback } = stored;
  const output = createLogOutput();
  notice = (text) => output.log.warn(text);
  let end = (): void => {};
  const ended = new Promise<undefined>((resolve) => {
    end = () => resolve(undefined);
  });
  let asked = false;
  let exitStatus = 0;
  const askToEnd = () => {
    // Whoever asks again will not wait. The pipes close with this process, and the wheels go neutral.
    if (asked) process.exit(1);
    asked = true;
    end();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, askToEnd);
  const restartProgram = () => {
    output.log.warn('the program ends, to be started again: a phone asked for it');
    exitStatus = restartStatus;
    // The phone is answered first.
    setTimeout(end, answerMs);
  };
  const serviceLink = await openServiceLink(output.log);
  const car = await startCar(
    config,
    {
      ...options,
      auto: options.auto === true,
      keeper,
      startedByHand: process.stdout.isTTY,
      ...(fallback !== undefined && { configFallback: fallback }),
      ...(serviceLink !== undefined && { restartProgram }),
    },
    output,
  ).catch((error: unknown) => {
    // A process that the signal met while it was being made, and still in this one's group, is no failure: all end.
    if (asked && !(error instanceof UserError)) process.exit(0);
    throw fallback !== undefined && error instanceof UserError ? refusedFallback(fallback, error) : error;
  });
  // Only now: a file that the car does not start with, or not to drive by itself, is none to fall back to.
  const copyTrouble = car.networkTrouble === undefined ? keepLoaded?.() : undefined;
  if (copyTrouble !== undefined) output.log.warn(`of this configuration no copy could be kept: ${copyTrouble}`);
  // Only now: a start that is refused does not wait for it.
  const timer = options.for === undefined ? undefined : setTimeout(end, options.for * 1000);
  process.stdout.write(`The car's remote is at ${car.urls.join(' and ')}\n`);
  process.stdout.write('Open it in a browser; Ctrl-C ends the car.\n');
  car.access.onPairing(() => showPairing(car, output.log));
  showPairing(car, output.log);
  const service = serviceLink?.speakFor(car);
  const failure = await Promise.race([ended, car.failed]);
  if (failure !== undefined) output.log.fatal(failure);
  clearTimeout(timer);
  service?.stopping();
  await car.stop();
  process.exitCode = failure === undefined ? exitStatus : 1;
}

/** The code is shown where the car is: on the terminal that started it, and in its log. */
function showPairing(car: RunningCar, log: Logger): void {
  const { access, fingerprint } = car;
  if (!access.pairingNeeded) return;
  const pairing = access.pairing();
  if (pairing.open) {
    const { code, role } = pairing;
    const forS = Math.round((pairing.untilMs - monotonicNowMs()) / 1000);
    log.info({ code, role, forS, fingerprint }, 'pairing is open: type this code in on the phone');
    const shown = { code, role, forS, urls: car.urls, fingerprint };
    if (process.stdout.isTTY) process.stdout.write(`\n${pairingInWords(shown)}\n`);
  } else if (access.devices.all.length === 0)
    log.warn('no device is paired, and pairing is closed: jetson-car pair opens it');
}

/** @throws UserError when there is no configuration to drive with. */
function configuration(
  options: RunOptions,
  onNotice: (text: string) => void,
): {
  readonly stored: StoredConfig;
  readonly keeper: ConfigKeeper;
  /** @returns why the file was not kept. */
  readonly keepLoaded?: () => string | undefined;
} {
  const sources = {
    ...(options.vehicle !== undefined && { preset: options.vehicle }),
    overrides: {
      ...(options.camera !== undefined && { camera: { source: options.camera } }),
      ...(options.model !== undefined && { detector: { modelFile: options.model } }),
      ...(options.pilot !== undefined && { pilot: { name: options.pilot } }),
      remote: {
        ...(options.host !== undefined && { host: options.host }),
        ...(options.port !== undefined && { port: options.port }),
        ...(options.https !== undefined && { httpsPort: options.https === true ? usualHttpsPort : options.https }),
      },
    },
    problemsOf,
  };
  if (options.config === undefined) {
    const { overrides: _ofThisRun, ...kept } = sources;
    return { stored: { config: configOf(sources), fallback: undefined }, keeper: new PassingConfig(kept) };
  }
  const store = new ConfigStore({ ...sources, file: options.config, whenMissing: 'refuse', onNotice });
  return { stored: store.load(), keeper: store, keepLoaded: () => store.keepLoaded() };
}
