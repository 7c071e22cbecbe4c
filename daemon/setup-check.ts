import { resolve } from 'node:path';
import type { CarConfig } from './car/config.ts';
import { findModel } from './car/find-model.ts';
import type { TrackOptions } from './children/simulated-car.ts';
import { refusedFrom } from './named-network.ts';
import { runtimeHere } from './perception/detector/model/check-facts.ts';
import { checkDrivable } from './perception/detector/model/layout.ts';
import { readModelFile } from './perception/detector/model/model-file.ts';
import { libraryLimits } from './perception/detector/runtime/library-version.ts';
import { UserError } from './platform/user-error.ts';

/** @throws UserError for a network that is not there, that its runtime does not take, or that no car can drive with. */
export function checkNetwork({ modelFile, runtime }: Pick<CarConfig['detector'], 'modelFile' | 'runtime'>): void {
  // A library is loaded where it may crash, in the perception process. One whose file does not say what it takes is asked there.
  const limits = runtime === 'node' ? runtimeHere : libraryLimits(resolve(runtime));
  checkDrivable(readModelFile(findModel(modelFile), limits ?? 'asked-later'));
}

/** As `checkNetwork`, of one that somebody has chosen on the phone, where there is neither a file nor a command line. */
export function checkChosenNetwork(detector: Parameters<typeof checkNetwork>[0]): void {
  try {
    checkNetwork(detector);
  } catch (error) {
    throw refusedFrom('which network is chosen', error);
  }
}

/**
 * As `checkNetwork`, but a service starts all the same: till then it can be driven by hand, and whoever has only the phone can choose
 * another network on it. People who start a car themselves see at once what to change.
 * @returns why the car does not drive by itself, for a service
 */
export function checkNetworkAtStart(
  detector: Pick<CarConfig['detector'], 'modelFile' | 'runtime'>,
  startedBy: 'person' | 'service',
): string | undefined {
  try {
    checkNetwork(detector);
    return undefined;
  } catch (error) {
    if (startedBy === 'person' || !(error instanceof UserError)) throw error;
    return error.message;
  }
}

/** @throws UserError for a setup that would turn real wheels by a rendered picture, or ignore what was asked for. */
export function checkSetup(config: CarConfig, options: TrackOptions & { readonly trace?: string }): void {
  const realWheels = config.actuators.bus.kind === 'linux';
  if (realWheels && config.camera.source === 'simulator') {
    throw new UserError(
      `vehicle ${config.vehicle.name} has real wheels, and the simulator's camera shows another car's way. ` +
        'Change --camera, or actuators.bus in the configuration.',
    );
  }
  if (!realWheels) return;
  for (const option of ['track', 'scale', 'reverse', 'obstacle', 'seed', 'trace'] as const) {
    if (options[option] === undefined) continue;
    throw new UserError(
      `--${option} is for the simulated car, and ${config.vehicle.name} is a real one. Leave it out.`,
    );
  }
}
