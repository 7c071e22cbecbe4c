import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { polylineLength } from '../plane.ts';
import { type Arc, anyArc, conesOf, mirroredCones, mirroredPoint, offCentreM } from '../testing/arc-cones.ts';
import { type Corridor, corridorSpacingM, curvatures, findCorridor } from './centre-line.ts';
import type { TrackCone } from './corridor-walk.ts';

/** The corridor leads on, and its middle keeps clear of the true borders by half of the room there is. */
function expectBetweenBorders(
  corridor: Corridor | undefined,
  arc: Arc,
  { fromXM = -2, offCentreShare = 0.25 }: { readonly fromXM?: number; readonly offCentreShare?: number } = {},
): void {
  expect(corridor).toBeDefined();
  const { centre, roomLeftM, roomRightM } = corridor!;
  expect(polylineLength(centre)).toBeGreaterThan(1.5);
  for (const [i, point] of centre.entries()) {
    if (point.xM < fromXM) continue;
    expect(Math.abs(offCentreM(arc, point))).toBeLessThan(offCentreShare * arc.widthM);
    expect(roomLeftM[i]).toBeGreaterThan(0);
    expect(roomRightM[i]).toBeGreaterThan(0);
    expect(roomLeftM[i]! + roomRightM[i]!).toBeLessThan(1.4 * arc.widthM);
  }
}

const learned = fc.constantFrom('learned', 'unknown');
const widthFor = (arc: Arc, width: string): number | undefined => (width === 'learned' ? arc.widthM : undefined);
const anyPick = fc.noBias(fc.nat({ max: 999 }));

describe('a corridor', () => {
  it('lies between its borders, whether the width was learned or not', () => {
    fc.assert(
      fc.property(anyArc, learned, (arc, width) => {
        expectBetweenBorders(findCorridor(conesOf(arc), widthFor(arc, width)), arc);
      }),
      { numRuns: 200 },
    );
  });

  it('measures the width of the track', () => {
    fc.assert(
      fc.property(anyArc, (arc) => {
        const { widthM } = findCorridor(conesOf(arc), undefined) ?? {};
        expect(Math.abs((widthM ?? 0) - arc.widthM)).toBeLessThan(0.1 * arc.widthM);
      }),
    );
  });

  it('in a mirror is the mirrored corridor', () => {
    fc.assert(
      fc.property(anyArc, learned, (arc, width) => {
        const cones = conesOf(arc);
        const corridor = findCorridor(cones, widthFor(arc, width))!;
        const mirrored = findCorridor(mirroredCones(cones), widthFor(arc, width))!;
        expect(mirrored.centre).toHaveLength(corridor.centre.length);
        for (const [i, point] of corridor.centre.entries()) {
          const expected = mirroredPoint(point);
          expect(mirrored.centre[i]!.xM).toBeCloseTo(expected.xM, 6);
          expect(mirrored.centre[i]!.yM).toBeCloseTo(expected.yM, 6);
          expect(mirrored.roomLeftM[i]).toBeCloseTo(corridor.roomRightM[i]!, 6);
          expect(mirrored.roomRightM[i]).toBeCloseTo(corridor.roomLeftM[i]!, 6);
        }
      }),
    );
  });

  it('does not depend on the order in which cones are told', () => {
    fc.assert(
      fc.property(anyArc, (arc) => {
        const cones = conesOf(arc);
        expectBetweenBorders(findCorridor([...cones].reverse(), arc.widthM), arc);
      }),
    );
  });

  it('bears a cone that is told twice, one that is missing and one of the wrong colour', () => {
    const spoil: Record<string, (cones: TrackCone[], at: number) => TrackCone[]> = {
      doubled: (cones, at) => [...cones, { ...cones[at]!, xM: cones[at]!.xM + 0.06, yM: cones[at]!.yM + 0.03 }],
      missing: (cones, at) => cones.filter((_, i) => i !== at),
      miscoloured: (cones, at) =>
        cones.map((cone, i) =>
          i === at ? { ...cone, colour: cone.colour === 'blue' ? 'yellow' : 'blue', colourShare: 0.4 } : cone,
        ),
    };
    fc.assert(
      fc.property(anyArc, fc.constantFrom(...Object.keys(spoil)), anyPick, (arc, how, pick) => {
        const cones = conesOf(arc);
        // Of cones ahead: behind the car the way is over. One wrong cone may bend the middle as far as a border.
        const ahead = cones.flatMap((cone, i) => (cone.xM > 0.3 ? [i] : []));
        const corridor = findCorridor(spoil[how]!(cones, ahead[pick % ahead.length]!), arc.widthM);
        expectBetweenBorders(corridor, arc, { fromXM: -0.2, offCentreShare: 0.51 });
      }),
      { numRuns: 300 },
    );
  });

  it('is found with one border alone, at half the learned width from it', () => {
    fc.assert(
      fc.property(anyArc, fc.constantFrom('blue', 'yellow'), (arc, colour) => {
        const corridor = findCorridor(
          conesOf(arc).filter((cone) => cone.colour === colour),
          arc.widthM,
        );
        expectBetweenBorders(corridor, arc);
      }),
    );
  });

  it('has points at even distances', () => {
    const { centre } = findCorridor(conesOf({ curvaturePerM: 0.2, widthM: 1, spacingM: 0.5, stagger: 0.2 }), 1)!;
    for (let i = 1; i < centre.length; i++) {
      expect(polylineLength(centre.slice(i - 1, i + 1))).toBeCloseTo(corridorSpacingM, 1);
    }
  });

  it('is not made of nothing, or of a cone or two', () => {
    expect(findCorridor([], 1)).toBeUndefined();
    const [first, second] = conesOf({ curvaturePerM: 0, widthM: 1, spacingM: 0.5, stagger: 0.2 });
    expect(findCorridor([first!], 1)).toBeUndefined();
    expect(
      findCorridor(
        [
          { ...first!, xM: 1 },
          { ...second!, xM: 8 },
        ],
        1,
      ),
    ).toBeUndefined();
  });
});

describe('curvatures', () => {
  it('of a circle are one over its radius, to the left positive', () => {
    fc.assert(
      fc.property(fc.noBias(fc.integer({ min: 4, max: 50 })), fc.constantFrom(-1, 1), (decimetres, side) => {
        const radiusM = decimetres / 10;
        const line = Array.from({ length: 20 }, (_, i) => {
          const angle = (0.1 * i) / radiusM;
          return { xM: radiusM * Math.sin(angle), yM: side * radiusM * (1 - Math.cos(angle)) };
        });
        const found = curvatures(line, 3);
        for (const curvature of found.slice(1, -1)) expect(curvature).toBeCloseTo(side / radiusM, 6);
      }),
    );
  });
});
