import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { neutralise } from '../daemon/actuation/neutralise.ts';
import { type PinFiles, wheelsFile } from '../daemon/actuation/neutraliser/wheels-file.ts';
import { InMemoryBus, Pca9685Memory } from '../daemon/actuation/testing/in-memory-bus.ts';
import { carOnDesk } from '../daemon/actuation/testing/sample-config.ts';
import { pinRigs, sampleRigs } from '../daemon/actuation/testing/sample-rigs.ts';
import { projectFolder } from '../daemon/platform/paths.ts';
import type { ActuatorConfig } from '../daemon/protocol/actuator-config.ts';
import { pinName } from '../daemon/protocol/gpio-pin.ts';
import { folderForEachTest, testFolder } from './harness/test-folders.ts';
import { compilerIsThere } from './harness/tools.ts';

const built = testFolder('jetson-car-neutraliser');
const onFakeBus = join(built, 'neutralise-fake');
const onLinux = join(built, 'neutralise');
const source = join(projectFolder(), 'daemon', 'actuation', 'neutraliser');

function build(output: string, bus?: string): void {
  const script = join(projectFolder(), 'scripts', 'build-neutraliser.sh');
  execFileSync(script, [output], { env: { ...process.env, ...(bus !== undefined && { BUS: bus }) } });
}

/** The board's registers and what the program did to them. */
interface Outcome {
  readonly code: number | null;
  readonly errors: string;
  readonly steps: string[];
}

const folder = folderForEachTest(built);
/** @param machine.sysfs the files that there are, with the errno that each answers with: 0 for one that takes what is written. */
function run(
  file: string,
  machine: { registers: Uint8Array; refusals?: number; sysfs?: Readonly<Record<string, number>> },
): Outcome {
  const files = Object.entries(machine.sysfs ?? {}).map(([path, answer]) => `${answer} ${path}\n`);
  writeFileSync(join(folder(), 'sysfs.txt'), files.join(''));
  writeFileSync(join(folder(), 'wheels'), file);
  writeFileSync(join(folder(), 'registers.bin'), machine.registers);
  writeFileSync(join(folder(), 'refusals.txt'), String(machine.refusals ?? 0));
  rmSync(join(folder(), 'writes.txt'), { force: true });
  const { status, stderr } = spawnSync(onFakeBus, ['wheels'], { cwd: folder(), encoding: 'utf8' });
  const told = join(folder(), 'writes.txt');
  const steps = existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [];
  return { code: status, errors: stderr, steps };
}

const pinFiles: PinFiles = {
  duty: (pin) => `/sys/pwm/${pin.slice(-2)}`,
  level: (pin) => `/sys/levels/${pinName(pin)}/value`,
};
function fileOf(config: ActuatorConfig): string {
  const text = wheelsFile({ ...config, bus: { kind: 'linux', number: 1 } }, pinFiles);
  if (text === undefined) throw new Error('a car on a Linux bus has a wheels file');
  return text;
}

/** As strerror(3) has them. */
const reasonText: Readonly<Record<number, string>> = {
  [constants.errno.EIO]: 'Input/output error',
  [constants.errno.EACCES]: 'Permission denied',
  [constants.errno.ENOENT]: 'No such file or directory',
};

function running(prescale: number, mode = 0x20): Pca9685Memory {
  const memory = new Pca9685Memory();
  memory.registers[0x00] = mode;
  memory.registers[0xfe] = prescale;
  return memory;
}

describe.skipIf(!compilerIsThere())('the neutraliser', () => {
  beforeAll(() => {
    build(onFakeBus, join(source, 'testing', 'i2c-fake.c'));
    build(onLinux);
  });

  test('writes neutral, waits two periods, ends the pulses of the throttle, then of the steering', () => {
    const { code, steps } = run(fileOf(carOnDesk), { registers: running(121).registers });
    expect(steps).toEqual(['write 6 0 0 51 1', 'wait 41', 'write 9 16', 'write 13 16']);
    expect(code).toBe(0);
  });

  test('does what the car itself does when its motor control is gone, whatever the chip was set to', async () => {
    const chips = fc.record({
      prescale: fc.integer({ min: 30, max: 255 }),
      mode: fc.constantFrom(0x20, 0x00, 0x01, 0x10, 0xa0),
      neutralPulseUs: fc.integer({ min: 1400, max: 1600 }),
      throttle: fc.integer({ min: 0, max: 7 }),
      steering: fc.integer({ min: 8, max: 15 }),
    });
    await fc.assert(
      fc.asyncProperty(chips, async ({ prescale, mode, neutralPulseUs, throttle, steering }) => {
        const config: ActuatorConfig = {
          ...carOnDesk,
          throttle: { ...carOnDesk.throttle, channel: throttle, neutralPulseUs },
          steering: { ...carOnDesk.steering, channel: steering },
        };
        const memory = running(prescale, mode);
        const bus = new InMemoryBus();
        bus.devices.set(0x40, memory);
        const { steps } = run(fileOf(config), { registers: memory.registers });
        await neutralise(config, expect.fail, { openBus: async () => bus, wait: async () => {} });
        const writes = steps.filter((step) => step.startsWith('write'));
        expect(writes).toEqual(bus.writes.map(({ register, bytes }) => `write ${[register, ...bytes].join(' ')}`));
      }),
      { numRuns: 60 },
    );
  });

  test('tries again while the board refuses, and gives up in time', () => {
    const few = run(fileOf(carOnDesk), { registers: running(121).registers, refusals: 7 });
    expect(few.code).toBe(0);
    expect(few.steps).toContain('write 6 0 0 51 1');
    const always = run(fileOf(carOnDesk), { registers: running(121).registers, refusals: 1_000_000 });
    expect(always.code).toBe(1);
    expect(always.errors).toMatch(/bus 1 could not be set to neutral/);
    const waitedMs = always.steps.reduce((sum, step) => sum + Number(/^wait (\d+)/.exec(step)?.[1] ?? 0), 0);
    expect(waitedMs).toBeLessThanOrEqual(410);
  });

  test('ends what drives a car with bridges on two boards, and duties of the computer', () => {
    const boards = fileOf(sampleRigs['servo and bridges on two boards']!);
    expect(boards.match(/address=.*/g)).toEqual(['address=64', 'address=96']);
    expect(boards).toContain('off_channels=0,1,2,7,6,5,4,3');
    // The fake bus has one board: the other is told, and this one ended all the same.
    const { code, errors, steps } = run(boards, { registers: running(121).registers });
    const { channel } = carOnDesk.steering;
    expect(steps).toContain(`write ${6 + 4 * channel + 3} 16`);
    expect(errors).toMatch(/0x60 on bus 1 could not be set to neutral/);
    expect(code).toBe(1);
    const duties = fileOf(pinRigs['two sides by GPIO and hardware PWM']!);
    expect(duties.match(/zero_file=.*/g)).toEqual(['zero_file=/sys/pwm/32', 'zero_file=/sys/pwm/33']);
    expect(run(duties, { registers: running(121).registers }).errors).toMatch(/\/sys\/pwm\/32: /);
  });

  describe('OE', () => {
    const wired = fileOf({ ...carOnDesk, outputEnable: { pin: 'J41 pin 7' } });
    const pin = '/sys/levels/J41 pin 7';
    const neutral = ['write 6 0 0 51 1', 'wait 41', 'write 9 16', 'write 13 16'];
    const { EPERM, EACCES, EIO, ENOENT } = constants.errno;
    const runWith = (sysfs: Readonly<Record<string, number>>, refusals = 0) =>
      run(wired, { registers: running(121).registers, refusals, sysfs });

    test('is raised behind the last pulse', () => {
      expect(wired).toContain(`\nhigh_file=${pin}/value\n`);
      const raised = runWith({ [`${pin}/value`]: 0 });
      expect(raised).toEqual({ code: 0, errors: '', steps: [...neutral, `file ${pin}/value 1`] });
    });

    test('is raised where the bus takes nothing', () => {
      const { code, steps } = runWith({ [`${pin}/value`]: 0 }, 1_000_000);
      expect(code).toBe(1);
      expect(steps.at(-1)).toBe(`file ${pin}/value 1`);
    });

    test('is high by its pull-up while nobody has taken its pin', () => {
      expect(runWith({})).toEqual({ code: 0, errors: '', steps: neutral });
    });

    test('whose pin was left as an input becomes an output that is high, whoever listened for its edges', () => {
      const left = { [`${pin}/value`]: EPERM, [`${pin}/direction`]: 0 };
      expect(runWith(left)).toEqual({ code: 0, errors: '', steps: [...neutral, `file ${pin}/direction high`] });
      const steps = [...neutral, `file ${pin}/edge none`, `file ${pin}/direction high`];
      expect(runWith({ ...left, [`${pin}/edge`]: 0 })).toEqual({ code: 0, errors: '', steps });
    });

    test.each([
      ['a level that refuses', { [`${pin}/value`]: EIO, [`${pin}/direction`]: 0 }, EIO],
      ['a level of another user', { [`${pin}/value`]: EACCES, [`${pin}/direction`]: 0 }, EACCES],
      ['an input that stays one', { [`${pin}/value`]: EPERM, [`${pin}/direction`]: EIO }, EIO],
      ['an input whose direction is fixed', { [`${pin}/value`]: EPERM }, ENOENT],
    ])('%s is told, behind pulses that are ended all the same', (_, sysfs, reason) => {
      const { code, errors, steps } = runWith(sysfs);
      expect(steps).toEqual(neutral);
      expect(errors).toMatch(/^neutralise: \/sys\/levels\/J41 pin 7\/value/);
      expect(errors.trim().endsWith(reasonText[reason]!)).toBe(true);
      expect(code).toBe(1);
    });
  });

  describe('what a newer version has written, which was rolled back', () => {
    const newer = 'colour=red\nsecond_brake_file=/sys/class/brake/1=2\nfront2=\n';
    const name = /skips "(\w+)"/g;

    test.each([
      ['before', (known: string) => newer + known],
      ['behind', (known: string) => known + newer],
      ['inside of', (known: string) => known.replace('prescale', `${newer}prescale`)],
    ])('is told and skipped %s what is known, all of which is done', (_, mixed) => {
      const { code, errors, steps } = run(mixed(fileOf(carOnDesk)), { registers: running(121).registers });
      expect(steps).toEqual(['write 6 0 0 51 1', 'wait 41', 'write 9 16', 'write 13 16']);
      expect([...errors.matchAll(name)].map((found) => found[1])).toEqual(['colour', 'second_brake_file', 'front2']);
      expect(code).toBe(0);
    });

    test('may be longer than a line that is known', () => {
      const long = `map=${'address=8,'.repeat(400)}\n`;
      const { code, errors, steps } = run(long + fileOf(carOnDesk), { registers: running(121).registers });
      expect([code, steps.length]).toEqual([0, 4]);
      expect(errors).toMatch(/^[^\n]*skips "map"[^\n]*\n$/);
      expect(run(`zero_file=/sys/${'a'.repeat(400)}\n`, { registers: running(121).registers }).code).toBe(2);
    });

    test('leaves the level of OE, when that alone is known', () => {
      const file = 'boards=0x40\nhigh_file=/sys/oe/value\n';
      const { code, steps } = run(file, { registers: running(121).registers, sysfs: { '/sys/oe/value': 0 } });
      expect([code, steps]).toEqual([0, ['file /sys/oe/value 1']]);
    });

    test('does not hide that what is known was not taken', () => {
      const { code } = run(newer + fileOf(carOnDesk), { registers: running(121).registers, refusals: 1_000_000 });
      expect(code).toBe(1);
    });
  });

  test('only ends pulses where there is no neutral pulse, as on a bridge', () => {
    const file = 'bus=1\naddress=64\nprescale=5\noff_channels=8,9,10\n';
    const { code, steps } = run(file, { registers: running(5).registers });
    expect(code).toBe(0);
    expect(steps).toEqual(['write 41 16', 'write 45 16', 'write 49 16']);
  });

  test.each([
    ['nothing that is known', 'bus=1\nadress=64\n', /skips "adress".*\n.*is not whole/],
    ['a name without a value', 'bus=1\nbrake\n', /"brake" makes no sense/],
    ['what is no name', 'bus=1\nB R=1\n', /"B R" makes no sense/],
    ['what belongs to a board before any', 'bus=1\nhold_us=1500\n', /"hold_us" makes no sense/],
    ['no number', 'bus=one\n', /"bus" makes no sense/],
    ['a channel beyond the board', 'bus=1\naddress=64\noff_channels=16\n', /"off_channels" makes no sense/],
    ['a file outside sysfs', 'bus=1\nzero_file=/etc/passwd\n', /"zero_file" makes no sense/],
    ['a level outside sysfs', 'bus=1\nhigh_file=/etc/passwd\n', /"high_file" makes no sense/],
    ['two of them', 'bus=1\nhigh_file=/sys/a\nhigh_file=/sys/b\n', /"high_file" makes no sense/],
    ['half a file', 'bus=1\naddress=64\n', /is not whole/],
    ['rubbish', '\u0001\u0002\n', /makes no sense/],
  ])('refuses %s and touches nothing', (_, text, reason) => {
    const { code, errors, steps } = run(text, { registers: running(121).registers });
    expect(code).toBe(2);
    expect(errors).toMatch(reason);
    expect(steps).toEqual([]);
  });

  test('has nothing to do where no car has started yet, and says what is wrong with a bus that is not there', () => {
    const none = spawnSync(onLinux, [join(folder(), 'none')], { encoding: 'utf8' });
    expect(none.status).toBe(0);
    writeFileSync(join(folder(), 'wheels'), fileOf(carOnDesk).replace('bus=1', 'bus=254'));
    const noBus = spawnSync(onLinux, [join(folder(), 'wheels')], { encoding: 'utf8' });
    expect(noBus.status).toBe(1);
    expect(noBus.stderr).toMatch(/bus 254 .*No such file/);
  });
});

test('a car whose bus is simulated leaves nothing to neutralise', () => {
  expect(wheelsFile(carOnDesk, pinFiles)).toBeUndefined();
});
