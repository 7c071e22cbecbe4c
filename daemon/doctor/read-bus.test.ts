import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { type I2cBus, I2cError } from '../actuation/bus/i2c-bus.ts';
import { presets } from '../car/presets.ts';
import { addressesOf, readBus } from './read-bus.ts';

const devicesFolder = testFolder('jetson-car-i2c');

test('every board that the configuration names is looked for, each once', () => {
  const { actuators } = presets['hshop-1-18']!;
  const fitted = { ...actuators, motionSensor: { address: 0x68 } };
  expect(addressesOf(fitted)).toEqual([0x40, 0x68]);
  expect(addressesOf({ ...fitted, motionSensor: { address: 0x40 } })).toEqual([0x40]);
});

describe('the bus', () => {
  const { actuators } = presets['hshop-1-18']!;
  /** Each address answers, or rejects with the first of these codes, and the next time with the next. */
  function busOf(codes: (address: number) => readonly string[]) {
    const asked: number[] = [];
    let closed = 0;
    const bus: I2cBus = {
      writeRegisters: () => Promise.reject(new Error('nothing is written')),
      async readRegisters(address) {
        const code = codes(address)[asked.filter((each) => each === address).length];
        asked.push(address);
        if (code !== undefined) throw new I2cError(code, code);
        return new Uint8Array(1);
      },
      async close() {
        closed += 1;
      },
    };
    return { asked, dependencies: { open: async () => bus, devicesFolder }, closed: () => closed };
  }
  const nobody = Array<string>(4).fill('EREMOTEIO');

  test('is asked at every address, and who answers late on a busy computer is heard', async () => {
    const { asked, dependencies, closed } = busOf((address) =>
      address === 0x41 ? [] : address === 0x40 ? ['ETIMEDOUT', 'EBUSY'] : nobody,
    );
    expect(await readBus(actuators, dependencies)).toEqual({
      ...{ kind: 'scanned', number: 1, found: [0x40, 0x41], held: [], wanted: [0x40], motors: [0x40] },
    });
    expect([asked.at(0), asked.at(-1), closed()]).toEqual([0x08, 0x77, 1]);
  });

  test('on which no transfer ends is said to hang, not to be empty', async () => {
    const { asked, dependencies, closed } = busOf(() => ['ETIMEDOUT', 'EBUSY', 'EBUSY']);
    expect(await readBus(actuators, dependencies)).toMatchObject({
      kind: 'refused',
      text: expect.stringMatching(/^the bus hangs: a wire/),
    });
    expect([asked, closed()]).toEqual([[0x08, 0x08, 0x08], 1]);
  });

  test('has a device that a kernel driver holds: told, with its name where the kernel tells it', async () => {
    const device = join(devicesFolder, '1-0040');
    mkdirSync(device);
    symlinkSync('../../../../bus/i2c/drivers/pca9685-pwm', join(device, 'driver'));
    const { dependencies, asked } = busOf((address) =>
      address === 0x40 || address === 0x68 ? ['EBUSY'] : address === 0x41 ? [] : nobody,
    );
    expect(await readBus(actuators, dependencies)).toMatchObject({
      found: [0x41],
      held: [{ address: 0x40, driver: 'pca9685-pwm' }, { address: 0x68 }],
    });
    expect(asked.filter((address) => address === 0x40)).toHaveLength(1);
  });
});
