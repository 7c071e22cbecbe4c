import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance } from '../plane.ts';
import { anyArc, conesOf, mirroredCones, mirroredPoint } from '../testing/arc-cones.ts';
import { followBorder, offsetBorder } from './one-side.ts';

const anySide = fc.constantFrom<'left' | 'right'>('left', 'right');
const colourOf = { left: 'blue', right: 'yellow' } as const;
const search = (cones: ReturnType<typeof conesOf>, side: 'left' | 'right', taken: readonly number[]) => ({
  ...{ cones, side, taken: new Set(taken), linkM: undefined },
});

describe('a border', () => {
  it('is followed from cone to cone, and over none of the other side', () => {
    fc.assert(
      fc.property(anyArc, anySide, (arc, side) => {
        const cones = conesOf(arc);
        const first = cones.findIndex((cone) => cone.colour === colourOf[side] && cone.xM > 0);
        const chain = followBorder(search(cones, side, [first]), cones[first]!, 0);
        // The cones of a side stand in order, and eight links are the limit.
        const own = cones.flatMap((cone, i) => (cone.colour === colourOf[side] && i > first ? [i] : []));
        expect(chain).toEqual(own.slice(0, 8));
        expect(chain.length).toBeGreaterThan(3);
      }),
    );
  });

  it('in a mirror is the mirrored border', () => {
    fc.assert(
      fc.property(anyArc, (arc) => {
        const cones = conesOf(arc);
        const first = cones.findIndex(({ xM }) => xM > 0);
        const chain = followBorder(search(cones, 'left', [first]), cones[first]!, 0);
        const mirrored = mirroredCones(cones);
        expect(followBorder(search(mirrored, 'right', [first]), mirrored[first]!, 0)).toEqual(chain);
      }),
    );
  });

  it('ends at a gap, and leaves out what is taken', () => {
    const at = (xM: number) => ({ xM, yM: 0.5, colour: 'blue' as const, colourShare: 0.9 });
    const cones = [at(0), at(0.5), at(1), at(3.5)];
    expect(followBorder(search(cones, 'left', [0]), cones[0]!, 0)).toEqual([1, 2]);
    expect(followBorder(search(cones, 'left', [0, 1]), cones[0]!, 0)).toEqual([2]);
    expect(followBorder(search(cones, 'right', [0]), cones[0]!, 0)).toEqual([]);
    expect(followBorder(search(cones, 'left', [0]), cones[0]!, Math.PI)).toEqual([]);
  });
});

describe('a border moved into the track', () => {
  it('lies the offset away, on the inner side', () => {
    fc.assert(
      fc.property(anyArc, anySide, (arc, side) => {
        const border = conesOf(arc).filter(({ colour }) => colour === colourOf[side]);
        const moved = offsetBorder(border, side, 0.3);
        for (const [i, point] of moved.entries()) {
          expect(distance(point, border[i]!)).toBeCloseTo(0.3, 9);
          const other = mirroredPoint(border[i]!);
          if (arc.curvaturePerM === 0) expect(distance(point, other)).toBeLessThan(distance(border[i]!, other));
        }
      }),
    );
  });

  it('on a straight is exactly beside it', () => {
    const border = [0, 1, 2].map((xM) => ({ xM, yM: 0.5 }));
    expect(offsetBorder(border, 'left', 0.5).map(({ yM }) => yM)).toEqual([0, 0, 0]);
    expect(offsetBorder(border.map(mirroredPoint), 'right', 0.5).map(({ yM }) => Math.abs(yM))).toEqual([0, 0, 0]);
  });
});
