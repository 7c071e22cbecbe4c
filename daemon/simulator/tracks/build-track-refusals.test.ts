import { describe, expect, test } from 'vitest';
import { conesTrack, widthsTrack } from '../testing/parsed-tracks.ts';
import { beanCentre, conesRoundBean } from '../testing/track-files.ts';
import { buildTrack, type TrackOptions } from './build-track.ts';
import type { ParsedTrack } from './parsed-track.ts';

describe('what is no circuit is refused', () => {
  const straight = Array.from({ length: 30 }, (_, i) => ({ xM: i * 0.3, yM: 0 }));
  const eight = Array.from({ length: 120 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 120;
    return { xM: 5 * Math.sin(angle), yM: 5 * Math.sin(angle) * Math.cos(angle) };
  });
  const { left, right } = conesRoundBean();
  const rowOfCones = (yM: number) => Array.from({ length: 12 }, (_, i) => ({ xM: 3 * i, yM }));

  test.each<[string, ParsedTrack, TrackOptions, RegExp]>([
    [
      'a straight line',
      widthsTrack(straight, 0.5, 0.5),
      {},
      /track x is no circuit: its ends lie 8\.7 m apart.*--track/s,
    ],
    [
      'one point, repeated',
      widthsTrack(
        straight.map(() => ({ xM: 1, yM: 1 })),
        1,
        1,
      ),
      {},
      /1 different points/,
    ],
    ['no point', widthsTrack([], 1, 1), {}, /0 different points/],
    ['an eight', widthsTrack(eight, 0.3, 0.3), {}, /crosses itself near x -?0\.\d, y -?0\.\d/],
    ['a toy', widthsTrack(beanCentre(0.3, 40), 0.1, 0.1), {}, /too small for the car.*--scale/s],
    ['a slit', widthsTrack(beanCentre(3, 80), 0.1, 0.1), {}, /0\.20 m wide.*too small/s],
    [
      'too large a scale',
      widthsTrack(beanCentre(3, 80), 0.5, 0.5),
      { scale: 1000 },
      /scale of 1000\.000: too large.*--scale/s,
    ],
    ['too small a scale', widthsTrack(beanCentre(3, 80), 0.5, 0.5), { scale: 0.1 }, /scale of 0\.100.*too small/s],
    ['cones of one colour', conesTrack({ right: [] }), {}, /25 blue \(left\) and 0 yellow \(right\) cones/],
    ['an acceleration lane', conesTrack({ left: rowOfCones(1.5), right: rowOfCones(-1.5) }), {}, /not closed/],
    ['half a circuit', conesTrack({ left: left.slice(0, 12), right: right.slice(0, 12) }), {}, /not closed/],
  ])('%s', (_, parsed, options, reason) => {
    expect(() => buildTrack('x', parsed, options)).toThrow(reason);
  });
});
