import { expect, test } from 'vitest';
import { sceneFromTrack } from './scene-from-track.ts';
import { buildTrack } from './tracks/build-track.ts';
import { builtinTrack } from './tracks/builtin-track.ts';
import { nearestFinder } from './tracks/closed-line.ts';
import { trackPoseAt } from './tracks/track.ts';

const track = buildTrack('built-in', builtinTrack());

test('every cone of the track stands in the scene, with its colour', () => {
  const scene = sceneFromTrack(track, { seed: 3 });
  const cones = scene.objects.flatMap((object) =>
    object.kind === 'cone' ? [{ xM: object.xM, yM: object.yM, colour: object.colour }] : [],
  );
  expect(cones).toEqual(track.cones);
  expect(scene.objects).toHaveLength(track.cones.length);
  expect(scene.ground.lines?.coverage.some((cell) => cell > 0)).toBe(true);
});

test('obstacles stand where they were put and face the car; a stop sign stands beside the track', () => {
  const scene = sceneFromTrack(track, {
    seed: 3,
    obstacles: [
      { kind: 'person', atM: 5, offsetM: 0.2 },
      { kind: 'box', atM: 7 },
      { kind: 'stop-sign', atM: 9 },
    ],
  });
  const [person, box, sign] = scene.objects.slice(track.cones.length);
  expect(person).toMatchObject({
    kind: 'person',
    xM: trackPoseAt(track, 5, 0.2).xM,
    yM: trackPoseAt(track, 5, 0.2).yM,
  });
  expect(box).toMatchObject({ kind: 'box', xM: trackPoseAt(track, 7).xM });
  if (sign?.kind !== 'stop sign') throw new Error('no stop sign');
  const facing = Math.cos(sign.headingRad - trackPoseAt(track, 9).headingRad);
  expect(facing).toBeCloseTo(-1, 6);
  const near = nearestFinder(track.centreLine)(sign);
  expect(near.distanceM).toBeGreaterThan(track.centreLine[near.index]!.rightHalfWidthM + 0.1);
});

test('the noise level scales the sensor’s noise', () => {
  const [none, much] = [0, 2].map((noise) => sceneFromTrack(track, { seed: 3, noise }).look.sensor.readNoise);
  expect(none).toBe(0);
  expect(much).toBeGreaterThan(1);
});
