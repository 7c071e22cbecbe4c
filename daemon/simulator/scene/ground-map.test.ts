import { describe, expect, it } from 'vitest';
import { createFloorTexture, floorKinds } from './floor-texture.ts';
import { createLineLayer } from './line-layer.ts';

describe('a floor texture', () => {
  it.each(floorKinds)('of %s is the same for the same seed, and its last level is its mean', (kind) => {
    const texture = createFloorTexture({ kind, seed: 4, sizeCells: 64 });
    const again = createFloorTexture({ kind, seed: 4, sizeCells: 64 });
    expect(Buffer.from(again.texels.buffer).equals(Buffer.from(texture.texels.buffer))).toBe(true);
    const last = texture.texels[texture.levelStarts[texture.levelCount - 1]!]!;
    let green = 0;
    for (let i = 0; i < 64 * 64; i++) green += (texture.texels[i]! >> 8) & 255;
    expect(Math.abs(((last >> 8) & 255) - green / (64 * 64))).toBeLessThan(4);
  });

  it('refuses sizes that do not halve', () => {
    expect(() => createFloorTexture({ kind: 'wood', seed: 1, sizeCells: 100 })).toThrow(/power of two/);
  });
});

describe('painted lines', () => {
  const straight = [
    { xM: 0, yM: 0 },
    { xM: 2, yM: 0.4 },
  ];

  function paintedM2(lines: Parameters<typeof createLineLayer>[0], level: number, shift: 0 | 8): number {
    const layer = createLineLayer(lines, 0.01)!;
    const cells = layer.widthCells[level]! * layer.heightCells[level]!;
    let sum = 0;
    for (let i = 0; i < cells; i++) sum += (layer.coverage[layer.levelStarts[level]! + i]! >> shift) & 255;
    return (sum / 255) * (layer.cellM * 2 ** level) ** 2;
  }

  it('cover length times width, on every mip level', () => {
    const line = { points: straight, closed: false, widthM: 0.04, colour: 0 } as const;
    const expected = Math.hypot(2, 0.4) * 0.04;
    for (const level of [0, 1, 2, 3]) expect(paintedM2([line], level, 0)).toBeCloseTo(expected, 2);
    expect(paintedM2([line], 0, 8)).toBe(0);
  });

  it('cover their dashes only', () => {
    const dash = { onM: 0.15, offM: 0.05 };
    const line = { points: straight, closed: false, widthM: 0.04, colour: 1, dash } as const;
    const share = paintedM2([line], 0, 8) / (Math.hypot(2, 0.4) * 0.04);
    expect(share).toBeGreaterThan(0.75);
    // Round ends reach a little into the gaps.
    expect(share).toBeLessThan(0.98);
  });

  it('are nothing when there are none', () => {
    expect(createLineLayer([], 0.01)).toBeUndefined();
  });
});
