import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CarConfig } from '../car/config.ts';
import { daemonEntry } from '../platform/paths.ts';
import { makeTemporaryFolder } from '../platform/temporary-folder.ts';
import { UserError } from '../platform/user-error.ts';
import type { SimulatorReport } from '../protocol/simulator-messages.ts';
import type { Obstacle } from '../simulator/obstacles.ts';
import { type ProcessLog, spawnSimulator } from './processes.ts';

const startLimitMs = 20_000;

/** Which track the simulated car drives on; the built-in one when no file is given. */
export interface TrackOptions {
  readonly track?: string;
  readonly scale?: number;
  readonly reverse?: boolean;
  readonly seed?: number;
  readonly obstacle?: readonly Obstacle[];
}

export type SimulatedCarState = Extract<SimulatorReport, { kind: 'simulated-car' }>;

export interface SimulatedCar {
  readonly pid: number;
  readonly socket: string;
  /** The newest true state, as of a tenth of a second ago at most. */
  state(): SimulatedCarState | undefined;
  /** The program that shows what its camera sees. */
  readonly cameraCommand: readonly string[];
  /** Puts the car back at its start, standing. */
  reset(): void;
  /** Settles when its process has ended by itself. */
  readonly lost: Promise<string>;
  end(): Promise<void>;
}

/**
 * Starts the simulator's process and waits until it stands on its track.
 * @throws UserError when the track cannot be used.
 */
export async function startSimulatedCar(
  config: CarConfig,
  track: TrackOptions & { readonly trace?: string },
  output: ProcessLog,
): Promise<SimulatedCar> {
  const folder = makeTemporaryFolder('simulator');
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  // Also when the daemon ends in a hurry.
  process.once('exit', removeFolder);
  const socket = join(folder, 'simulator.sock');
  // Not on the command line, which everybody on the machine may read: a camera's password may stand in it.
  const configFile = join(folder, 'car.json');
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const trackArgs = [
    ...(track.track === undefined ? [] : ['--track', track.track]),
    ...(track.scale === undefined ? [] : ['--scale', String(track.scale)]),
    ...(track.reverse === true ? ['--reverse'] : []),
    ...(track.seed === undefined ? [] : ['--seed', String(track.seed)]),
    ...(track.obstacle === undefined ? [] : ['--obstacles', JSON.stringify(track.obstacle)]),
  ];
  const common = ['--socket', socket, '--config', configFile, ...trackArgs];

  let newest: SimulatedCarState | undefined;
  let onReady: () => void = () => {};
  let onFailed: (error: Error) => void = () => {};
  const ready = new Promise<void>((resolve, reject) => {
    onReady = resolve;
    onFailed = reject;
  });
  const { child, send } = spawnSimulator(
    output,
    [...common, ...(track.trace === undefined ? [] : ['--trace', track.trace])],
    (report) => {
      switch (report.kind) {
        case 'ready':
          return onReady();
        case 'failed':
          return onFailed(new UserError(report.text));
        case 'simulated-car':
          newest = report;
      }
    },
  );
  let ending = false;
  const lost = new Promise<string>((resolve) => {
    void child.exited.then(({ code, signal }) => {
      const text = `the simulated car's process ended (code ${code}, signal ${signal})`;
      onFailed(new Error(text));
      removeFolder();
      if (!ending) resolve(text);
    });
  });
  const late = setTimeout(() => {
    onFailed(new Error(`the simulated car's process did not get ready within ${startLimitMs / 1000} s`));
    child.kill('SIGKILL');
  }, startLimitMs);
  await ready.finally(() => clearTimeout(late));
  return {
    pid: child.pid,
    socket,
    state: () => newest,
    cameraCommand: [process.execPath, daemonEntry('simulator/camera-program'), ...common],
    reset: () => send({ kind: 'reset' }),
    lost,
    async end() {
      ending = true;
      await child.end(3000);
      removeFolder();
      process.off('exit', removeFolder);
    },
  };
}
