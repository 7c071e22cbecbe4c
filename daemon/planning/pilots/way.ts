import type { CarConfig } from '../../car/config.ts';
import type { GroundPoint } from '../../protocol/geometry.ts';
import type { MappedCone } from '../landmark.ts';
import { polylineLength, resample } from '../plane.ts';
import { type Corridor, corridorSpacingM, findCorridor } from './centre-line.ts';
import type { TrackCone } from './corridor-walk.ts';
import { nearestOnLine, offsetFromLine, pointAlong } from './pure-pursuit.ts';
import { straighten } from './racing-line.ts';

/** The line must lead at least this far ahead to be worth driving. */
const shortestAheadM = 0.35;
/** A line that leads no farther ahead than this may be blocked by a cone that is none. */
const suspectAheadM = 1;
/** Farther from its line than this, the car is not on it. */
const astrayM = 0.6;
/** Free space between the car's side and a border. */
const sideClearanceM = 0.12;
/** Where the car is, so far behind and ahead of it, no way moves farther aside than this from one picture to the next. */
const moved = { aroundM: 0.2, asideM: 0.25 };

/** What the map says of a cone, in the car's frame. */
export type PlannedCone = TrackCone & Pick<MappedCone, 'isNew' | 'sure'>;

/** A corridor, and the line to drive through it, in the car's frame. */
export interface Way {
  readonly corridor: Corridor;
  /** A point every `corridorSpacingM`. */
  readonly line: readonly GroundPoint[];
  /** As far as the line leads ahead of the car. */
  readonly aheadM: number;
}

function findWay(cones: readonly TrackCone[], vehicleWidthM: number, trackWidthM: number | undefined): Way | undefined {
  const corridor = findCorridor(cones, trackWidthM);
  if (corridor === undefined) return undefined;
  const clearanceM = vehicleWidthM / 2 + sideClearanceM;
  const line = resample(straighten(corridor, { clearanceM, maxShare: 0.5 }), corridorSpacingM);
  const here = nearestOnLine(line, { xM: 0, yM: 0 });
  const aheadM = polylineLength(line) - here.alongM;
  return aheadM < shortestAheadM || here.distanceM > astrayM ? undefined : { corridor, line, aheadM };
}

/** Whether a way lies elsewhere than the one of the pictures just before: then one of the two is wrong. */
function hasMoved({ corridor }: Way, before: readonly GroundPoint[]): boolean {
  const { alongM } = nearestOnLine(before, { xM: 0, yM: 0 });
  return [-moved.aroundM, 0, moved.aroundM].some((aheadM) => {
    const asideM = offsetFromLine(corridor.centre, pointAlong(before, Math.max(0, alongM + aheadM)));
    return asideM !== undefined && asideM > moved.asideM;
  });
}

/**
 * The way between the cones ahead; undefined when there is none. A cone that has just come into sight may have the wrong colour, or be
 * none: a way that lies elsewhere for its sake is not taken while the other cones show where the way was. A way that soon ends may be
 * blocked by a cone that is none: then that between the sure cones is taken, if it leads farther.
 *
 * `trackWidthM` is what was learned of it so far, `before` the centre of the way of the pictures just before, as seen from the car now.
 */
export function chooseWay(
  cones: readonly PlannedCone[],
  vehicle: Pick<CarConfig['vehicle'], 'widthM'>,
  trackWidthM: number | undefined,
  before: readonly GroundPoint[] | undefined,
): Way | undefined {
  const between = (some: readonly PlannedCone[]): Way | undefined => findWay(some, vehicle.widthM, trackWidthM);
  const way = between(cones);
  if (before !== undefined && way !== undefined && hasMoved(way, before)) {
    const withoutNewCones = between(cones.filter((cone) => !cone.isNew));
    return withoutNewCones === undefined || hasMoved(withoutNewCones, before) ? way : withoutNewCones;
  }
  if (way !== undefined && way.aheadM >= suspectAheadM) return way;
  const bySureCones = between(cones.filter((cone) => cone.sure));
  return bySureCones !== undefined && bySureCones.aheadM > (way?.aheadM ?? 0) ? bySureCones : way;
}
