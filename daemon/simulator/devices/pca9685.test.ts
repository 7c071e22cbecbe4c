import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pca9685 } from './pca9685.ts';

const mode1 = 0x00;
const prescale = 0xfe;
const led = (channel: number) => 0x06 + 4 * channel;

/** At 50 Hz, awake, with auto-increment, a millisecond after waking. */
function running(): { chip: Pca9685; atMs: number } {
  const chip = new Pca9685();
  chip.write(prescale, [121], 0);
  chip.write(mode1, [0x21], 0);
  return { chip, atMs: 1 };
}

const countUs = 122 / 25;

describe('power on', () => {
  const chip = new Pca9685();

  test('asleep, 200 Hz, every channel full-off', () => {
    expect(chip.read(mode1, 1)).toEqual([0x11]);
    expect(chip.read(0x01, 1)).toEqual([0x04]);
    expect(chip.read(prescale, 1)).toEqual([0x1e]);
    for (let channel = 0; channel < 16; channel++) {
      expect(chip.read(led(channel) + 3, 1)).toEqual([0x10]);
      expect(chip.output(channel, 1e6)).toEqual({ kind: 'off' });
    }
  });

  test('counts written asleep make pulses only after waking', () => {
    const board = new Pca9685();
    board.write(prescale, [121], 0);
    board.write(mode1, [0x31], 0);
    board.write(led(3), [0, 0, 0x33, 0x01], 0);
    expect(board.pulseUs(3, 5)).toBe(0);
    board.write(mode1, [0x21], 10);
    expect(board.pulseUs(3, 10.4), 'the oscillator needs half a millisecond').toBe(0);
    expect(board.pulseUs(3, 10.5)).toBeCloseTo(0x133 * countUs, 6);
  });
});

describe('PRE_SCALE', () => {
  test('is written asleep only', () => {
    const { chip } = running();
    chip.write(prescale, [30], 1);
    expect(chip.read(prescale, 1)).toEqual([121]);
    chip.write(mode1, [0x31], 1);
    chip.write(prescale, [30], 1);
    expect(chip.read(prescale, 1)).toEqual([30]);
  });

  test('takes 3 for anything less', () => {
    const chip = new Pca9685();
    chip.write(prescale, [0], 0);
    expect(chip.read(prescale, 1)).toEqual([3]);
  });

  test('sets the period: 50 Hz within half a percent', () => {
    const { chip, atMs } = running();
    chip.write(led(0), [0, 0, 100, 0], atMs);
    const output = chip.output(0, atMs);
    if (output.kind !== 'pulse') throw new Error(output.kind);
    expect(1e6 / output.periodUs).toBeCloseTo(50, 0);
  });
});

describe('counts', () => {
  test('the pulse is OFF less ON, round the 4096 counts', () => {
    const twelve = fc.integer({ min: 0, max: 4095 });
    fc.assert(
      fc.property(twelve, twelve, fc.integer({ min: 0, max: 15 }), (on, off, channel) => {
        const { chip, atMs } = running();
        chip.write(led(channel), [on & 0xff, on >> 8, off & 0xff, off >> 8], atMs);
        const expected = ((off - on + 4096) % 4096) * countUs;
        expect(chip.pulseUs(channel, atMs)).toBeCloseTo(expected, 6);
        expect(chip.pulseUs((channel + 1) % 16, atMs)).toBe(0);
      }),
    );
  });

  test('full-off is stronger than full-on, full-on than counts', () => {
    const { chip, atMs } = running();
    chip.write(led(2), [0, 0x10, 0x33, 0x01], atMs);
    expect(chip.output(2, atMs)).toEqual({ kind: 'on' });
    expect(chip.pulseUs(2, atMs)).toBeCloseTo(4096 * countUs, 6);
    chip.write(led(2), [0, 0x10, 0x33, 0x11], atMs);
    expect(chip.output(2, atMs)).toEqual({ kind: 'off' });
  });

  test('reserved bits of the high bytes read zero', () => {
    const { chip, atMs } = running();
    chip.write(led(1), [0xff, 0xff, 0xff, 0xff], atMs);
    expect(chip.read(led(1), 4)).toEqual([0xff, 0x1f, 0xff, 0x1f]);
  });

  test('inverted outputs', () => {
    const { chip, atMs } = running();
    chip.write(0x01, [0x14], atMs);
    chip.write(led(0), [0, 0, 0x00, 0x04], atMs);
    expect(chip.pulseUs(0, atMs)).toBeCloseTo(3072 * countUs, 6);
    expect(chip.output(1, atMs)).toEqual({ kind: 'on' });
  });
});

describe('auto-increment', () => {
  test('set: bytes go to one register after the other, and wrap from the last LED to MODE1', () => {
    const { chip, atMs } = running();
    chip.write(led(4), [1, 2, 3, 4, 5, 6, 7, 8], atMs);
    expect(chip.read(led(4), 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    chip.write(0x45, [0x09, 0x23], atMs);
    expect(chip.read(0x45, 2)).toEqual([0x09, 0x23]);
  });

  test('clear: all bytes go to the same register', () => {
    const chip = new Pca9685();
    chip.write(mode1, [0x01], 0);
    chip.write(led(4), [1, 2, 3, 4], 1);
    expect(chip.read(led(4), 1)).toEqual([4]);
    expect(chip.read(led(4) + 1, 1)).toEqual([0]);
    expect(chip.read(led(4), 3)).toEqual([4, 4, 4]);
  });
});

test('ALL_LED writes every channel and reads zero', () => {
  const { chip, atMs } = running();
  chip.write(0xfa, [0, 0, 0x33, 0x01], atMs);
  for (let channel = 0; channel < 16; channel++) expect(chip.pulseUs(channel, atMs)).toBeCloseTo(0x133 * countUs, 6);
  expect(chip.read(0xfa, 4)).toEqual([0, 0, 0, 0]);
  chip.write(0xfd, [0x10], atMs);
  for (let channel = 0; channel < 16; channel++) expect(chip.pulseUs(channel, atMs)).toBe(0);
});

describe('SLEEP and RESTART', () => {
  function asleepWhilePulsing() {
    const { chip, atMs } = running();
    chip.write(led(0), [0, 0, 0x33, 0x01], atMs);
    chip.write(mode1, [0x31], 10);
    return chip;
  }

  test('sleep with pulses running stops them and sets RESTART', () => {
    const chip = asleepWhilePulsing();
    expect(chip.pulseUs(0, 20)).toBe(0);
    expect(chip.read(mode1, 1)).toEqual([0xb1]);
  });

  test('woken, the channels wait for RESTART, which needs half a millisecond', () => {
    const chip = asleepWhilePulsing();
    chip.write(mode1, [0x21], 30);
    expect(chip.pulseUs(0, 40)).toBe(0);
    chip.write(mode1, [0xa1], 30.2);
    expect(chip.pulseUs(0, 40), 'too early').toBe(0);
    chip.write(mode1, [0xa1], 30.6);
    expect(chip.pulseUs(0, 40)).toBeCloseTo(0x133 * countUs, 6);
    expect(chip.read(mode1, 1)).toEqual([0x21]);
  });

  test('woken, a write to any channel restarts all of them', () => {
    const chip = asleepWhilePulsing();
    chip.write(mode1, [0x21], 30);
    chip.write(led(5), [0, 0, 1, 0], 31);
    expect(chip.pulseUs(0, 32)).toBeCloseTo(0x133 * countUs, 6);
    expect(chip.read(mode1, 1)).toEqual([0x21]);
  });

  test('after an orderly shutdown (all full-off) sleep leaves RESTART clear', () => {
    const { chip, atMs } = running();
    chip.write(led(0), [0, 0, 0x33, 0x01], atMs);
    chip.write(0xfd, [0x10], atMs);
    chip.write(mode1, [0x31], atMs);
    expect(chip.read(mode1, 1)).toEqual([0x31]);
  });

  test('EXTCLK is taken asleep only, and sticks until a reset', () => {
    const { chip, atMs } = running();
    chip.write(mode1, [0x61], atMs);
    expect(chip.read(mode1, 1)).toEqual([0x21]);
    chip.write(mode1, [0x31], atMs);
    chip.write(mode1, [0x71], atMs);
    chip.write(mode1, [0x21], atMs);
    expect(chip.read(mode1, 1)).toEqual([0x61]);
    chip.softwareReset();
    expect(chip.read(mode1, 1)).toEqual([0x11]);
  });
});

test('nobody writing changes nothing: pulses go on for ever', () => {
  const { chip, atMs } = running();
  chip.write(led(0), [0, 0, 0x9a, 0x01], atMs);
  expect(chip.pulseUs(0, 1e9)).toBe(chip.pulseUs(0, atMs));
  expect(chip.pulseUs(0, 1e9)).toBeCloseTo(0x19a * countUs, 6);
});
