import { dirname, resolve } from 'node:path';
import { actuatorConfigTroubles } from '../actuation/config-check.ts';
import { readBoard } from '../board/read-board.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore, type StoredConfig } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { describeFindings, judge } from '../doctor/judge.ts';
import { readBus } from '../doctor/read-bus.ts';
import { readCamera, readNetwork, readOutputEnable } from '../doctor/read-car.ts';
import { readClock, readDisk, readPins, readService, readVersions, readWifi } from '../doctor/read-machine.ts';
import type { Readings } from '../doctor/readings.ts';
import { stateFolder } from '../platform/state-folder.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly vehicle?: string;
  readonly json?: boolean;
  readonly wheelsUp?: boolean;
}

/** Is this car fit to drive? Exit code 1 when something must be cured first. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { config, fallback } = configuration(options);
  const wheels = options.wheelsUp === true ? await import('./doctor-wheels.ts') : undefined;
  const service = await readService();
  // Before the looks, which take half a minute: nobody waits for them to be told this.
  wheels?.refuseWithoutWheels(config, service);
  const bus = await readBus(config.actuators);
  wheels?.refuseWithoutBoard(bus);
  const readings = await examine(config, { service, bus, disk: writtenFolder(options.config) }, fallback?.text);
  const findings = judge(readings);
  if (wheels !== undefined) findings.push(...(await wheels.wheelsUp(config)));
  process.stdout.write(
    options.json === true ? `${JSON.stringify({ findings, readings })}\n` : describeFindings(findings),
  );
  return findings.some(({ verdict }) => verdict === 'ill') ? 1 : 0;
}

/** As the car itself would start: a file that is not there is no car to look at, and a simulated one in its place would be well. */
function configuration({ config, vehicle }: DoctorOptions): Pick<StoredConfig, 'config' | 'fallback'> {
  const sources = vehicle === undefined ? {} : { preset: vehicle };
  if (config === undefined) return { config: configOf(sources), fallback: undefined };
  const problemsOf = ({ actuators }: CarConfig) => actuatorConfigTroubles(actuators);
  return new ConfigStore({ ...sources, file: config, whenMissing: 'refuse', problemsOf }).load();
}

/**
 * Where the car writes: what it is told to, else an installed one beside its configuration, also when it is not the service that
 * asks but a person.
 */
function writtenFolder(configFile: string | undefined): string {
  const isTold = ['JETSON_CAR_STATE', 'STATE_DIRECTORY'].some((name) => (process.env[name] ?? '') !== '');
  return configFile === undefined || isTold ? stateFolder() : dirname(resolve(configFile));
}

async function examine(
  config: CarConfig,
  { service, bus, disk }: Pick<Readings, 'service' | 'bus'> & { readonly disk: string },
  configFallback: string | undefined,
): Promise<Readings> {
  const atRest = await readBoard('/', disk);
  // One after the other: a camera that is timed beside a detector would be judged by it.
  const camera = await readCamera(config, service);
  const network = await readNetwork(config, service);
  return {
    versions: readVersions(),
    vehicle: config.vehicle.name,
    ...(configFallback !== undefined && { configFallback }),
    isSimulated: config.actuators.bus.kind === 'simulated',
    bus,
    camera,
    network,
    // Hot from the detector's work: what it then draws, and whether its clocks hold.
    board: (await readBoard('/', disk, atRest)).readings,
    pins: readPins(),
    disk: await readDisk(disk),
    wifi: await readWifi(),
    clock: await readClock(new Date()),
    service,
    outputEnable: await readOutputEnable(config.actuators, service),
  };
}
