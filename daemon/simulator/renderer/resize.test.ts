import { describe, expect, it } from 'vitest';
import { resizeRgb } from './resize.ts';

const from = { widthPx: 40, heightPx: 30 };
const to = { widthPx: 24, heightPx: 18 };

describe.each(['bilinear', 'area'] as const)('resizing, %s', (how) => {
  it('keeps a flat picture flat', () => {
    expect(new Set(resizeRgb(new Uint8Array(40 * 30 * 3).fill(201), from, to, how))).toEqual(new Set([201]));
  });

  it('keeps a ramp a ramp, at the same place', () => {
    const ramp = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => 5 * (Math.floor(i / 3) % 40) + 20);
    const small = resizeRgb(ramp, from, to, how);
    for (let x = 1; x < 23; x++) {
      const sourcePlace = (x + 0.5) * (40 / 24) - 0.5;
      expect(Math.abs(small[3 * (9 * 24 + x)]! - (5 * sourcePlace + 20))).toBeLessThan(1.5);
    }
  });
});

describe('area', () => {
  it('keeps the mean of a chequered picture', () => {
    const checks = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return ((pixel % 40) + Math.floor(pixel / 40)) % 2 === 0 ? 0 : 200;
    });
    const small = resizeRgb(checks, from, to, 'area');
    expect(small.reduce((sum, value) => sum + value, 0) / small.length).toBeCloseTo(100, 0);
  });
});
