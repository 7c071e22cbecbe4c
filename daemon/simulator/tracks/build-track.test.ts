import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroundPoint } from '../../protocol/geometry.ts';
import { conesTrack, widthsTrack } from '../testing/parsed-tracks.ts';
import { beanCentre, beside, conesRoundBean, deepRacerRows, npyFile } from '../testing/track-files.ts';
import { buildTrack, type TrackOptions } from './build-track.ts';
import { builtinTrack } from './builtin-track.ts';
import { curvaturesOf, distance, nearestFinder } from './closed-line.ts';
import { parseTrack } from './parse-track.ts';
import { type Track, trackPoseAt } from './track.ts';

/** Largest distance of a centre line from another line. */
function apart(track: Track, line: readonly GroundPoint[]): number {
  const nearest = nearestFinder(line);
  return Math.max(...track.centreLine.map((sample) => nearest(sample).distanceM));
}

function leftOfTrack(track: Track, point: GroundPoint): number {
  const near = nearestFinder(track.centreLine)(point);
  const { headingRad } = track.centreLine[near.index]!;
  return (point.yM - near.point.yM) * Math.cos(headingRad) - (point.xM - near.point.xM) * Math.sin(headingRad);
}

const bean = beanCentre(3, 400);

describe('whatever way a file tells it', () => {
  const dense = beanCentre(3, 80);
  const original = buildTrack('bean', widthsTrack(dense, 0.4, 0.6));

  test('the plain one', () => {
    expect(apart(original, bean)).toBeLessThan(0.02);
    expect(original.medianWidthM).toBeCloseTo(1, 2);
    expect(original.centreLine[0]!.leftHalfWidthM).toBeCloseTo(0.4, 2);
    expect(original.centreLine[0]!.rightHalfWidthM).toBeCloseTo(0.6, 2);
  });

  test('closed, with repeated points, or running on past its start: the same circuit', () => {
    const variants: [string, GroundPoint[]][] = [
      ['closed', [...dense, dense[0]!]],
      ['repeating', dense.flatMap((point) => [point, point, { ...point }])],
      ['running on', [...dense, ...dense.slice(0, 7)]],
      ['one and a half rounds', [...dense, ...dense.slice(0, 40)]],
      ['with a gap at its end', dense.slice(0, -2)],
    ];
    for (const [name, points] of variants) {
      const track = buildTrack(name, widthsTrack(points, 0.4, 0.6));
      expect(apart(track, bean), name).toBeLessThan(0.06);
      expect(track.lengthM, name).toBeCloseTo(original.lengthM, 1);
    }
  });

  test('points in the other order drive the other way, with the sides of the file', () => {
    const track = buildTrack('back', widthsTrack([...dense].reverse(), 0.6, 0.4));
    expect(apart(track, bean)).toBeLessThan(0.02);
    expect(leftOfTrack(original, { xM: 0, yM: 0 })).toBeGreaterThan(0);
    expect(leftOfTrack(track, { xM: 0, yM: 0 })).toBeLessThan(0);
    expect(track.centreLine[0]!.leftHalfWidthM).toBeCloseTo(0.6, 2);
  });

  test('which of two borders is the left one follows from geometry', () => {
    const rows = deepRacerRows();
    const swapped = rows.map((row) => [...row.slice(0, 2), ...row.slice(4, 6), ...row.slice(2, 4)]);
    for (const file of [rows, swapped]) {
      const track = buildTrack('t', parseTrack('t.npy', npyFile(file)));
      expect(track.medianWidthM).toBeCloseTo(0.7, 2);
      expect(leftOfTrack(track, track.centreLine[20]!.left)).toBeGreaterThan(0.3);
    }
  });
});

/** What must hold of any track. */
function expectDrivable(track: Track): void {
  const n = track.centreLine.length;
  const step = track.lengthM / n;
  expect(step).toBeGreaterThan(0.03);
  expect(step).toBeLessThan(0.07);
  const steps = track.centreLine.map((sample, i) => distance(sample, track.centreLine[(i + 1) % n]!));
  expect(Math.max(...steps)).toBeLessThan(1.5 * step);
  const nearest = nearestFinder(track.centreLine);
  const cones = track.cones.map((cone) => {
    const { index, distanceM } = nearest(cone);
    const { headingRad, leftHalfWidthM, rightHalfWidthM, xM, yM } = track.centreLine[index]!;
    const leftwards = (cone.yM - yM) * Math.cos(headingRad) - (cone.xM - xM) * Math.sin(headingRad);
    const halfM = leftwards > 0 ? leftHalfWidthM : rightHalfWidthM;
    return { ...cone, beyondBorderM: distanceM - halfM, isLeft: leftwards > 0 };
  });
  expect(cones.filter((cone) => cone.beyondBorderM < -0.03)).toEqual([]);
  expect(cones.filter((cone) => cone.colour === 'blue' && !cone.isLeft)).toEqual([]);
  expect(cones.filter((cone) => cone.colour === 'yellow' && cone.isLeft)).toEqual([]);
  expect(track.cones.some((cone) => cone.colour === 'blue')).toBe(true);
  expect(track.cones.some((cone) => cone.colour === 'yellow')).toBe(true);
  const start = nearest(track.start);
  expect(start.distanceM).toBeLessThan(0.02);
  expect(Math.cos(track.start.headingRad - track.centreLine[start.index]!.headingRad)).toBeGreaterThan(0.99);
  const behindM = track.lengthM - (start.index + start.share) * step;
  expect(behindM, 'the start lies a little behind the start line').toBeLessThan(track.lengthM / 2);
  expect(behindM).toBeGreaterThan(0.15);
}

const anyOptions: fc.Arbitrary<TrackOptions> = fc.record({ reverse: fc.boolean() });

test('any smooth circuit, turned, moved, begun anywhere: drivable, and the width it has', () => {
  const shape = fc.record({
    radiusM: fc.double({ min: 2.5, max: 6, noNaN: true }),
    twoLobes: fc.double({ min: -0.25, max: 0.25, noNaN: true }),
    threeLobes: fc.double({ min: -0.08, max: 0.08, noNaN: true }),
    turnRad: fc.double({ min: 0, max: 6.28, noNaN: true }),
    shift: fc.integer({ min: 0, max: 89 }),
    backwards: fc.boolean(),
    widthM: fc.double({ min: 0.5, max: 1.2, noNaN: true }),
  });
  fc.assert(
    fc.property(shape, anyOptions, (s, options) => {
      const points = Array.from({ length: 90 }, (_, i) => {
        const angle = (2 * Math.PI * (i + s.shift)) / 90;
        const radius = s.radiusM * (1 + s.twoLobes * Math.cos(2 * angle) + s.threeLobes * Math.sin(3 * angle));
        return { xM: 50 + radius * Math.cos(angle + s.turnRad), yM: -20 + radius * Math.sin(angle + s.turnRad) };
      });
      if (s.backwards) points.reverse();
      const track = buildTrack('any', widthsTrack(points, s.widthM / 2, s.widthM / 2), options);
      expect(track.medianWidthM).toBeCloseTo(s.widthM, 1);
      expect(track.scale).toBe(1);
      expect(track.cones.filter((cone) => cone.colour === 'orange')).toHaveLength(2);
      expectDrivable(track);
    }),
    { numRuns: 20 },
  );
});

describe('the full-size rule', () => {
  test('a track over two metres wide is brought to a median width of one', () => {
    const track = buildTrack('f1tenth', widthsTrack(beanCentre(12, 300), 1.1, 1.1));
    expect(track.medianWidthM).toBeCloseTo(1, 2);
    expect(track.scale).toBeCloseTo(1 / 2.2, 2);
    expectDrivable(track);
  });

  test('a track of exactly its limit stays', () => {
    expect(buildTrack('wide', widthsTrack(beanCentre(12, 300), 0.99, 0.99)).scale).toBe(1);
  });

  test('a given scale wins', () => {
    const track = buildTrack('f1tenth', widthsTrack(beanCentre(12, 300), 1.1, 1.1), { scale: 0.25 });
    expect(track.scale).toBe(0.25);
    expect(track.medianWidthM).toBeCloseTo(0.55, 2);
  });
});

describe('from cones alone', () => {
  const centre = beanCentre(14, 2000);

  test('the middle between them, driven with blue on the left', () => {
    const track = buildTrack('cones', conesTrack());
    const scaled = centre.map((point) => ({ xM: point.xM * track.scale, yM: point.yM * track.scale }));
    expect(apart(track, scaled)).toBeLessThan(0.12);
    expect(track.medianWidthM).toBeCloseTo(1, 1);
    expect(track.cones).toHaveLength(50);
    expectDrivable(track);
  });

  test('in any order, with cones missing', () => {
    const { left, right } = conesRoundBean();
    const cones = fc.record({
      left: fc.shuffledSubarray(left, { minLength: left.length - 2 }),
      right: fc.shuffledSubarray(right, { minLength: right.length - 2 }),
    });
    fc.assert(
      fc.property(cones, anyOptions, (some, options) => {
        const track = buildTrack('cones', conesTrack(some), options);
        expectDrivable(track);
        const scaled = centre.map((point) => ({ xM: point.xM * track.scale, yM: point.yM * track.scale }));
        // Two neighbours missing on one side bend the middle; it stays between the borders, half a metre away.
        expect(apart(track, scaled)).toBeLessThan(0.5);
      }),
      { numRuns: 15 },
    );
  });

  test('colours the other way round turn the driving direction round', () => {
    const { left, right } = conesRoundBean();
    const track = buildTrack('cones', conesTrack({ left: right, right: left }));
    expect(leftOfTrack(track, { xM: 0, yM: 0 })).toBeLessThan(0);
    expectDrivable(track);
  });

  test('the car starts where the file says, and laps begin at the orange cones', () => {
    const at = (index: number, offsetM: number) => beside(centre, offsetM)[index]!;
    const orange = [at(100, 1.8), at(100, -1.8), at(110, 1.8), at(110, -1.8)];
    const start = { ...at(40, 0.2), headingRad: 0 };
    const track = buildTrack('cones', conesTrack({ orange, start }));
    const { scale } = track;
    expect(distance(track.start, { xM: start.xM * scale, yM: start.yM * scale })).toBeLessThan(0.15);
    const line = track.centreLine[0]!;
    expect(distance(line, { xM: at(105, 0).xM * scale, yM: at(105, 0).yM * scale })).toBeLessThan(0.1);
    expect(track.cones.filter((cone) => cone.colour === 'orange')).toHaveLength(4);
    expectDrivable(track);
  });
});

test('backwards: borders and colours change sides, the car faces the other way behind the same line', () => {
  for (const parsed of [widthsTrack(beanCentre(3, 80), 0.4, 0.6), conesTrack()]) {
    const forward = buildTrack('t', parsed);
    const backward = buildTrack('t', parsed, { reverse: true });
    expect(backward.lengthM).toBeCloseTo(forward.lengthM, 6);
    expect(distance(backward.centreLine[0]!, forward.centreLine[0]!)).toBeLessThan(1e-9);
    expect(backward.centreLine[0]!.leftHalfWidthM).toBeCloseTo(forward.centreLine[0]!.rightHalfWidthM, 6);
    expect(Math.cos(backward.start.headingRad - trackPoseAt(forward, 0).headingRad)).toBeLessThan(-0.8);
    expect(backward.reversed).toBe(true);
    const count = (track: Track, colour: string) => track.cones.filter((cone) => cone.colour === colour).length;
    if (parsed.kind === 'cones') expect(count(backward, 'blue')).toBe(count(forward, 'yellow'));
    expectDrivable(backward);
  }
});

test('the built-in track: about 18 m, 1 m wide, bends to both sides, none tighter than 0.7 m', () => {
  const track = buildTrack('built-in', builtinTrack());
  expect(track.lengthM).toBeCloseTo(18, 1);
  expect(track.medianWidthM).toBeCloseTo(1, 2);
  const curvatures = curvaturesOf(track.centreLine, 0.1);
  expect(Math.max(...curvatures)).toBeGreaterThan(0.5);
  expect(Math.min(...curvatures)).toBeLessThan(-0.5);
  expect(Math.max(...curvatures.map(Math.abs))).toBeLessThan(1 / 0.7);
  expectDrivable(track);
});

test('a track in map coordinates is brought to the origin', () => {
  const far = (point: GroundPoint) => ({ xM: point.xM + 448_000, yM: point.yM + 5_411_000 });
  const { left, right } = conesRoundBean();
  const start = { ...far({ xM: 18.2, yM: -2 }), headingRad: 1.6 };
  const tracks = [
    buildTrack('path', widthsTrack(beanCentre(3, 80).map(far), 0.5, 0.5)),
    buildTrack('cones', conesTrack({ left: left.map(far), right: right.map(far), start })),
  ];
  for (const track of tracks) {
    expect(Math.max(...track.centreLine.map((sample) => Math.hypot(sample.xM, sample.yM)))).toBeLessThan(20);
    expectDrivable(track);
  }
});

test('a place along the track goes round, and aside is to the left', () => {
  const track = buildTrack('built-in', builtinTrack());
  const here = trackPoseAt(track, 3);
  expect(distance(trackPoseAt(track, 3 + 2 * track.lengthM), here)).toBeLessThan(1e-6);
  expect(distance(trackPoseAt(track, 3 - track.lengthM), here)).toBeLessThan(1e-6);
  const aside = trackPoseAt(track, 3, 0.2);
  expect(distance(here, aside)).toBeCloseTo(0.2, 9);
  expect(leftOfTrack(track, aside)).toBeGreaterThan(0.19);
});
