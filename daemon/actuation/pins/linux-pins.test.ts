import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../../../test/harness/test-folders.ts';
import type { GpioPin } from '../../protocol/gpio-pin.ts';
import { GpioInMemory } from '../testing/gpio-in-memory.ts';
import { headerLines } from './header-j41.ts';
import { lineNumber, openLinuxPins } from './linux-pins.ts';
import { describePins } from './pins.contract.ts';
import { PinError } from './pins.ts';

const sysfs = folderForEachTest(testFolder('jetson-car-pins'));
afterEach(() => {
  vi.useRealTimers();
});

function put(path: string, text: string): void {
  const file = join(sysfs(), path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
}

function chip(base: number, label: string, lines: number): void {
  const folder = `class/gpio/gpiochip${base}`;
  put(`${folder}/base`, `${base}\n`);
  put(`${folder}/label`, `${label}\n`);
  put(`${folder}/ngpio`, `${lines}\n`);
}

/** The Nano's PWM controller with both channels of the header exported. */
function pwmController(): void {
  for (const channel of [0, 2]) {
    for (const file of ['duty_cycle', 'period', 'enable']) {
      put(`devices/7000a000.pwm/pwm/pwmchip0/pwm${channel}/${file}`, '0\n');
    }
  }
  mkdirSync(join(sysfs(), 'class/pwm'), { recursive: true });
  symlinkSync(join(sysfs(), 'devices/7000a000.pwm/pwm/pwmchip0'), join(sysfs(), 'class/pwm/pwmchip0'));
  symlinkSync(join(sysfs(), 'devices/7000a000.pwm'), join(sysfs(), 'devices/7000a000.pwm/pwm/pwmchip0/device'));
}

describePins('pins by sysfs and onoff', async () => {
  chip(0, 'tegra-gpio', 256);
  pwmController();
  const gpio = new GpioInMemory();
  const number = (pin: GpioPin) => lineNumber(sysfs(), pin);
  const duty = () => {
    const read = (file: string) => Number(readFileSync(join(sysfs(), 'class/pwm/pwmchip0/pwm2', file), 'utf8'));
    return read('duty_cycle') / read('period');
  };
  return {
    pins: await openLinuxPins({ loadPackage: async () => gpio.package, sysfs: sysfs(), checkAccess: () => {} }),
    output: 'J41 pin 7',
    input: 'J41 pin 11',
    unknown: 'J41 pin 1',
    wire: (pin) => (({ 0: 'low', 1: 'high', undefined: undefined }) as const)[`${gpio.wire(number(pin))}`],
    put: (pin, level) => gpio.put(number(pin), level === 'high' ? 1 : 0),
    refuse: () => {
      gpio.refusal = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    },
    pwm: { pin: 'J41 pin 33', duty },
    settle: async () => {},
    dispose: async () => {},
  };
});

describe('the number of a pin', () => {
  it('is that of its line, from where its chip begins', () => {
    chip(504, 'max77620-gpio', 8);
    chip(0, 'tegra-gpio', 256);
    expect(lineNumber(sysfs(), 'J41 pin 7')).toBe(216);
    expect(lineNumber(sysfs(), 'J41 pin 33')).toBe(38);
    expect(lineNumber(sysfs(), { chipLabel: 'max77620-gpio', line: 3 })).toBe(507);
  });

  it('follows a chip that begins elsewhere, as on newer kernels', () => {
    chip(348, 'tegra-gpio', 256);
    for (const [pin, line] of headerLines) expect(lineNumber(sysfs(), pin)).toBe(348 + line);
  });

  it('is refused with what there is', () => {
    expect(() => lineNumber(sysfs(), 'J41 pin 7')).toThrow(/no \/sys\/class\/gpio/);
    chip(0, 'pinctrl-bcm2835', 54);
    expect(() => lineNumber(sysfs(), 'J41 pin 7')).toThrow(
      /no GPIO chip "tegra-gpio" for J41 pin 7; it has pinctrl-bcm2835/,
    );
    expect(() => lineNumber(sysfs(), 'J41 pin 1')).toThrow(/J41 pin 1 is no GPIO pin/);
    expect(() => lineNumber(sysfs(), { chipLabel: 'pinctrl-bcm2835', line: 54 })).toThrow(/lines 0 to 53, not 54/);
  });
});

describe('pins by onoff', () => {
  let gpio: GpioInMemory;
  beforeEach(() => {
    gpio = new GpioInMemory();
    chip(0, 'tegra-gpio', 256);
  });
  const open = () => openLinuxPins({ loadPackage: async () => gpio.package, sysfs: sysfs(), checkAccess: () => {} });

  it('go straight to their level, are written and read', async () => {
    const line = (await open()).output('J41 pin 7', 'high');
    expect(gpio.taken).toEqual([{ line: 216, direction: 'high' }]);
    expect(line.read()).toBe('high');
    line.write('low');
    expect([line.read(), gpio.wire(216)]).toEqual(['low', 0]);
  });

  it('are taken of the system once, however often they are asked for', async () => {
    const pins = await open();
    for (let time = 0; time < 5; time++) pins.output('J41 pin 7', time % 2 === 0 ? 'high' : 'low');
    expect([gpio.taken.length, gpio.wire(216)]).toEqual([1, 1]);
    pins.input('J41 pin 7');
    expect(gpio.wire(216)).toBeUndefined();
    pins.output('J41 pin 7', 'low');
    expect(gpio.taken.map(({ direction }) => direction)).toEqual(['high', 'in', 'low']);
    expect(gpio.wire(216)).toBe(0);
  });

  it('are taken anew when something else has made an input of them', async () => {
    const pins = await open();
    pins.output('J41 pin 7', 'high');
    (await open()).input('J41 pin 7');
    expect(pins.output('J41 pin 7', 'low').read()).toBe('low');
    expect([gpio.taken.length, gpio.wire(216)]).toEqual([3, 0]);
  });

  it('that are taken again and again, and refuse for minutes, use up no files', async () => {
    put('class/gpio/gpio216/value', '0\n');
    gpio.file = join(sysfs(), 'class/gpio/gpio216/value');
    const pins = await open();
    gpio.staysInput = true;
    for (let time = 0; time < 2000; time++) {
      const line = pins.output('J41 pin 7', 'high');
      expect(() => line.write('low')).toThrow(PinError);
    }
    expect(gpio.descriptors).toHaveLength(2000);
    // The system gives the lowest number that is free.
    expect(new Set(gpio.descriptors).size).toBeLessThan(20);
    gpio.staysInput = false;
    expect(pins.output('J41 pin 7', 'low').read()).toBe('low');
  });

  it('that cannot even be read are refused before onoff opens their file', async () => {
    // As sysfs answers of a line that is gone: there, and not to be read.
    mkdirSync(join(sysfs(), 'class/gpio/gpio216/value'), { recursive: true });
    const pins = await open();
    expect(() => pins.output('J41 pin 7', 'high')).toThrow(/J41 pin 7 cannot be used \(EISDIR/);
    expect(gpio.taken).toEqual([]);
  });

  it('become outputs also where somebody has left the kernel listening for their edges', async () => {
    const edge = 'class/gpio/gpio216/edge';
    put('class/gpio/gpio216/value', '0');
    put(edge, 'rising');
    const pins = await open();
    pins.input('J41 pin 7');
    expect(readFileSync(join(sysfs(), edge), 'utf8')).toBe('rising');
    pins.output('J41 pin 7', 'high');
    expect(readFileSync(join(sysfs(), edge), 'utf8')).toMatch(/^none/);
  });

  it('say who may use them, and that the package is missing', async () => {
    gpio.refusal = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const pins = await open();
    expect(() => pins.input('J41 pin 29')).toThrow(PinError);
    expect(() => pins.input('J41 pin 29')).toThrow(/J41 pin 29 cannot be used.*usermod -aG gpio/);
    const loadPackage = () => Promise.reject(new Error("Cannot find package 'onoff'\nat x"));
    await expect(openLinuxPins({ loadPackage, sysfs: sysfs(), checkAccess: () => {} })).rejects.toThrow(
      /package onoff.*npm install onoff/,
    );
  });

  it('that are exported and may not be used are refused without onoff, which would hold everything up', async () => {
    put('class/gpio/gpio149/value', '0\n');
    const asked: string[] = [];
    const checkAccess = (file: string) => {
      asked.push(file);
      throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    };
    const pins = await openLinuxPins({ loadPackage: async () => gpio.package, sysfs: sysfs(), checkAccess });
    expect(() => pins.input('J41 pin 29')).toThrow(/J41 pin 29 cannot be used.*usermod -aG gpio/);
    expect([asked, gpio.taken]).toEqual([[join(sysfs(), 'class/gpio/gpio149/value')], []]);
    // One that is not exported is onoff's affair.
    pins.input('J41 pin 31');
    expect(gpio.taken).toHaveLength(1);
  });

  it('count rising edges, but never more of them than a wheel can make', async () => {
    vi.useFakeTimers();
    const rises: string[] = [];
    const counter = (await open()).countRises('J41 pin 31', 100, (rise) => rises.push(rise));
    const rise = () => {
      gpio.put(200, 0);
      gpio.put(200, 1);
    };
    for (let edge = 0; edge < 1000; edge++) rise();
    // A tenth of a second has ten of a hundred; after them the line is not watched.
    expect(rises).toEqual([...Array(10).fill('counted'), 'too-many']);
    expect(gpio.isWatched(200)).toBe(false);
    vi.advanceTimersByTime(100);
    rise();
    expect(rises.at(-1)).toBe('counted');
    counter.stop();
    vi.advanceTimersByTime(1000);
    expect(gpio.isWatched(200)).toBe(false);
  });
});

describe('hardware PWM by sysfs', () => {
  const open = () =>
    openLinuxPins({ loadPackage: async () => new GpioInMemory().package, sysfs: sysfs(), checkAccess: () => {} });
  const read = (file: string) => readFileSync(join(sysfs(), 'devices/7000a000.pwm/pwm/pwmchip0', file), 'utf8');

  it('has its channel, its period and its duty', async () => {
    pwmController();
    const pwm = (await open()).pwm('J41 pin 33', 20_000);
    expect([read('pwm2/period'), read('pwm2/duty_cycle'), read('pwm2/enable')]).toEqual(['50000', '0', '1']);
    pwm.write(0.25);
    expect([read('pwm2/duty_cycle'), pwm.read()]).toEqual(['12500', 0.25]);
    pwm.write(7);
    expect(pwm.read()).toBe(1);
    (await open()).pwm('J41 pin 32', 1000);
    expect(read('pwm0/period')).toBe('1000000');
  });

  it('is named when it is not there', async () => {
    const pins = await open();
    expect(() => pins.pwm('J41 pin 32', 1000)).toThrow(/no PWM controller 7000a000\.pwm for J41 pin 32.*Jetson Nano/);
  });
});
