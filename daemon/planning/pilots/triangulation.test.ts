import fc from 'fast-check';
import { expect, it } from 'vitest';
import { leftOf } from '../plane.ts';
import { type Crossing, Triangulation } from './triangulation.ts';

const coordinate = fc.noBias(fc.integer({ min: -3000, max: 3000 })).map((millimetres) => millimetres / 1000);
const anyPoints = fc.uniqueArray(fc.record({ xM: coordinate, yM: coordinate }), {
  minLength: 4,
  maxLength: 25,
  size: 'max',
  selector: ({ xM, yM }) => `${xM} ${yM}`,
});
const origin = { xM: 0, yM: 0 };

it('begins over edges whose left end lies left as seen from where the walk stands', () => {
  let begun = 0;
  fc.assert(
    fc.property(anyPoints, (points) => {
      for (const { left, right } of new Triangulation(points).crossingsFrom(origin)) {
        begun++;
        expect(leftOf(origin, points[right]!, points[left]!)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
  expect(begun).toBeGreaterThan(200);
});

it('goes on over the two other edges of the triangle, and keeps left and right apart', () => {
  let steps = 0;
  fc.assert(
    fc.property(anyPoints, (points) => {
      const triangulation = new Triangulation(points);
      const seen = new Set<string>();
      const open: Crossing[] = triangulation.crossingsFrom(origin);
      for (let crossing = open.pop(); crossing !== undefined; crossing = open.pop()) {
        const key = `${crossing.left} ${crossing.right} ${crossing.into}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const ways = triangulation.onwards(crossing);
        expect(ways).toHaveLength(crossing.into === undefined ? 0 : 2);
        for (const way of ways) {
          steps++;
          expect(way.crossing.from).toBe(crossing.into);
          expect([crossing.left, crossing.right]).not.toContain(way.corner);
          const kept = way.side === 'left' ? 'right' : 'left';
          expect(way.crossing[way.side]).toBe(way.corner);
          expect(way.crossing[kept]).toBe(crossing[kept]);
          expect(triangulation.onwards(Triangulation.reversed(way.crossing))).toHaveLength(2);
          open.push(way.crossing);
        }
      }
    }),
  );
  expect(steps).toBeGreaterThan(500);
});

it('bears points in one line', () => {
  const line = [0, 1, 2, 3].map((xM) => ({ xM, yM: 0 }));
  for (const crossing of new Triangulation(line).crossingsFrom({ xM: 1.5, yM: -1 })) {
    expect(line[crossing.left]).toBeDefined();
    expect(line[crossing.right]).toBeDefined();
  }
});

it('reversed twice is the same crossing', () => {
  const crossing = { left: 1, right: 2, into: 3, from: undefined };
  expect(Triangulation.reversed(crossing)).toEqual({ left: 2, right: 1, into: undefined, from: 3 });
  expect(Triangulation.reversed(Triangulation.reversed(crossing))).toEqual(crossing);
});
