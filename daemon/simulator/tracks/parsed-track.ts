import type { GroundPoint, Pose } from '../../protocol/geometry.ts';

export const trackFormats = [
  'DeepRacer .npy',
  'F1TENTH centreline .csv',
  'F1TENTH raceline .csv',
  'EUFS/FSDS cone .csv',
  'FSSIM .yaml',
  'Donkeycar path .csv',
  'built-in',
] as const;
export type TrackFormat = (typeof trackFormats)[number];

/** What a track file says, in the file's own units and order; nothing is closed, turned or scaled yet. */
export type ParsedTrack =
  /** A centre line and, point for point, both borders; which of them is the left one is for geometry to say. */
  | {
      readonly kind: 'borders';
      readonly format: TrackFormat;
      readonly centre: readonly GroundPoint[];
      readonly oneSide: readonly GroundPoint[];
      readonly otherSide: readonly GroundPoint[];
    }
  /** A centre line with the free width to both sides of each point, seen in the order of the points. */
  | {
      readonly kind: 'widths';
      readonly format: TrackFormat;
      readonly centre: readonly GroundPoint[];
      readonly leftM: readonly number[];
      readonly rightM: readonly number[];
    }
  /** Cones in any order; blue stands on the left of the driving direction, yellow on the right. */
  | {
      readonly kind: 'cones';
      readonly format: TrackFormat;
      readonly left: readonly GroundPoint[];
      readonly right: readonly GroundPoint[];
      readonly orange: readonly GroundPoint[];
      readonly start?: Pose;
      /** Where laps begin and end, when the file says so by more than orange cones. */
      readonly startLine?: GroundPoint;
    };
