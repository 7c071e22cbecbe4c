import type { GroundPoint } from '../../protocol/geometry.ts';
import type { ParsedTrack } from './parsed-track.ts';

const widthM = 1;

/**
 * The track that is driven when none is given: a closed circuit of about 18 m with bends to both sides, given as a
 * radius over the angle. Its start lies on the gentlest stretch.
 */
export function builtinTrack(): ParsedTrack {
  const count = 240;
  const centre: GroundPoint[] = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count + startAngleRad;
    const radius = meanRadiusM * (1 + 0.2 * Math.cos(2 * angle) + 0.16 * Math.cos(3 * angle + 0.5));
    return { xM: radius * Math.cos(angle), yM: radius * Math.sin(angle) };
  });
  return {
    kind: 'widths',
    format: 'built-in',
    centre,
    leftM: centre.map(() => widthM / 2),
    rightM: centre.map(() => widthM / 2),
  };
}

const meanRadiusM = 2.63;
const startAngleRad = 2.95;
