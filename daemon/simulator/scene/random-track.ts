import type { GroundPoint } from '../../protocol/geometry.ts';
import { laneLines } from './ground-map.ts';
import type { GroundLine } from './line-layer.ts';
import type { Random } from './random.ts';
import { type ConeStyle, randomCone } from './random-objects.ts';
import type { Cone, ConeColour } from './scene.ts';

export interface Corridor {
  readonly cones: readonly Cone[];
  readonly lines: readonly GroundLine[];
}

interface Station extends GroundPoint {
  readonly headingRad: number;
}

const stepM = 0.1;

/** A smooth way on the ground: two slow waves of curvature, from behind the start to ahead of it. */
function centreLine(random: Random, start: Station, behindM: number, aheadM: number): Station[] {
  const sharpest = random.pick([0.15, 0.5, 1, 1.4]);
  const waves = [0, 1].map(() => ({
    strength: random.between(-1, 1) * sharpest,
    perM: random.between(0.15, 1.1),
    phase: random.between(0, 2 * Math.PI),
  }));
  const curvature = (s: number): number =>
    waves.reduce((sum, wave) => sum + wave.strength * Math.sin(wave.perM * s + wave.phase), 0) * 0.7;
  const walk = (direction: 1 | -1, lengthM: number): Station[] => {
    const stations: Station[] = [];
    let { xM, yM, headingRad } = start;
    for (let s = 0; s < lengthM; s += stepM) {
      headingRad += direction * stepM * curvature(direction * s);
      xM += direction * stepM * Math.cos(headingRad);
      yM += direction * stepM * Math.sin(headingRad);
      stations.push({ xM, yM, headingRad });
    }
    return stations;
  };
  return [...walk(-1, behindM).reverse(), start, ...walk(1, aheadM)];
}

function beside(station: Station, leftM: number): GroundPoint {
  return {
    xM: station.xM - leftM * Math.sin(station.headingRad),
    yM: station.yM + leftM * Math.cos(station.headingRad),
  };
}

/** A piece of track that runs through `start`: blue cones on its left, yellow ones on its right, perhaps lane lines. */
export function randomCorridor(
  random: Random,
  style: ConeStyle,
  start: Station,
  lengths: { readonly behindM: number; readonly aheadM: number },
): Corridor {
  const widthM = random.chance(0.5) ? random.between(0.8, 1.2) : random.between(0.6, 2.2);
  const way = centreLine(random, start, lengths.behindM, lengths.aheadM);
  const spacingM = random.between(0.3, 1.6);
  const jitterM = random.chance(0.5) ? 0.02 : random.between(0, 0.15);
  const miscoloured = random.chance(0.15) ? random.between(0.05, 0.4) : 0;
  const missing = random.chance(0.3) ? random.between(0, 0.3) : 0;
  const fallen = random.chance(0.2) ? 0.15 : 0.01;
  const colours: readonly ConeColour[] = ['blue', 'yellow', 'orange'];
  const cones: Cone[] = [];
  const place = (station: Station, leftM: number, colour: ConeColour): void => {
    if (random.chance(missing)) return;
    const point = beside(station, leftM);
    cones.push(
      randomCone(random, style, {
        colour: random.chance(miscoloured) ? random.pick(colours) : colour,
        xM: point.xM + jitterM * random.normal(),
        yM: point.yM + jitterM * random.normal(),
        fallen,
      }),
    );
  };
  const pair = random.chance(0.45) ? random.whole(0, way.length - 1) : -1;
  const pairCount = random.whole(1, 2);
  for (const side of [1, -1] as const) {
    let next = random.between(0, spacingM);
    way.forEach((station, i) => {
      if (pair >= 0 && (i === pair || (pairCount === 2 && i === pair + 2))) {
        place(station, (side * widthM) / 2, 'orange');
        return;
      }
      if (i * stepM < next || (pair >= 0 && Math.abs(i - pair) < 3)) return;
      next += spacingM * random.between(0.85, 1.15);
      place(station, (side * widthM) / 2, side === 1 ? 'blue' : 'yellow');
    });
  }
  if (!random.chance(0.5)) return { cones, lines: [] };
  const lineOffsetM = (widthM / 2) * random.between(0.75, 1.15);
  const painted = way.filter((_, i) => i % 2 === 0);
  const lines = laneLines({
    left: painted.map((station) => beside(station, lineOffsetM)),
    right: painted.map((station) => beside(station, -lineOffsetM)),
    ...(random.chance(0.5) ? { centre: painted } : {}),
    closed: false,
    widthM: random.between(0.015, 0.08),
  });
  return { cones, lines };
}
