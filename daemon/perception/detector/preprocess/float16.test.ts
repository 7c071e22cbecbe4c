import fc from 'fast-check';
import { expect, it } from 'vitest';
import { numberToHalf, widenHalves } from './float16.ts';

it('widens every half to a number that narrows to the same half', () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
  const floats = new Float32Array(halves.length);
  widenHalves(halves, floats);
  const wrong = [...floats].filter((value, bits) =>
    Number.isNaN(value) ? (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0 : numberToHalf(value) !== bits,
  );
  expect(wrong).toEqual([]);
  expect([floats[0x3c00], floats[0xc000], floats[0x7bff], floats[1]]).toEqual([1, -2, 65_504, 2 ** -24]);
});

it('narrows to a half that is among the two nearest', () => {
  const floats = new Float32Array(1);
  fc.assert(
    fc.property(fc.double({ min: -65_504, max: 65_504, noNaN: true }), (value) => {
      widenHalves(Uint16Array.of(numberToHalf(value)), floats);
      expect(Math.abs(floats[0]! - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
    }),
  );
  expect(numberToHalf(65_520)).toBe(0x7c00);
  expect(numberToHalf(2049)).toBe(numberToHalf(2048));
});
