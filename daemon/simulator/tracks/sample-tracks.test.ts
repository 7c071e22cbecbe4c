import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { samplesOf } from '../../../test/harness/samples.ts';
import { presets } from '../../car/presets.ts';
import { limitLap } from '../limit-lap.ts';
import { distance, nearestFinder, selfCrossing } from './closed-line.ts';
import { loadTrack } from './load-track.ts';

/** Tracks from the field; without them only the built-in track is tried. */
const { folder, areThere } = samplesOf('tracks');
const found = areThere ? readdirSync(folder).filter((name) => /\.(npy|csv|ya?ml)$/.test(name)) : [];

/** Perpendicular median widths at the driven size, measured once on the files. */
const widthsM: Readonly<Record<string, number>> = {
  'aragon.npy': 1.067,
  'bowtie.npy': 0.608,
  'oval.npy': 0.61,
  'reinvent.npy': 0.762,
};
/** The number of cones in each cone file. */
const coneCounts: Readonly<Record<string, number>> = {
  'eufs_small_track.csv': 77,
  'eufs_peanut.csv': 122,
  'fssim_thin.yaml': 94,
};
const vehicle = presets['simulated']!.vehicle;

const cases = [undefined, ...found].flatMap((name) => [false, true].map((reverse) => ({ name, reverse })));

describe.each(cases)('$name, reverse $reverse', ({ name, reverse }) => {
  const track = loadTrack(name === undefined ? undefined : join(folder, name), { reverse });
  const n = track.centreLine.length;
  const nearest = nearestFinder(track.centreLine);

  test('is one closed line at equal steps that does not cross itself', () => {
    const steps = track.centreLine.map((sample, i) => distance(sample, track.centreLine[(i + 1) % n]!));
    expect(Math.max(...steps)).toBeLessThan(1.2 * (track.lengthM / n));
    expect(selfCrossing(track.centreLine)).toBeUndefined();
  });

  test('has the width of its file, or a metre', () => {
    expect(track.medianWidthM).toBeCloseTo(widthsM[name ?? ''] ?? 1, 2);
    const narrowest = Math.min(...track.centreLine.flatMap((s) => [s.leftHalfWidthM, s.rightHalfWidthM]));
    expect(narrowest).toBeGreaterThan(0.28);
  });

  test('has blue cones on the left, yellow on the right, none in between', () => {
    const expected = coneCounts[name ?? ''];
    if (expected !== undefined) expect(track.cones).toHaveLength(expected);
    expect(track.cones.length).toBeGreaterThan(40);
    for (const cone of track.cones) {
      const near = nearest(cone);
      const sample = track.centreLine[near.index]!;
      const leftwards =
        (cone.yM - near.point.yM) * Math.cos(sample.headingRad) -
        (cone.xM - near.point.xM) * Math.sin(sample.headingRad);
      const half = leftwards > 0 ? sample.leftHalfWidthM : sample.rightHalfWidthM;
      expect(near.distanceM).toBeGreaterThan(half - 0.02);
      if (cone.colour !== 'orange') expect(Math.sign(leftwards)).toBe(cone.colour === 'blue' ? 1 : -1);
    }
  });

  test('shows an orange pair at the start line, seen from the start', () => {
    const ahead = track.cones.filter((cone) => {
      const [dx, dy] = [cone.xM - track.start.xM, cone.yM - track.start.yM];
      const forward = dx * Math.cos(track.start.headingRad) + dy * Math.sin(track.start.headingRad);
      return cone.colour === 'orange' && forward > 0 && forward < 4;
    });
    expect(ahead.length).toBeGreaterThanOrEqual(2);
  });

  test('has a limit lap that a car at its top speed does not beat', () => {
    const { limitLapS, speedsMps } = limitLap(track, vehicle);
    expect(limitLapS).toBeGreaterThanOrEqual(track.lengthM / vehicle.topSpeedMps - 1e-9);
    expect(limitLapS).toBeLessThan((2 * track.lengthM) / vehicle.topSpeedMps);
    expect(Math.min(...speedsMps)).toBeGreaterThan(1);
  });
});
