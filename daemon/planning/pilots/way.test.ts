import { describe, expect, it } from 'vitest';
import type { GroundPoint } from '../../protocol/geometry.ts';
import { mirroredCones, mirroredPoint } from '../testing/arc-cones.ts';
import { nearestOnLine, pointAlong } from './pure-pursuit.ts';
import { chooseWay, type PlannedCone, type Way } from './way.ts';

const vehicle = { widthM: 0.19 };
const trackWidthM = 1.1;

function cones(
  colour: 'blue' | 'yellow',
  places: readonly (readonly [number, number])[],
  known: { readonly isNew: boolean; readonly sure: boolean },
): PlannedCone[] {
  return places.map(([xM, yM]) => ({ xM, yM, colour, colourShare: 0.92, ...known }));
}

const sure = { isNew: false, sure: true };
const doubtful = { isNew: false, sure: false };
const fresh = { isNew: true, sure: false };
/** Out of a left bend on to a straight, at 2 m/s: what is left of the car has only now come into sight. */
const bendsEnd: readonly PlannedCone[] = [
  ...cones(
    'blue',
    [
      [-0.6, 2.34],
      [-0.76, 1.92],
      [-0.83, 1.5],
      [-0.77, 1.09],
      [-0.55, 0.8],
    ],
    sure,
  ),
  ...cones(
    'yellow',
    [
      [-1.9, 1.14],
      [-1.79, 0.7],
      [-1.58, 0.3],
      [-1.28, -0.06],
      [-0.92, -0.32],
      [-0.49, -0.51],
    ],
    sure,
  ),
  ...cones(
    'yellow',
    [
      [-0.05, -0.6],
      [0.41, -0.61],
      [0.87, -0.55],
      [1.34, -0.44],
      [1.75, -0.38],
    ],
    sure,
  ),
  ...cones(
    'yellow',
    [
      [2.09, -0.51],
      [2.63, -0.66],
    ],
    doubtful,
  ),
  ...cones(
    'blue',
    [
      [2.04, 0.68],
      [2.49, 0.54],
    ],
    sure,
  ),
  ...cones(
    'blue',
    [
      [1.13, 0.67],
      [1.52, 0.71],
      [3.36, 0.34],
    ],
    fresh,
  ),
];
const inTheWrongColour = cones('yellow', [[0.71, 0.53]], fresh);

/** The middle as the pictures before showed it. */
const middle: readonly GroundPoint[] = [
  { xM: -1.28, yM: 0.89 },
  { xM: -0.94, yM: 0.41 },
  { xM: -0.52, yM: 0.15 },
  { xM: -0.03, yM: 0.09 },
  { xM: 0.86, yM: 0.04 },
  { xM: 1.64, yM: 0.16 },
  { xM: 2.5, yM: -0.06 },
];

/** How far a way lies from a line, at the car and a little ahead of it. */
function asideM(way: Way | undefined, line: readonly GroundPoint[]): number {
  const { alongM } = nearestOnLine(line, { xM: 0, yM: 0 });
  const places = [0, 0.2, 0.4].map((aheadM) => pointAlong(line, alongM + aheadM));
  return Math.max(...places.map((place) => nearestOnLine(way!.corridor.centre, place).distanceM));
}

describe.each([
  { how: 'as seen', view: (seen: readonly PlannedCone[]) => seen, before: middle },
  { how: 'in a mirror', view: mirroredCones<PlannedCone>, before: middle.map(mirroredPoint) },
])('a new cone in the wrong colour, $how,', ({ view, before }) => {
  it('leads astray whoever knows nothing of the way before', () => {
    const astray = chooseWay(view([...bendsEnd, ...inTheWrongColour]), vehicle, trackWidthM, undefined);
    expect(asideM(astray, before)).toBeGreaterThan(0.25);
  });

  it('does not move the way that the pictures before showed', () => {
    const way = chooseWay(view([...bendsEnd, ...inTheWrongColour]), vehicle, trackWidthM, before);
    expect(asideM(way, before)).toBeLessThan(0.1);
    expect(way!.aheadM).toBeGreaterThan(1);
  });

  it('is believed once it is new no more', () => {
    const believed = [...bendsEnd, ...inTheWrongColour].map((cone) => ({ ...cone, isNew: false }));
    const way = chooseWay(view(believed), vehicle, trackWidthM, before);
    expect(asideM(way, before)).toBeGreaterThan(0.25);
  });
});

it('takes a way that lies elsewhere when the cones known for long lie there too', () => {
  const carried = bendsEnd.map((cone) => ({ ...cone, yM: cone.yM - 0.5 }));
  const way = chooseWay(carried, vehicle, trackWidthM, middle);
  expect(asideM(way, middle)).toBeGreaterThan(0.25);
  expect(way).toEqual(chooseWay(carried, vehicle, trackWidthM, undefined));
});

it('takes a way between new cones alone when there are no others', () => {
  const new_ = bendsEnd.map((cone) => ({ ...cone, ...fresh }));
  const before = [
    { xM: -0.5, yM: 1 },
    { xM: 2, yM: 1 },
  ];
  expect(chooseWay(new_, vehicle, trackWidthM, before)).toEqual(chooseWay(new_, vehicle, trackWidthM, undefined));
});

it('leads past a doubtful cone that blocks the way between the sure ones', () => {
  const straight = [
    ...cones(
      'blue',
      [
        [-0.4, 0.5],
        [0.1, 0.5],
        [0.6, 0.5],
        [1.1, 0.5],
        [1.6, 0.5],
        [2.1, 0.5],
      ],
      sure,
    ),
    ...cones(
      'yellow',
      [
        [-0.3, -0.5],
        [0.2, -0.5],
        [0.7, -0.5],
        [1.2, -0.5],
        [1.7, -0.5],
        [2.2, -0.5],
      ],
      sure,
    ),
  ];
  const blocked = [
    ...straight,
    ...cones('blue', [[0.75, 0.1]], doubtful),
    ...cones('yellow', [[0.75, -0.1]], doubtful),
  ];
  const unblocked = chooseWay(straight, vehicle, 1, undefined)!;
  expect(chooseWay(blocked, vehicle, 1, undefined)!.aheadM).toBeGreaterThanOrEqual(Math.min(1, unblocked.aheadM));
});

it('finds no way where none is', () => {
  expect(chooseWay([], vehicle, undefined, undefined)).toBeUndefined();
  expect(
    chooseWay([], vehicle, undefined, [
      { xM: 0, yM: 0 },
      { xM: 1, yM: 0 },
    ]),
  ).toBeUndefined();
});
