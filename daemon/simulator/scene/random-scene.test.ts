import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rgbToHsv } from './colour.ts';
import { createRandom, mixSeeds } from './random.ts';
import { randomScene } from './random-scene.ts';

describe('random scenes', () => {
  it('keep blue blue, yellow yellow and orange orange, and sizes and cameras within their bounds', () => {
    const hues = { blue: [200, 245], yellow: [44, 61], orange: [12, 30] } as const;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7fffffff }), (seed) => {
        const { scene, camera } = randomScene(seed);
        expect(camera.heightM).toBeGreaterThanOrEqual(0.08);
        expect(camera.heightM).toBeLessThanOrEqual(0.35);
        for (const object of scene.objects) {
          if (object.kind !== 'cone') continue;
          const [hue] = rgbToHsv(object.rgb!);
          const [low, high] = hues[object.colour];
          expect(hue).toBeGreaterThan(low);
          expect(hue).toBeLessThan(high);
          expect(object.heightM).toBeGreaterThan(0.045);
          expect(object.heightM).toBeLessThan(0.21);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are the same for the same seed', () => {
    const plain = (seed: number): string =>
      JSON.stringify({ ...randomScene(seed), scene: randomScene(seed).scene.objects });
    expect(plain(11)).toBe(plain(11));
    expect(plain(11)).not.toBe(plain(12));
  });

  it('have a track in about six of ten and something to stop for in about half', () => {
    const scenes = Array.from({ length: 80 }, (_, seed) => randomScene(seed).scene);
    const share = (has: (kinds: ReadonlySet<string>) => boolean): number =>
      scenes.filter((scene) => has(new Set(scene.objects.map(({ kind }) => kind)))).length / scenes.length;
    expect(share((kinds) => kinds.has('cone'))).toBeGreaterThan(0.75);
    expect(share((kinds) => kinds.has('person') || kinds.has('box') || kinds.has('stop sign'))).toBeGreaterThan(0.3);
    expect(share((kinds) => kinds.has('person') || kinds.has('box') || kinds.has('stop sign'))).toBeLessThan(0.65);
  });
});

describe('seeded randomness', () => {
  it('is even and spread: mean and deviation of a uniform and a normal sequence', () => {
    const random = createRandom(3);
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    const normal = Array.from({ length: 20_000 }, () => random.normal());
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1);
  });

  it('mixes neighbouring seeds apart', () => {
    const seeds = new Set(Array.from({ length: 1000 }, (_, i) => mixSeeds(Math.floor(i / 32), i % 32)));
    expect(seeds.size).toBe(1000);
  });
});
