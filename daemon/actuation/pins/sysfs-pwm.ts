import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoName } from '../../platform/errno-name.ts';
import { trouble } from '../../protocol/troubles.ts';
import { headerPwmChannels, headerPwmDevice } from './header-j41.ts';
import { type HardwarePwmPin, PinError, type PwmLine } from './pins.ts';

/**
 * One channel of the Nano's PWM controller by `/sys/class/pwm` (kernel documentation, driver-api/pwm). The kernel may answer
 * EBUSY for a channel that is exported already. It refuses a period that is shorter than the duty, so the duty goes to 0 first;
 * and any duty of a channel that has no period yet, so such a one gets its period first (pwm_apply_state in drivers/pwm/core.c,
 * since 4.7). The pin shows it only when its pinmux is set to PWM, which this cannot see: jetson-io does that, once.
 */
export function takeSysfsPwm(sysfs: string, pin: HardwarePwmPin, frequencyHz: number): PwmLine {
  const chip = findChip(sysfs, pin);
  const channel = headerPwmChannels[pin];
  const folder = join(chip, `pwm${channel}`);
  const periodNs = Math.round(1e9 / frequencyHz);
  attempt(pin, () => {
    if (!existsSync(folder)) writeFileSync(join(chip, 'export'), String(channel));
    const had = Number(readFileSync(join(folder, 'period'), 'utf8'));
    if (had > 0) writeFileSync(join(folder, 'duty_cycle'), '0');
    writeFileSync(join(folder, 'period'), String(periodNs));
    writeFileSync(join(folder, 'duty_cycle'), '0');
    writeFileSync(join(folder, 'enable'), '1');
  });
  return {
    write: (duty) =>
      attempt(pin, () => {
        const share = Math.min(1, Math.max(0, duty));
        writeFileSync(join(folder, 'duty_cycle'), String(Math.round(share * periodNs)));
      }),
    read: () => attempt(pin, () => Number(readFileSync(join(folder, 'duty_cycle'), 'utf8')) / periodNs),
  };
}

/** The file that holds a pin's duty, whether the channel is exported yet or not; undefined where there is no such controller. */
export function sysfsDutyFile(sysfs: string, pin: HardwarePwmPin): string | undefined {
  try {
    return join(findChip(sysfs, pin), `pwm${headerPwmChannels[pin]}`, 'duty_cycle');
  } catch (error) {
    if (error instanceof PinError) return undefined;
    throw error;
  }
}

function findChip(sysfs: string, pin: HardwarePwmPin): string {
  const folder = join(sysfs, 'class', 'pwm');
  const chips = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const chip = chips.find((path) => {
    const device = join(path, 'device');
    return existsSync(device) && realpathSync(device).endsWith(`/${headerPwmDevice}`);
  });
  if (chip !== undefined) return chip;
  throw new PinError(
    'ENODEV',
    trouble('pwm-missing', { pin }),
    `there is no PWM controller ${headerPwmDevice} for ${pin} in ${folder}: is this a Jetson Nano?`,
  );
}

function attempt<T>(pin: HardwarePwmPin, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const code = errnoName(error) ?? 'EIO';
    const told = code === 'EACCES' ? trouble('pwm-forbidden', { pin }) : trouble('pwm-unusable', { pin, cause: code });
    const cure = code === 'EACCES' ? ': the udev rules give the group gpio the right to it' : '';
    throw new PinError(code, told, `the PWM of ${pin} cannot be used (${code})${cure}`);
  }
}
