import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { lineNumber, openLinuxPins } from '../../../daemon/actuation/pins/linux-pins.ts';
import { describePins } from '../../../daemon/actuation/pins/pins.contract.ts';
import type { GpioPin } from '../../../daemon/protocol/gpio-pin.ts';
import { driveLine, lineState } from '../testing/hardware.ts';

const sysfs = '/sys/class/gpio';
const output = 'J41 pin 7';
const input = 'J41 pin 11';
/** An edge comes by an interrupt, a thread of epoll's and a turn of this loop. */
const edgeMs = 30;

const number = (pin: GpioPin) => lineNumber('/sys', pin);
function giveBack(): void {
  for (const line of [output, input].map(number)) {
    if (existsSync(`${sysfs}/gpio${line}`)) writeFileSync(`${sysfs}/unexport`, String(line));
  }
}

test("the chip is the Nano's, and its lines are numbered as there", () => {
  expect(readFileSync(`${sysfs}/gpiochip0/label`, 'utf8').trim()).toBe('tegra-gpio');
  expect([number(output), number(input)]).toEqual([216, 50]);
});

describePins('/sys/class/gpio of the kernel', async () => ({
  pins: await openLinuxPins(),
  output,
  input,
  unknown: 'J41 pin 1',
  wire(pin) {
    const state = lineState(number(pin));
    if (state?.direction !== 'out') return undefined;
    return state.level === 1 ? 'high' : 'low';
  },
  put: (pin, level) => driveLine(number(pin), level === 'high' ? 1 : 0),
  // The chip is taken away, as one on a cable is that was pulled out.
  refuse() {
    giveBack();
    execFileSync('rmmod', ['virtual_gpio']);
  },
  settle: () => sleep(edgeMs),
  async dispose() {
    if (!existsSync('/sys/module/virtual_gpio')) execFileSync('modprobe', ['virtual-gpio']);
    giveBack();
  },
}));
