import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { headerPwmChannels } from '../../../daemon/actuation/pins/header-j41.ts';
import { openLinuxPins } from '../../../daemon/actuation/pins/linux-pins.ts';
import { describePins } from '../../../daemon/actuation/pins/pins.contract.ts';
import { lineState, pwmOutput } from '../testing/hardware.ts';
import { giveBackPins, numberOf, putLevel } from '../testing/header.ts';

const sysfs = '/sys/class/gpio';
const output = 'J41 pin 7';
const input = 'J41 pin 11';
/** An edge comes by an interrupt, a thread of epoll's and a turn of this loop. */
const edgeMs = 30;

test("the chip is the Nano's, and its lines are numbered as there", () => {
  expect(readFileSync(`${sysfs}/gpiochip0/label`, 'utf8').trim()).toBe('tegra-gpio');
  expect([output, input].map(numberOf)).toEqual([216, 50]);
});

describePins('/sys/class/gpio of the kernel', async () => ({
  pins: await openLinuxPins(),
  output,
  input,
  unknown: 'J41 pin 1',
  wire(pin) {
    const state = lineState(numberOf(pin));
    if (state?.direction !== 'out') return undefined;
    return state.level === 1 ? 'high' : 'low';
  },
  put: putLevel,
  // The chip is taken away, as one on a cable is that was pulled out.
  refuse() {
    giveBackPins();
    execFileSync('rmmod', ['virtual_gpio']);
  },
  pwm: { pin: 'J41 pin 33', duty: () => pwmOutput(headerPwmChannels['J41 pin 33']).duty },
  settle: () => sleep(edgeMs),
  async dispose() {
    if (!existsSync('/sys/module/virtual_gpio')) execFileSync('modprobe', ['virtual-gpio']);
    giveBackPins();
  },
}));
