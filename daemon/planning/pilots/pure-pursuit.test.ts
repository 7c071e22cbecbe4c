import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distance, polylineLength } from '../plane.ts';
import { centreOf, mirroredPoint } from '../testing/arc-cones.ts';
import { lookAheadM, nearestOnLine, pointAlong, pursue } from './pure-pursuit.ts';

const anyCurvature = fc.noBias(fc.integer({ min: -150, max: 150 })).map((hundredths) => hundredths / 100);
const anyAheadM = fc.noBias(fc.integer({ min: 25, max: 80 })).map((centimetres) => centimetres / 100);
const lineOf = (curvaturePerM: number) =>
  Array.from({ length: 60 }, (_, i) => centreOf({ curvaturePerM }, -0.5 + 0.05 * i));

describe('pure pursuit', () => {
  it('of an arc that the car is on steers along that arc', () => {
    fc.assert(
      fc.property(anyCurvature, anyAheadM, (curvaturePerM, aheadM) => {
        expect(pursue(lineOf(curvaturePerM), aheadM).curvaturePerM).toBeCloseTo(curvaturePerM, 1);
      }),
    );
  });

  it('in a mirror steers the other way', () => {
    fc.assert(
      fc.property(anyCurvature, anyAheadM, (curvaturePerM, aheadM) => {
        const line = lineOf(curvaturePerM).map((point) => ({ ...point, yM: point.yM + 0.1 }));
        const there = pursue(line, aheadM);
        const mirrored = pursue(line.map(mirroredPoint), aheadM);
        expect(mirrored.curvaturePerM).toBeCloseTo(-there.curvaturePerM, 9);
      }),
    );
  });

  it('steers towards a line beside the car', () => {
    const left = [-1, 0, 1, 2].map((xM) => ({ xM, yM: 0.2 }));
    expect(pursue(left, 0.5).curvaturePerM).toBeGreaterThan(0);
    expect(pursue(left.map(mirroredPoint), 0.5).curvaturePerM).toBeLessThan(0);
  });

  it('stays finite when the target is the car itself', () => {
    const { curvaturePerM } = pursue(
      [
        { xM: -0.1, yM: 0 },
        { xM: 0, yM: 0 },
      ],
      0,
    );
    expect(Number.isFinite(curvaturePerM)).toBe(true);
  });
});

describe('places on a line', () => {
  it('are found again by how far along they are', () => {
    fc.assert(
      fc.property(anyCurvature, fc.noBias(fc.integer({ min: 0, max: 290 })), (curvaturePerM, centimetres) => {
        const line = lineOf(curvaturePerM);
        const alongM = Math.min(centimetres / 100, polylineLength(line));
        const found = nearestOnLine(line, pointAlong(line, alongM));
        expect(found.distanceM).toBeCloseTo(0, 6);
        expect(found.alongM).toBeCloseTo(alongM, 5);
      }),
    );
  });

  it('go straight on past the end', () => {
    const line = lineOf(0);
    const end = line.at(-1)!;
    const beyond = pointAlong(line, polylineLength(line) + 0.7);
    expect(beyond.xM).toBeCloseTo(end.xM + 0.7, 6);
    expect(beyond.yM).toBeCloseTo(0, 9);
  });

  it('are never nearer than the nearest', () => {
    fc.assert(
      fc.property(anyCurvature, fc.noBias(fc.integer({ min: -200, max: 200 })), (curvaturePerM, centimetres) => {
        const line = lineOf(curvaturePerM);
        const point = { xM: 1, yM: centimetres / 100 };
        const { distanceM } = nearestOnLine(line, point);
        expect(distanceM).toBeLessThanOrEqual(Math.min(...line.map((each) => distance(each, point))) + 1e-9);
      }),
    );
  });
});

it('looks farther ahead the faster it goes, within bounds', () => {
  let last = 0;
  for (let speedMps = -1; speedMps < 10; speedMps += 0.1) {
    const aheadM = lookAheadM(speedMps);
    expect(aheadM).toBeGreaterThanOrEqual(Math.max(0.25, last));
    expect(aheadM).toBeLessThanOrEqual(0.8);
    last = aheadM;
  }
  expect(last).toBe(0.8);
});
