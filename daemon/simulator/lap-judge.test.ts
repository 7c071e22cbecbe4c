import { describe, expect, test } from 'vitest';
import { presets } from '../car/presets.ts';
import { LapJudge } from './lap-judge.ts';
import { buildTrack } from './tracks/build-track.ts';
import { builtinTrack } from './tracks/builtin-track.ts';
import { type Track, trackPoseAt } from './tracks/track.ts';

const vehicle = presets['simulated']!.vehicle;
const track = buildTrack('built-in', builtinTrack());
const speedMps = 2;

/** Goes along the centre line, aside of it by what `offsetM` says, one observation every 2 cm. */
function go(judge: LapJudge, from: { atMs: number; atM: number }, toM: number, offsetM: (atM: number) => number) {
  const steps = Math.ceil(Math.abs(toM - from.atM) / 0.02);
  for (let i = 1; i <= steps; i++) {
    const atM = from.atM + ((toM - from.atM) * i) / steps;
    judge.observe(from.atMs + (1000 * Math.abs(atM - from.atM)) / speedMps, trackPoseAt(track, atM, offsetM(atM)));
  }
  return { atMs: from.atMs + (1000 * Math.abs(toM - from.atM)) / speedMps, atM: toM };
}

function startJudge(options: { track?: Track; obstacles?: { xM: number; yM: number; radiusM: number }[] } = {}) {
  const judged = options.track ?? track;
  const judge = new LapJudge(
    { track: judged, vehicle, coneRadiusM: 0.035, obstacles: options.obstacles ?? [] },
    5000,
    judged.start,
  );
  return { judge, from: { atMs: 5000, atM: -1 } };
}

const onLine = () => 0;

describe('laps', () => {
  test('from start line to start line, each with its time', () => {
    const { judge, from } = startJudge();
    go(judge, from, 2.5 * track.lengthM, onLine);
    const { laps, conesHit, wasOffTrack, progressM } = judge.status();
    expect(laps).toHaveLength(2);
    for (const lap of laps) {
      expect(lap.timeS).toBeCloseTo(track.lengthM / speedMps, 2);
      expect(lap).toMatchObject({ conesHit: 0, offTrack: false });
      expect(lap.maxLateralErrorM).toBeLessThan(0.01);
    }
    expect({ conesHit, wasOffTrack }).toEqual({ conesHit: 0, wasOffTrack: false });
    expect(progressM).toBeCloseTo(2.5 * track.lengthM, 1);
  });

  test('one that is not quite round is none', () => {
    const { judge, from } = startJudge();
    go(judge, from, track.lengthM - 0.05, onLine);
    expect(judge.status().laps).toHaveLength(0);
  });

  test('going back and forth over the line is none', () => {
    const { judge, from } = startJudge();
    let at = from;
    for (let i = 0; i < 4; i++) {
      at = go(judge, at, 0.6, onLine);
      at = go(judge, at, -0.6, onLine);
    }
    expect(judge.status().laps).toHaveLength(0);
  });

  test('driving it backwards is none', () => {
    const { judge, from } = startJudge();
    go(judge, from, -2.3 * track.lengthM, onLine);
    expect(judge.status().laps).toHaveLength(0);
    expect(judge.status().progressM).toBeCloseTo(-2.3 * track.lengthM, 1);
  });

  test('what happens before the first crossing belongs to the first lap, later things to theirs', () => {
    const { judge, from } = startJudge();
    go(judge, from, 3.1 * track.lengthM, (atM) => (Math.abs(atM - 1.5 * track.lengthM) < 0.3 ? 0.2 : 0));
    const { laps } = judge.status();
    expect(laps.map((lap) => lap.maxLateralErrorM > 0.19)).toEqual([false, true, false]);
  });
});

describe('borders', () => {
  test('half a metre aside is on, a little more is off, and back on again', () => {
    const { judge, from } = startJudge();
    const at = go(judge, from, 4, () => 0.45);
    expect(judge.status()).toMatchObject({ offTrack: false, wasOffTrack: false });
    expect(judge.status().lateralErrorM).toBeCloseTo(0.45, 1);
    const off = go(judge, at, 5, () => -0.6);
    expect(judge.status()).toMatchObject({ offTrack: true, wasOffTrack: true });
    expect(judge.status().lateralErrorM).toBeCloseTo(-0.6, 1);
    go(judge, off, 1.2 * track.lengthM, onLine);
    expect(judge.status()).toMatchObject({ offTrack: false, wasOffTrack: true });
    expect(judge.status().laps).toMatchObject([{ offTrack: true }]);
    expect(judge.status().maxLateralErrorM).toBeCloseTo(0.6, 1);
  });

  test('the nose over the line counts: it is the middle of the car that must stay on', () => {
    const { judge } = startJudge();
    const pose = trackPoseAt(track, 3, 0.47);
    judge.observe(5001, pose);
    expect(judge.status().offTrack).toBe(false);
    judge.observe(5002, { ...pose, headingRad: pose.headingRad + Math.PI / 2 });
    expect(judge.status().offTrack).toBe(true);
  });

  test('across the infield to another part of the track: off, and found again there', () => {
    const { judge, from } = startJudge();
    go(judge, from, 1, onLine);
    judge.observe(9000, { xM: 0, yM: 0, headingRad: 0 });
    expect(judge.status().offTrack).toBe(true);
    judge.observe(9100, trackPoseAt(track, 9));
    expect(judge.status().offTrack).toBe(false);
    expect(Math.abs(judge.status().lateralErrorM)).toBeLessThan(0.02);
  });
});

describe('cones', () => {
  const blue = track.cones.find((cone) => cone.colour === 'blue')!;
  const beside = (aheadM: number, leftM: number) => ({
    xM: blue.xM - aheadM,
    yM: blue.yM - leftM,
    headingRad: 0,
  });
  const noseM = vehicle.wheelbaseM + (vehicle.lengthM - vehicle.wheelbaseM) / 2;

  test.each([
    ['just before the nose', beside(noseM + 0.04, 0), 0],
    ['at the nose', beside(noseM + 0.03, 0), 1],
    ['just beside', beside(0.1, vehicle.widthM / 2 + 0.04), 0],
    ['at the side', beside(0.1, vehicle.widthM / 2 + 0.03), 1],
    ['off the corner, within both reaches but not the circle', beside(noseM + 0.03, vehicle.widthM / 2 + 0.03), 0],
    ['behind the tail', beside(-0.0475 - 0.04, 0), 0],
    ['at the tail', beside(-0.0475 - 0.03, 0), 1],
  ])('%s', (_, pose, hits) => {
    const { judge } = startJudge();
    judge.observe(5001, pose);
    expect(judge.status().conesHit).toBe(hits);
  });

  test('each counts once, however often', () => {
    const { judge } = startJudge();
    for (let i = 0; i < 5; i++) {
      judge.observe(5001 + 2 * i, beside(0.1, 0));
      judge.observe(5002 + 2 * i, trackPoseAt(track, 1));
    }
    expect(judge.status().conesHit).toBe(1);
  });

  test('a person in the way is no cone', () => {
    const { judge, from } = startJudge({ obstacles: [{ ...trackPoseAt(track, 2), radiusM: 0.07 }] });
    go(judge, from, 1.6, onLine);
    expect(judge.status().obstaclesHit).toBe(0);
    go(judge, { atMs: 9000, atM: 1.6 }, 3, onLine);
    expect(judge.status()).toMatchObject({ obstaclesHit: 1, conesHit: 0 });
  });
});
