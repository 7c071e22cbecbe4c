import { determinantOf, type GroundEstimate, rotateCovariance } from './ground-estimate.ts';

/** Fewer cones fix no motion. */
const leastCones = 3;
/** What the pairs of a piece leave unexplained, on the average, in squared deviations: beyond it some are no pairs. */
const meanMisfitGate = 2.5;
/** Squared deviations beyond which a pair is no pair: 99.9 % of two dimensions. */
const outlierGate = 13.8;

/** Where the car is now, as seen from where it was. */
export interface Motion {
  readonly xM: number;
  readonly yM: number;
  readonly turnRad: number;
}

export interface MeasuredMotion extends Motion {
  /** Of the motion's direction: how far the cones' own noise may have turned it. */
  readonly deviationRad: number;
}

/** One cone, in the frame that the car had then and in the one that it has now. */
export interface ConePair {
  readonly old: GroundEstimate;
  readonly now: GroundEstimate;
}

const still: Motion = { xM: 0, yM: 0, turnRad: 0 };

/**
 * The motion that takes cones from where they were seen to where they are seen now: least squares, each pair weighed by what its places
 * are worth (Gauss-Newton on x, y and turn). Undefined where too few pairs agree.
 */
export function motionOf(allPairs: readonly ConePair[]): MeasuredMotion | undefined {
  let pairs = allPairs;
  let motion = still;
  for (let round = 0; round < 4; round++) {
    if (pairs.length < leastCones) return undefined;
    const solved = improve(motion, pairs);
    if (solved === undefined) return undefined;
    motion = solved.motion;
    if (round < 2) continue;
    const kept = pairs.filter((pair) => misfit(motion, pair) < outlierGate);
    if (kept.length < pairs.length) {
      pairs = kept;
      continue;
    }
    const misfits = pairs.reduce((sum, pair) => sum + misfit(motion, pair), 0);
    if (misfits > meanMisfitGate * pairs.length) return undefined;
    return { ...motion, deviationRad: solved.acrossM / Math.max(1e-6, Math.hypot(motion.xM, motion.yM)) };
  }
  return undefined;
}

/** What a pair leaves unexplained, and the inverse of its covariance, in the frame of the older look. */
function residualOf(motion: Motion, { old, now }: ConePair) {
  const cos = Math.cos(motion.turnRad);
  const sin = Math.sin(motion.turnRad);
  const turned = { xM: cos * now.xM - sin * now.yM, yM: sin * now.xM + cos * now.yM };
  const r = rotateCovariance(now, cos, sin);
  const [xx, xy, yy] = [old.xx + r.xx, old.xy + r.xy, old.yy + r.yy];
  const determinant = determinantOf({ xx, xy, yy });
  return {
    turned,
    x: old.xM - motion.xM - turned.xM,
    y: old.yM - motion.yM - turned.yM,
    wxx: yy / determinant,
    wxy: -xy / determinant,
    wyy: xx / determinant,
  };
}

function misfit(motion: Motion, pair: ConePair): number {
  const { x, y, wxx, wxy, wyy } = residualOf(motion, pair);
  return wxx * x * x + 2 * wxy * x * y + wyy * y * y;
}

function improve(motion: Motion, pairs: readonly ConePair[]): { motion: Motion; acrossM: number } | undefined {
  // Normal equations in x, y, turn: symmetric, written out.
  let [a, b, c, d, e, f, gx, gy, gt] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (const pair of pairs) {
    const { turned, x, y, wxx, wxy, wyy } = residualOf(motion, pair);
    const [jx, jy] = [-turned.yM, turned.xM];
    const [ux, uy] = [wxx * jx + wxy * jy, wxy * jx + wyy * jy];
    a += wxx;
    b += wxy;
    c += ux;
    d += wyy;
    e += uy;
    f += ux * jx + uy * jy;
    gx += wxx * x + wxy * y;
    gy += wxy * x + wyy * y;
    gt += ux * x + uy * y;
  }
  const [m00, m01, m02] = [d * f - e * e, c * e - b * f, b * e - c * d];
  const [m11, m12, m22] = [a * f - c * c, b * c - a * e, a * d - b * b];
  const determinant = a * m00 + b * m01 + c * m02;
  if (!(determinant > 1e-9)) return undefined;
  const xM = motion.xM + (m00 * gx + m01 * gy + m02 * gt) / determinant;
  const yM = motion.yM + (m01 * gx + m11 * gy + m12 * gt) / determinant;
  const turnRad = motion.turnRad + (m02 * gx + m12 * gy + m22 * gt) / determinant;
  // Across the way: what the angle hangs on. The turn's own doubt is in it.
  const lengthM = Math.max(1e-9, Math.hypot(xM, yM));
  const [nx, ny] = [-yM / lengthM, xM / lengthM];
  const variance = (nx * nx * m00 + 2 * nx * ny * m01 + ny * ny * m11) / determinant;
  return { motion: { xM, yM, turnRad }, acrossM: Math.sqrt(Math.max(0, variance)) };
}
