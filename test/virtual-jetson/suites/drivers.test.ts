import { describe, expect, test } from 'vitest';
import type { I2cBus } from '../../../daemon/actuation/bus/i2c-bus.ts';
import { openLinuxBus } from '../../../daemon/actuation/bus/linux-bus.ts';
import { describeChips } from '../../../daemon/actuation/drivers/chips.contract.ts';
import { headerPwmChannels } from '../../../daemon/actuation/pins/header-j41.ts';
import { openLinuxPins } from '../../../daemon/actuation/pins/linux-pins.ts';
import type { HardwarePwmPin } from '../../../daemon/actuation/pins/pins.ts';
import { describeRig } from '../../../daemon/actuation/rig.contract.ts';
import { patientBus } from '../../../daemon/actuation/testing/patient-bus.ts';
import { pinRigs, sampleRigs } from '../../../daemon/actuation/testing/sample-rigs.ts';
import { Ssd1306 } from '../../../daemon/simulator/devices/ssd1306.ts';
import { measureBattery, writeChip } from '../testing/chips.ts';
import { cyclePower, holdByKernel, letGoByKernel, pwmOutput, takeRegisterWrites } from '../testing/hardware.ts';
import { giveBackPins, levelAt } from '../testing/header.ts';

const busNumber = 1;
const openBus = async (): Promise<I2cBus> => patientBus(await openLinuxBus(busNumber));

const isPwm = (pin: string): pin is HardwarePwmPin => pin in headerPwmChannels;
/** What a pin does, as the machine behind it has it. */
function readPin(pin: string): number {
  return isPwm(pin) ? pwmOutput(headerPwmChannels[pin]).duty : levelAt(pin);
}

describe.each(Object.entries({ ...sampleRigs, ...pinRigs }))(
  'on /dev/i2c-1, /sys/class/gpio and /sys/class/pwm',
  (name, config) => {
    describeRig(name, config, async () => {
      cyclePower();
      return { bus: await openBus(), pins: await openLinuxPins(), readPin, dispose: async () => giveBackPins() };
    });
  },
);

const addresses = { battery: 0x41, motion: 0x68, screen: 0x3c } as const;

describeChips('/dev/i2c-1 of the kernel', async () => {
  const shuntOhm = 0.01;
  cyclePower();
  takeRegisterWrites();
  let screen = new Ssd1306();
  return {
    bus: await openBus(),
    battery: {
      address: addresses.battery,
      shuntOhm,
      set: (volts, amps) => measureBattery(addresses.battery, { volts, amps, shuntOhm }),
    },
    motion: {
      address: addresses.motion,
      set(accelerationMps2, rateRadps) {
        // At ±4 g and ±500 °/s (MPU-6050 register map rev. 4.2, 4.17 and 4.19).
        const words = [
          ...accelerationMps2.map((each) => (each / 9.80665) * 8192),
          0,
          ...rateRadps.map((each) => ((each * 180) / Math.PI) * 65.5),
        ];
        writeChip(addresses.motion, 0x3b, words.flatMap(bigEndian));
      },
    },
    screen: {
      address: addresses.screen,
      picture() {
        for (const { address, register, bytes } of takeRegisterWrites()) {
          if (address === addresses.screen) screen.write(register, bytes);
        }
        return screen.picture();
      },
      restart() {
        takeRegisterWrites();
        screen = new Ssd1306();
      },
    },
    dispose: async () => {},
  };
});

function bigEndian(word: number): number[] {
  const bits = Math.round(word) & 0xffff;
  return [bits >> 8, bits & 0xff];
}

test('an address that a driver of the kernel holds is refused as taken, and answers again once it is given back', async () => {
  const bus = await openBus();
  try {
    holdByKernel(0x50);
    const refused = bus.readRegisters(0x50, 0, 1);
    await expect(refused).rejects.toMatchObject({ name: 'I2cError', code: 'EBUSY' });
    await expect(refused).rejects.toThrow(/a kernel driver holds it/);
    // Only that one.
    await bus.readRegisters(0x40, 0, 1);
  } finally {
    letGoByKernel(0x50);
    await bus.close();
  }
  const again = await openBus();
  expect(await again.readRegisters(0x50, 0, 1)).toHaveLength(1);
  await again.close();
});
