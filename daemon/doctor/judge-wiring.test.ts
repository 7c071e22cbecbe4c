import { describe, expect, test } from 'vitest';
import { judgeBus, motorTrouble } from './judge-wiring.ts';
import { scan } from './testing/sound-car.ts';

test('a device that the configuration does not name is no illness, and is told', () => {
  const text = (found: number[]) => judgeBus(scan(found));
  expect(text([0x40, 0x41, 0x60, 0x70])).toEqual({
    check: 'bus',
    verdict: 'well',
    text: 'bus 1: 0x40, 0x41, 0x60, 0x70 answers; 0x41, 0x60 is not in the configuration, and not used',
  });
  expect(text([0x40, 0x70]).text).toBe('bus 1: 0x40, 0x70 answers');
});

test('a device that a kernel driver has is not said to be silent, and no illness where the car does not need it', () => {
  expect(judgeBus(scan([0x40], [{ address: 0x68, driver: 'rtc-ds1307' }]))).toEqual({
    check: 'bus',
    verdict: 'well',
    text: 'bus 1: 0x40 answers; 0x68 is busy: a kernel driver holds it: rtc-ds1307',
  });
  const needed = judgeBus(scan([], [{ address: 0x40 }]));
  expect(needed).toMatchObject({
    verdict: 'ill',
    text: 'bus 1: nothing answers; 0x40 is busy: a kernel driver holds it',
  });
});

test('a device whose driver the kernel does not tell is not freed by way of a path that is not there', () => {
  const finding = judgeBus(scan([], [{ address: 0x40 }]));
  expect(finding).toHaveProperty('cure', expect.stringContaining('device tree'));
  expect(finding).toHaveProperty('cure', expect.not.stringContaining('/sys/'));
});

describe('a motor board that is silent beside a battery sensor that a kernel driver has', () => {
  const both = {
    ...scan([0x70], [{ address: 0x41, driver: 'ina2xx' }]),
    wanted: [0x41, 0x40],
  };

  test('is told first, and each has its cure', () => {
    expect(judgeBus(both)).toEqual({
      check: 'bus',
      verdict: 'ill',
      text: 'bus 1: 0x70 answers; 0x40 does not answer; 0x41 is busy: a kernel driver holds it: ina2xx',
      cure:
        '0x40: Check the four wires of the board (3.3 V to VCC, SDA to pin 3, SCL to pin 5, ground), or set the address in actuators. ' +
        '0x41: echo 1-0041 | sudo tee /sys/bus/i2c/devices/1-0041/driver/unbind; for good: take it out of the device tree, or blacklist ina2xx',
    });
  });

  test('is all that the trial of the wheels is refused for', () => {
    const trouble = motorTrouble(both);
    expect(trouble?.text).toBe('bus 1: 0x40 does not answer');
    expect(trouble?.cure).toMatch(/^Check the four wires/);
    expect(motorTrouble({ ...both, found: [0x40] })).toBeUndefined();
  });
});
