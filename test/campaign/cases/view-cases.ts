import { hairpinLine, ovalLine, randomLine } from '../../../daemon/planning/testing/test-track.ts';
import type { GroundPoint } from '../../../daemon/protocol/geometry.ts';
import { buildTrack } from '../../../daemon/simulator/tracks/build-track.ts';
import { builtinTrack } from '../../../daemon/simulator/tracks/builtin-track.ts';
import type { Track } from '../../../daemon/simulator/tracks/track.ts';
import { wrongViews } from '../faults.ts';
import { all, disarmed, drives, type FaultCase, never, story, told } from '../story.ts';

const longDriveMs = { short: 20_000, whole: 60_000 } as const;

function between(name: string, centre: readonly GroundPoint[], widthM: number, reverse: boolean): Track {
  const half = centre.map(() => widthM / 2);
  return buildTrack(
    `${name}${reverse ? ', backwards' : ''}`,
    { kind: 'widths', format: 'F1TENTH centreline .csv', centre, leftM: half, rightM: half },
    { reverse },
  );
}

const tracks: readonly Track[] = [false, true].flatMap((reverse) => [
  buildTrack(reverse ? 'built-in, backwards' : 'built-in', builtinTrack(), { reverse }),
  between('a tight oval', ovalLine(3, 0.7), 0.9, reverse),
  between('hairpins', hairpinLine({ legM: 3, radiusM: 0.75, legs: 4 }), 0.8, reverse),
  ...[3, 11, 14].flatMap((seed) => {
    const line = randomLine(seed, 0.9);
    return line === undefined ? [] : [between(`any track ${seed}`, line, 1, reverse)];
  }),
]);

/** Pictures that cannot be right. Where to the car looks is known only from how it drives: nothing of that is told of one that stands. */
export const viewCases: readonly FaultCase[] = [
  ...wrongViews.map((view) =>
    story({
      id: 'F22',
      fault: `the picture is ${view}`,
      expected: 'a stop that says why; not armed again',
      boundMs: 2000,
      mode: 'auto',
      tracks,
      async harm(car) {
        car.faults.view = view;
        await car.run(4000);
        const where =
          car.farthestOffTrackM > 0 ? `${car.farthestOffTrackM.toFixed(2)} m beyond the border` : 'on the track';
        const answer = car.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' });
        const refused = answer.accepted ? 'armed again' : `not armed: ${answer.obstacles.map(({ code }) => code)}`;
        return `${where}; ${refused}`;
      },
      watchMs: 100,
      holds: all(disarmed, (car, sinceMs) =>
        ['view-wrong', 'track-lost', 'left-track'].some((code) => told(code)(car, sinceMs)),
      ),
    }),
  ),
  story({
    id: 'F22n',
    fault: 'the picture is right, a minute on each track',
    expected: 'never doubted',
    mode: 'auto',
    tracks,
    async harm(car, extent) {
      await car.run(longDriveMs[extent]);
      return `${car.world.status().judge.laps.length} laps`;
    },
    watchMs: 100,
    holds: all(drives, never('view-wrong')),
  }),
];
