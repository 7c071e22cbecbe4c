import type { GroundPoint, Pose } from '../../protocol/geometry.ts';
import type { TrackFormat } from './parsed-track.ts';

export type ConeColour = 'blue' | 'yellow' | 'orange';

export interface TrackCone extends GroundPoint {
  readonly colour: ConeColour;
}

/** One place of the centre line. */
export interface TrackSample extends GroundPoint {
  /** From the start line, in the driving direction. */
  readonly distanceM: number;
  readonly headingRad: number;
  readonly leftHalfWidthM: number;
  readonly rightHalfWidthM: number;
  /** The border's nearest places to it. */
  readonly left: GroundPoint;
  readonly right: GroundPoint;
}

/**
 * A closed circuit at the size it is driven, in world axes (x, y, metres), in the driving direction. Pure data.
 */
export interface Track {
  readonly name: string;
  readonly sourceFormat: TrackFormat;
  /** About 5 cm apart at equal distances, the first on the start line; the last one joins the first. */
  readonly centreLine: readonly TrackSample[];
  /** Closed lines on the left and the right of the driving direction, about 5 cm apart. */
  readonly leftBorder: readonly GroundPoint[];
  readonly rightBorder: readonly GroundPoint[];
  /** Blue on the left of the driving direction, yellow on the right, orange at the start. */
  readonly cones: readonly TrackCone[];
  /** Rear axle and heading before the first lap: on the centre line, behind the start line. */
  readonly start: Pose;
  readonly lengthM: number;
  readonly medianWidthM: number;
  /** What the file's metres were multiplied by. */
  readonly scale: number;
  readonly reversed: boolean;
}

/** The place of the centre line at a distance from the start line; any number, it goes round. */
export function trackPoseAt(track: Track, distanceM: number, offsetM = 0): Pose {
  const n = track.centreLine.length;
  const laps = distanceM / track.lengthM;
  const at = (laps - Math.floor(laps)) * n;
  const index = Math.min(n - 1, Math.floor(at));
  const share = at - index;
  const a = track.centreLine[index]!;
  const b = track.centreLine[(index + 1) % n]!;
  const turn = Math.atan2(Math.sin(b.headingRad - a.headingRad), Math.cos(b.headingRad - a.headingRad));
  const headingRad = a.headingRad + turn * share;
  return {
    xM: a.xM + (b.xM - a.xM) * share - Math.sin(headingRad) * offsetM,
    yM: a.yM + (b.yM - a.yM) * share + Math.cos(headingRad) * offsetM,
    headingRad,
  };
}
