import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type I2cBus, I2cError } from '../actuation/bus/i2c-bus.ts';
import { openLinuxBus } from '../actuation/bus/linux-bus.ts';
import { outputPlaces } from '../actuation/rigs/motor-rig.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { type ActuatorConfig, isPulseDriven } from '../protocol/actuator-config.ts';
import type { BusReading, HeldDevice } from './readings.ts';

/** All that a device may have (UM10204, 3.1.12). */
const firstAddress = 0x08;
const lastAddress = 0x77;
/** So many transfers in a row that do not end are no accident. */
const lateTransfers = 3;
const afterLateMs = 100;

/** What the look at the bus needs of the machine. */
export interface BusDependencies {
  readonly open: (busNumber: number) => Promise<I2cBus>;
  /** Where the kernel tells of the devices that drivers of its own have: `/sys/bus/i2c/devices`. */
  readonly devicesFolder: string;
}
const onThisMachine: BusDependencies = { open: openLinuxBus, devicesFolder: '/sys/bus/i2c/devices' };

/**
 * Who answers. Reading one register is harmless to all boards that the car knows, also while the car uses the bus. One that
 * hangs is asked no more: none of its devices would be heard.
 */
export async function readBus(actuators: ActuatorConfig, dependencies = onThisMachine): Promise<BusReading> {
  const { bus: where } = actuators;
  if (where.kind === 'simulated') return { kind: 'simulated' };
  const { number } = where;
  try {
    const bus = await dependencies.open(number);
    try {
      const found: number[] = [];
      const held: HeldDevice[] = [];
      for (let address = firstAddress; address <= lastAddress; address++) {
        const answer = await ask(bus, address);
        if (answer === 'answers') found.push(address);
        if (answer === 'held') held.push({ address, ...driverOf(number, address, dependencies.devicesFolder) });
      }
      return {
        kind: 'scanned',
        number,
        found,
        held,
        wanted: addressesOf(actuators),
        motors: motorAddresses(actuators),
      };
    } finally {
      await bus.close();
    }
  } catch (error) {
    return { kind: 'refused', text: reasonOf(error) };
  }
}

/**
 * `held`: a driver of the kernel has it, and i2c-dev then lets nobody else speak to it. Rejects with I2cError where no transfer
 * ends. One alone may be late because the computer is busy.
 */
async function ask(bus: I2cBus, address: number): Promise<'answers' | 'silent' | 'held'> {
  for (let late = 0; late < lateTransfers; late++) {
    try {
      await bus.readRegisters(address, 0, 1);
      return 'answers';
    } catch (error) {
      const code = error instanceof I2cError ? error.code : undefined;
      // Behind a late transfer it is that one that is still under way.
      if (code === 'EBUSY' && late === 0) return 'held';
      if (code !== 'ETIMEDOUT' && code !== 'EBUSY') return 'silent';
    }
    await wait(afterLateMs);
  }
  throw new I2cError(
    'ETIMEDOUT',
    'the bus hangs: a wire is off or shorted, or a board without power holds it. Unplug one board after the other',
  );
}

function driverOf(busNumber: number, address: number, devicesFolder: string): { readonly driver?: string } {
  const device = `${busNumber}-${address.toString(16).padStart(4, '0')}`;
  try {
    return { driver: basename(readlinkSync(join(devicesFolder, device, 'driver'))) };
  } catch {
    // Let go in the meantime, or not told: that it is held is known all the same.
    return {};
  }
}

/** Every device that the configuration counts on. */
export function addressesOf(actuators: ActuatorConfig): number[] {
  const { battery, motionSensor, statusScreen } = actuators;
  const others = [battery, motionSensor, statusScreen].flatMap((device) => device?.address ?? []);
  return [...new Set([...motorAddresses(actuators), ...others])];
}

/** The boards without which nothing turns; none where pins of the computer do all of it. */
function motorAddresses(actuators: ActuatorConfig): number[] {
  const boards = isPulseDriven(actuators)
    ? [actuators.pca9685]
    : outputPlaces(actuators).flatMap((place) => (place.kind === 'pca9685' ? place.board : []));
  return [...new Set(boards.map(({ address }) => address))];
}
