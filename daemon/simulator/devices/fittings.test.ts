import { describe, expect, test } from 'vitest';
import { Mpu6050 } from './mpu6050.ts';
import { Ssd1306 } from './ssd1306.ts';

const word = (bytes: readonly number[], at = 0) => ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;

describe('MPU6050', () => {
  const still = { accelerationMps2: [0, 0, 9.80665], rateRadps: [0, 0, 0] } as const;

  test('sleeps after power-on and after a reset, and says who it is', () => {
    const chip = new Mpu6050(() => still);
    expect(chip.read(0x75, 1)).toEqual([0x68]);
    expect(chip.read(0x6b, 1)).toEqual([0x40]);
    expect(chip.read(0x3b, 14).every((byte) => byte === 0)).toBe(true);
    chip.write(0x6b, [0x01]);
    expect(word(chip.read(0x3f, 2))).toBe(16_384);
    chip.write(0x6b, [0x80]);
    expect(chip.read(0x6b, 1)).toEqual([0x40]);
  });

  test('counts by the range that was set, and stays within 16 bits', () => {
    const chip = new Mpu6050(() => ({
      accelerationMps2: [-9.80665, 0, 9.80665 * 30],
      rateRadps: [0, 0, Math.PI / 2],
    }));
    chip.write(0x6b, [0x01]);
    chip.write(0x1b, [0x08, 0x08]);
    const bytes = chip.read(0x3b, 14);
    expect([word(bytes, 0), word(bytes, 4), word(bytes, 12)]).toEqual([-8192, 32_767, Math.round(90 * 65.5)]);
  });

  test('measures nothing while it sleeps, and its readings cannot be written', () => {
    let rate = 1;
    const chip = new Mpu6050(() => ({ accelerationMps2: [0, 0, 0], rateRadps: [0, 0, rate] }));
    chip.write(0x6b, [0x01]);
    const before = chip.read(0x47, 2);
    chip.write(0x6b, [0x40]);
    rate = 2;
    chip.write(0x47, [1, 2]);
    expect(chip.read(0x47, 2)).toEqual(before);
  });
});

describe('SSD1306', () => {
  const lit = (chip: Ssd1306) =>
    chip
      .picture()
      .flatMap((row, y) => [...row].flatMap((pixel, x) => (pixel === '#' ? [`${x},${y}`] : [])))
      .join(' ');
  const upright = [0x8d, 0x14, 0xa1, 0xc8, 0xaf];

  test('is dark until it is switched on and its pump runs', () => {
    const chip = new Ssd1306();
    chip.write(0x40, [0xff]);
    expect([chip.isLit, lit(chip), chip.read(0, 1)]).toEqual([false, '', [0x40]]);
    chip.write(0x00, [0xaf]);
    expect([chip.isLit, chip.read(0, 1)]).toEqual([false, [0x00]]);
    chip.write(0x00, [0x8d, 0x14]);
    expect(chip.isLit).toBe(true);
    chip.write(0x00, [0xae]);
    expect(lit(chip)).toBe('');
  });

  test('a byte is a column of eight, its lowest bit on top, and a remapped panel is upright', () => {
    const chip = new Ssd1306();
    chip.write(0x00, upright);
    chip.write(0x40, [0x01, 0x80]);
    expect(lit(chip)).toBe('0,0 1,7');
    chip.write(0x00, [0xa0, 0xc0]);
    expect(lit(chip)).toBe('126,56 127,63');
    chip.write(0x00, [0xa7]);
    expect(chip.picture()[63]!.endsWith('## ')).toBe(true);
  });

  test('writes on within the window that was set, in each of its modes', () => {
    const chip = new Ssd1306();
    chip.write(0x00, [...upright, 0x20, 0x00, 0x21, 3, 4, 0x22, 1, 2]);
    chip.write(0x40, [1, 1, 1, 1, 2]);
    expect(lit(chip)).toBe('4,8 3,9 3,16 4,16');
    chip.write(0x00, [0x20, 0x01, 0x21, 10, 11, 0x22, 3, 4]);
    chip.write(0x40, [1, 0, 2]);
    expect(lit(chip)).toBe('4,8 3,9 3,16 4,16 10,24 11,25');
    chip.write(0x00, [0x20, 0x02, 0xb7, 0x0f, 0x17]);
    chip.write(0x40, [1, 1]);
    expect(lit(chip)).toContain('0,56 127,56');
  });

  test('has as many rows as were set, from the one that was set', () => {
    const chip = new Ssd1306();
    chip.write(0x00, [...upright, 0xa8, 31]);
    chip.write(0x40, [0x02]);
    expect([chip.picture().length, lit(chip)]).toEqual([32, '0,1']);
    chip.write(0x00, [0x41]);
    expect(lit(chip)).toBe('0,0');
    chip.write(0x00, [0xa5]);
    expect(chip.picture().every((row) => row === '#'.repeat(128))).toBe(true);
  });

  test('takes no command that is cut off, and passes over those without a picture', () => {
    const chip = new Ssd1306();
    chip.write(0x00, [...upright, 0x81, 0xae, 0xd5, 0xae, 0x21, 5]);
    chip.write(0x40, [1]);
    expect(lit(chip)).toBe('0,0');
  });
});
