import { expect, test } from 'vitest';
import { UserError } from '../platform/user-error.ts';
import { placeObstacles } from './obstacles.ts';
import { buildTrack } from './tracks/build-track.ts';
import { builtinTrack } from './tracks/builtin-track.ts';
import { trackPoseAt } from './tracks/track.ts';

const track = buildTrack('built-in', builtinTrack());

test('an obstacle stands where it was asked for, facing the car that comes', () => {
  const [box] = placeObstacles(track, [{ kind: 'box', atM: track.lengthM - 1 }]);
  const way = trackPoseAt(track, track.lengthM - 1);
  expect(box).toMatchObject({ kind: 'box', xM: way.xM, yM: way.yM, headingRad: way.headingRad + Math.PI });
  expect(placeObstacles(track, [{ kind: 'box', atM: -1 }])[0]?.xM, 'back from the start line').toBeCloseTo(way.xM);
});

test.each([5000, -5000])('one beyond the lap (%d m) is refused with the length of the track', (atM) => {
  const place = () => placeObstacles(track, [{ kind: 'person', atM }]);
  expect(place).toThrow(UserError);
  expect(place).toThrow(`person@${atM} is not on the track: built-in is ${track.lengthM.toFixed(1)} m round`);
});
