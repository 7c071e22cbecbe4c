import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets } from '../car/presets.ts';
import { ConeMap } from './cone-map.ts';
import { EgoMotion } from './ego-motion.ts';
import type { ConeColour, SeenCone } from './ground.ts';
import { distance } from './plane.ts';

const config = presets['simulated']!;
const framePeriodMs = 50;

function seen(xM: number, yM: number, colour: ConeColour, score = 0.9): SeenCone {
  return { xM, yM, xx: 0.03 ** 2, xy: 0, yy: 0.02 ** 2, colour, score };
}

const left = [seen(0.9, 0.45, 'blue'), seen(1.4, 0.5, 'blue'), seen(1.9, 0.45, 'blue')];
const right = [seen(0.95, -0.45, 'yellow'), seen(1.5, -0.5, 'yellow'), seen(2, -0.45, 'yellow')];
const track = [...left, ...right];

/** A map of a car that stands, and what its camera shows, frame after frame. */
function watch(frames: readonly (readonly SeenCone[])[]): ConeMap {
  const ego = new EgoMotion(config);
  const map = new ConeMap(config.camera, ego);
  for (const [i, cones] of frames.entries()) {
    ego.advanceTo(i * framePeriodMs);
    map.observe(cones, i * framePeriodMs);
  }
  return map;
}

const confirmed = (map: ConeMap) => map.cones.filter((cone) => cone.confirmed);

function expectTrack(map: ConeMap): void {
  const found = confirmed(map);
  expect(found).toHaveLength(track.length);
  for (const cone of track) {
    const nearest = found.reduce((a, b) => (distance(b, cone) < distance(a, cone) ? b : a));
    expect(distance(nearest, cone)).toBeLessThan(0.08);
    expect(nearest.colour).toBe(cone.colour);
  }
}

const noise = fc.noBias(fc.integer({ min: -30, max: 30 })).map((millimetres) => millimetres / 1000);
const anyFrames = fc.array(
  fc.array(fc.record({ dx: noise, dy: noise }), { minLength: track.length, maxLength: track.length }),
  { minLength: 20, maxLength: 20 },
);
const shaken = (frame: readonly { dx: number; dy: number }[]) =>
  track.map((cone, i) => ({ ...cone, xM: cone.xM + frame[i]!.dx, yM: cone.yM + frame[i]!.dy }));

describe('the map of a standing car', () => {
  it('has every cone once, where it is', () => {
    fc.assert(
      fc.property(anyFrames, (frames) => expectTrack(watch(frames.map(shaken)))),
      { numRuns: 40 },
    );
  });

  it('bears cones that are told twice', () => {
    const doubled = track.flatMap((cone) => [cone, { ...cone, xM: cone.xM + 0.05, score: 0.5 }]);
    expectTrack(watch(new Array(20).fill(doubled)));
  });

  it('bears every third cone missing', () => {
    fc.assert(
      fc.property(anyFrames, (frames) =>
        expectTrack(watch(frames.map((frame, k) => shaken(frame).filter((_, i) => (i + k) % 3 !== 0)))),
      ),
      { numRuns: 40 },
    );
  });

  it('bears a colour that is wrong now and then, and says how sure it is', () => {
    const other = { blue: 'yellow', yellow: 'blue', orange: 'orange' } as const;
    const map = watch(
      Array.from({ length: 20 }, (_, k) =>
        track.map((cone, i) => ((i + k) % 4 === 0 ? { ...cone, colour: other[cone.colour] } : cone)),
      ),
    );
    expectTrack(map);
    for (const cone of map.cones) {
      expect(cone.colourShare).toBeGreaterThan(0.6);
      expect(cone.colourShare).toBeLessThan(0.9);
    }
  });

  it('does not believe in a cone from one frame, and forgets it', () => {
    const ghost = seen(1.2, 0, 'orange');
    const once = watch([track, [...track, ghost]]);
    expect(once.cones.filter((cone) => cone.colour === 'orange').map((cone) => cone.confirmed)).toEqual([false]);
    const later = watch([track, [...track, ghost], ...new Array(10).fill(track)]);
    expectTrack(later);
    expect(later.cones).toHaveLength(track.length);
  });

  it('in a mirror is the mirrored map', () => {
    const mirror = (cones: readonly SeenCone[]) => cones.map((cone) => ({ ...cone, yM: -cone.yM }));
    const map = watch(new Array(10).fill(track)).cones;
    const mirrored = watch(new Array(10).fill(mirror(track))).cones;
    expect(mirrored).toHaveLength(map.length);
    for (const [i, cone] of map.entries()) {
      expect(mirrored[i]!.xM).toBeCloseTo(cone.xM, 9);
      expect(mirrored[i]!.yM).toBeCloseTo(-cone.yM, 9);
    }
  });

  it('is void once the car was carried away', () => {
    const elsewhere = track.map((cone) => ({ ...cone, xM: cone.xM + 0.25, yM: cone.yM + 1.3 }));
    const map = watch([...new Array(10).fill(track), ...new Array(40).fill(elsewhere)]);
    for (const cone of confirmed(map)) {
      expect(Math.min(...elsewhere.map((each) => distance(each, cone)))).toBeLessThan(0.1);
    }
    expect(confirmed(map)).toHaveLength(elsewhere.length);
  });
});
