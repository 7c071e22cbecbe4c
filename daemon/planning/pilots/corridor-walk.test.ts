import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { midpoint } from '../plane.ts';
import { type Arc, alongOf, anyArc, conesOf, mirroredCones } from '../testing/arc-cones.ts';
import { type TrackCone, walkCorridor } from './corridor-walk.ts';

const straight: Arc = { curvaturePerM: 0, widthM: 1, spacingM: 0.5, stagger: 0.2 };

describe('the walk', () => {
  it('goes through gates of one left and one right cone, in the order in which the car passes them', () => {
    fc.assert(
      fc.property(anyArc, (arc) => {
        const cones = conesOf(arc);
        const walk = walkCorridor(cones, arc.widthM);
        expect(walk?.gates.length).toBeGreaterThan(6);
        let last = Number.NEGATIVE_INFINITY;
        for (const { left, right } of walk!.gates) {
          expect(cones[left]?.colour).toBe('blue');
          expect(cones[right]?.colour).toBe('yellow');
          const alongM = alongOf(arc, midpoint(cones[left]!, cones[right]!));
          expect(alongM).toBeGreaterThan(last - 1e-9);
          last = alongM;
        }
      }),
    );
  });

  it('says which gates lie behind', () => {
    const cones = conesOf(straight);
    const { gates, behind } = walkCorridor(cones, 1)!;
    expect(behind).toBeGreaterThan(0);
    const middles = gates.map(({ left, right }) => midpoint(cones[left]!, cones[right]!).xM);
    expect(Math.max(...middles.slice(0, behind))).toBeLessThan(Math.min(...middles.slice(behind)) + 1e-9);
    expect(middles[behind - 1]).toBeLessThan(0.5);
    expect(middles[behind]).toBeGreaterThan(-0.5);
  });

  it('bears cones in one place, or in one line', () => {
    const cone: TrackCone = { xM: 1, yM: 0.4, colour: 'blue', colourShare: 1 };
    expect(walkCorridor([cone, cone, cone], 1)).toBeUndefined();
    expect(walkCorridor([cone, { ...cone, xM: 2 }, { ...cone, xM: 3 }], 1)).toBeUndefined();
  });

  it('in a mirror is the mirrored walk', () => {
    fc.assert(
      fc.property(anyArc, (arc) => {
        const cones = conesOf(arc);
        const walk = walkCorridor(cones, arc.widthM)!;
        const mirrored = walkCorridor(mirroredCones(cones), arc.widthM)!;
        expect(mirrored.behind).toBe(walk.behind);
        expect(mirrored.gates.map(({ left, right }) => ({ left: right, right: left }))).toEqual(walk.gates);
      }),
    );
  });

  it('does not stray into a corridor beside its own', () => {
    fc.assert(
      fc.property(fc.constantFrom(-1, 1), fc.noBias(fc.integer({ min: 110, max: 200 })), (side, centimetres) => {
        const own = conesOf(straight);
        // Beside it the track comes back, so its colours are the other way round.
        const beside: TrackCone[] = own.map((cone) => ({
          ...cone,
          xM: cone.xM + 0.17,
          yM: cone.yM + (side * (100 + centimetres)) / 100,
          colour: cone.colour === 'blue' ? 'yellow' : 'blue',
        }));
        const { gates } = walkCorridor([...own, ...beside], 1)!;
        expect(gates.length).toBeGreaterThan(6);
        for (const { left, right } of gates) {
          expect(left).toBeLessThan(own.length);
          expect(right).toBeLessThan(own.length);
        }
      }),
    );
  });

  it('needs three cones', () => {
    expect(walkCorridor(conesOf(straight).slice(0, 2), 1)).toBeUndefined();
  });

  it('does not begin between cones of one colour', () => {
    const blue = conesOf(straight).filter(({ colour }) => colour === 'blue');
    const other = blue.map((cone) => ({ ...cone, yM: -cone.yM }));
    expect(walkCorridor([...blue, ...other], 1)).toBeUndefined();
  });
});
