import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ConeColour } from '../ground.ts';
import { bearing, distance, wrapAngle } from '../plane.ts';
import { createRandom } from './random.ts';

export interface TestCone extends GroundPoint {
  readonly colour: ConeColour;
  /** A mini-cone of a 1:18 track where it is left out. */
  readonly heightM?: number;
}

/** Two straights and two half circles, counter-clockwise. */
export function ovalLine(straightM: number, radiusM: number): GroundPoint[] {
  const points: GroundPoint[] = [];
  for (let i = 0; i < 60; i++) points.push({ xM: -straightM / 2 + (straightM * i) / 60, yM: -radiusM });
  for (let i = 0; i < 60; i++) {
    const angle = -Math.PI / 2 + (Math.PI * i) / 60;
    points.push({ xM: straightM / 2 + radiusM * Math.cos(angle), yM: radiusM * Math.sin(angle) });
  }
  return [...points, ...points.map(({ xM, yM }) => ({ xM: -xM, yM: -yM }))];
}

/** A serpentine of parallel corridors joined by hairpins, and a way back: neighbours see each other's cones. */
export function hairpinLine(options: {
  readonly legM: number;
  readonly radiusM: number;
  readonly legs: number;
}): GroundPoint[] {
  const { legM, radiusM, legs } = options;
  const points: GroundPoint[] = [];
  const line = (from: GroundPoint, to: GroundPoint): void => {
    for (let i = 0; i < 40; i++) {
      points.push({ xM: from.xM + ((to.xM - from.xM) * i) / 40, yM: from.yM + ((to.yM - from.yM) * i) / 40 });
    }
  };
  const arc = (centre: GroundPoint, radius: number, from: number, to: number): void => {
    for (let i = 0; i < 40; i++) {
      const angle = from + ((to - from) * i) / 40;
      points.push({ xM: centre.xM + radius * Math.cos(angle), yM: centre.yM + radius * Math.sin(angle) });
    }
  };
  for (let leg = 0; leg < legs; leg++) {
    const yM = leg * 2 * radiusM;
    const forwards = leg % 2 === 0;
    line({ xM: forwards ? 0 : legM, yM }, { xM: forwards ? legM : 0, yM });
    if (leg === legs - 1) break;
    const centre = { xM: forwards ? legM : 0, yM: yM + radiusM };
    if (forwards) arc(centre, radiusM, -Math.PI / 2, Math.PI / 2);
    else arc(centre, radiusM, -Math.PI / 2, (-3 * Math.PI) / 2);
  }
  // Back round the left of everything; the number of legs is even, so the last one ends at x = 0.
  const top = (legs - 1) * 2 * radiusM;
  const back = radiusM + 1.5;
  const bend = 0.9;
  line({ xM: 0, yM: top }, { xM: bend - back, yM: top });
  arc({ xM: bend - back, yM: top - bend }, bend, Math.PI / 2, Math.PI);
  line({ xM: -back, yM: top - bend }, { xM: -back, yM: bend });
  arc({ xM: bend - back, yM: bend }, bend, Math.PI, (3 * Math.PI) / 2);
  line({ xM: bend - back, yM: 0 }, { xM: 0, yM: 0 });
  return points;
}

/** A smooth closed curve by random harmonics of the radius. Undefined when it bends more tightly than allowed. */
export function randomLine(seed: number, minRadiusM: number): GroundPoint[] | undefined {
  const random = createRandom(seed);
  const base = 2 + 2 * random.uniform();
  const harmonics = [2, 3, 4, 5].map((order) => ({
    order,
    size: (0.32 * random.uniform()) / (order - 0.5),
    phase: 2 * Math.PI * random.uniform(),
  }));
  const points: GroundPoint[] = [];
  for (let i = 0; i < 400; i++) {
    const angle = (2 * Math.PI * i) / 400;
    const wobble = harmonics.reduce((sum, { order, size, phase }) => sum + size * Math.sin(order * angle + phase), 1);
    points.push({ xM: base * 1.25 * wobble * Math.cos(angle), yM: base * wobble * Math.sin(angle) });
  }
  const tightest = Math.max(
    ...points.map((point, i) => {
      const before = points[(i + 399) % 400]!;
      const after = points[(i + 1) % 400]!;
      const bend = Math.abs(wrapAngle(bearing(point, after) - bearing(before, point)));
      return bend / distance(before, point);
    }),
  );
  return tightest <= 1 / minRadiusM ? points : undefined;
}
