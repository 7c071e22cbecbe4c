import { dirname, resolve } from 'node:path';
import { readBoard } from '../board/read-board.ts';
import type { CarConfig } from '../car/config.ts';
import { describeFindings, judge } from '../doctor/judge.ts';
import { readBus } from '../doctor/read-bus.ts';
import { readCamera, readNetwork, readOutputEnable } from '../doctor/read-car.ts';
import { readClock, readDisk, readPins, readService, readVersions, readWifi } from '../doctor/read-machine.ts';
import type { Readings } from '../doctor/readings.ts';
import { stateFolder } from '../platform/state-folder.ts';
import { type NamedCar, namedCar } from './named-car.ts';

export interface DoctorOptions extends NamedCar {
  readonly json?: boolean;
  readonly wheelsUp?: boolean;
}

/** Is this car fit to drive? Exit code 1 when something must be cured first. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { config, fallback } = namedCar(options);
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
