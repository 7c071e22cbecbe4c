import { scaleRgb } from '../scene/colour.ts';
import type { Person } from '../scene/scene.ts';
import { type Frame, type MeshBuilder, standingFrame, toWorld, type Vector } from './mesh.ts';

/**
 * A figure of rounded limbs. Proportions as shares of the height, from tables of adult body measures: leg 0.47,
 * shoulders at 0.82, head 0.13 high.
 */
export function buildPerson(builder: MeshBuilder, person: Person): void {
  const h = person.heightM;
  const body = standingFrame(person.xM, person.yM, 0, person.headingRad);
  const at = (forward: number, left: number, up: number): Vector => toWorld(body, forward * h, left * h, up * h);
  const thick = (share: number): number => share * h * person.girth;
  const framed = (origin: Vector): Frame => ({ ...body, origin });

  const hip = 0.48;
  const legs = [
    { side: 1, swing: person.strideRad },
    { side: -1, swing: -person.strideRad },
  ];
  for (const { side, swing } of legs) {
    const left = side * 0.05;
    const foot = Math.sin(swing) * 0.45;
    // A leg that swings out is still on the ground: the knee takes up the difference.
    const ankle = at(foot, left * 1.2, 0.045);
    const knee = at(foot * 0.5 + 0.012, left * 1.1, 0.265);
    builder.limb(at(0, left, hip), knee, thick(0.055), thick(0.04), person.trousers);
    builder.limb(knee, ankle, thick(0.04), thick(0.028), person.trousers);
    builder.limb(
      at(foot - 0.01, left * 1.2, 0.022),
      at(foot + 0.075, left * 1.35, 0.018),
      0.022 * h,
      0.018 * h,
      person.shoes,
      8,
    );
  }
  builder.ellipsoid(framed(at(0, 0, 0.51)), thick(0.075), thick(0.105), 0.07 * h, person.trousers);
  builder.ellipsoid(framed(at(0, 0, 0.62)), thick(0.072), thick(0.1), 0.13 * h, person.shirt);
  builder.ellipsoid(framed(at(0, 0, 0.74)), thick(0.075), thick(0.122), 0.1 * h, person.shirt);

  const arms = [
    { side: 1, swing: person.leftArmRad },
    { side: -1, swing: person.rightArmRad },
  ];
  for (const { side, swing } of arms) {
    const reach = (length: number, bend: number): Vector => {
      const angle = swing + bend;
      const out = Math.sin(person.armSpreadRad) * length;
      const down = Math.cos(person.armSpreadRad) * length;
      return [Math.sin(angle) * down, side * out, -Math.cos(angle) * down];
    };
    const shoulder: Vector = [0, side * 0.115 * person.girth, 0.8];
    const upper = reach(0.17, 0);
    const lower = reach(0.15, 0.35);
    const elbow: Vector = [shoulder[0] + upper[0], shoulder[1] + upper[1], shoulder[2] + upper[2]];
    const wrist: Vector = [elbow[0] + lower[0], elbow[1] + lower[1], elbow[2] + lower[2]];
    builder.limb(at(...shoulder), at(...elbow), thick(0.034), thick(0.028), person.shirt, 8);
    builder.limb(at(...elbow), at(...wrist), thick(0.026), thick(0.02), scaleRgb(person.shirt, 0.97), 8);
    builder.ellipsoid(framed(at(...wrist)), 0.022 * h, 0.02 * h, 0.032 * h, person.skin, 8);
  }

  builder.limb(at(0, 0, 0.82), at(0.005, 0, 0.88), 0.032 * h, 0.03 * h, person.skin, 8);
  builder.ellipsoid(framed(at(0.012, 0, 0.925)), 0.058 * h, 0.05 * h, 0.068 * h, person.skin);
  builder.ellipsoid(framed(at(-0.012, 0, 0.945)), 0.06 * h, 0.056 * h, 0.057 * h, person.hair);
}
