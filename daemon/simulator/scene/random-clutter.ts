import type { GroundPoint } from '../../protocol/geometry.ts';
import { hsvToRgb, type Rgb } from './colour.ts';
import type { Random } from './random.ts';
import type { Clutter, ProfileRing } from './scene.ts';

/** Half of it in the colours of cones, so that colour alone does not make one. */
function clutterRgb(random: Random): Rgb {
  if (random.chance(0.5)) {
    const hue = random.pick([random.between(200, 240), random.between(45, 60), random.between(8, 28)]);
    return hsvToRgb(hue, random.between(0.5, 1), random.between(0.4, 1));
  }
  return hsvToRgb(random.between(0, 360), random.next(), random.between(0.1, 0.95));
}

function profile(rings: readonly (readonly [zM: number, radiusM: number])[], rgbs: readonly Rgb[]): ProfileRing[] {
  return rings.map(([zM, radiusM], i) => ({ zM, radiusM, rgb: rgbs[i % rgbs.length]! }));
}

function turnedProfile(random: Random): ProfileRing[] {
  const rgb = clutterRgb(random);
  const other = clutterRgb(random);
  const h = Math.exp(random.between(Math.log(0.04), Math.log(0.35)));
  const kind = random.pick(['bottle', 'can', 'can', 'cup', 'ball', 'ball', 'post', 'vase', 'odd cone'] as const);
  switch (kind) {
    case 'bottle': {
      const r = h * random.between(0.12, 0.2);
      return profile(
        [
          [0, r],
          [0.25 * h, r],
          [0.5 * h, r],
          [0.62 * h, r],
          [0.78 * h, 0.35 * r],
          [0.9 * h, 0.35 * r],
          [h, 0.38 * r],
        ],
        [rgb, other, rgb, rgb, rgb, other, other],
      );
    }
    case 'can': {
      // Not so wide that from afar it could as well be a box.
      const r = h * random.between(0.2, 0.4);
      return profile(
        [
          [0, r],
          [0.2 * h, r],
          [0.7 * h, r],
          [h, r],
        ],
        [rgb, random.chance(0.5) ? rgb : other, rgb, rgb],
      );
    }
    case 'cup': {
      const r = h * random.between(0.25, 0.4);
      return profile(
        [
          [0, 0.7 * r],
          [0.4 * h, 0.82 * r],
          [0.7 * h, 0.9 * r],
          [h, r],
        ],
        [rgb, random.chance(0.5) ? rgb : other, rgb, rgb],
      );
    }
    case 'ball': {
      const r = h / 2;
      const stacks = 9;
      const rings = Array.from({ length: stacks + 1 }, (_, i): readonly [number, number] => {
        const angle = Math.PI * (i / stacks - 0.5);
        return [r * (1 + Math.sin(angle)), i === 0 || i === stacks ? 0 : r * Math.cos(angle)];
      });
      return profile(rings, random.chance(0.6) ? [rgb] : [rgb, rgb, rgb, other, other, rgb, rgb, rgb, rgb, rgb]);
    }
    case 'post': {
      const r = random.between(0.008, 0.04);
      const tall = random.between(0.2, 1.2);
      const bands = random.whole(1, 6);
      return profile(
        Array.from({ length: bands + 1 }, (_, i): readonly [number, number] => [(tall * i) / bands, r]),
        [rgb, other],
      );
    }
    case 'vase': {
      const r = h * random.between(0.2, 0.45);
      return profile(
        [
          [0, 0.5 * r],
          [0.3 * h, r],
          [0.6 * h, 0.8 * r],
          [0.85 * h, 0.35 * r],
          [h, 0.5 * r],
        ],
        [rgb, rgb, other, rgb, rgb],
      );
    }
    case 'odd cone': {
      // Shaped like a cone, in a colour that no cone of the track has.
      const hue = random.pick([random.between(95, 150), random.between(280, 325)]);
      const odd = random.chance(0.5)
        ? hsvToRgb(hue, random.between(0.5, 1), random.between(0.3, 0.9))
        : hsvToRgb(0, 0, random.pick([random.between(0.05, 0.25), random.between(0.75, 0.95)]));
      const r = h * random.between(0.25, 0.45);
      return profile(
        [
          [0, r],
          [0.05 * h, r],
          [0.0501 * h, 0.75 * r],
          [h, 0.15 * r],
        ],
        [odd],
      );
    }
  }
}

/** @param headingRad towards the camera */
export function randomClutter(random: Random, place: GroundPoint, headingRad: number): Clutter {
  const { xM, yM } = place;
  const shape = random.pick(['turned', 'turned', 'turned', 'slab', 'furniture', 'sheet', 'cable', 'legs'] as const);
  const seed = random.whole(0, 0x7fffffff);
  const anyHeading = random.between(0, 2 * Math.PI);
  switch (shape) {
    case 'turned':
      return {
        kind: 'clutter',
        shape: 'turned',
        xM,
        yM,
        profile: turnedProfile(random),
        headingRad: anyHeading,
        tiltRad: random.chance(0.2) ? Math.PI / 2 : 0,
      };
    case 'slab': {
      const lengthM = random.between(0.08, 0.6);
      return {
        kind: 'clutter',
        shape: 'block',
        xM,
        yM,
        headingRad: anyHeading,
        lengthM,
        widthM: lengthM * random.between(0.2, 0.8),
        bottomM: 0,
        topM: random.between(0.005, 0.025),
        rgb: clutterRgb(random),
        patchwork: random.between(0, 0.3),
        seed,
      };
    }
    case 'furniture':
      return {
        kind: 'clutter',
        shape: 'block',
        xM,
        yM,
        headingRad: headingRad + random.between(-0.5, 0.5),
        lengthM: random.between(0.05, 0.5),
        widthM: random.between(0.6, 2.5),
        bottomM: random.chance(0.4) ? random.between(0.1, 0.4) : 0,
        topM: random.between(0.9, 2.2),
        rgb: random.chance(0.6)
          ? hsvToRgb(random.between(0, 360), random.between(0, 0.4), random.between(0.15, 0.9))
          : clutterRgb(random),
        patchwork: random.chance(0.5) ? random.between(0, 0.1) : random.between(0, 0.6),
        seed,
      };
    case 'sheet':
      return {
        kind: 'clutter',
        shape: 'sheet',
        xM,
        yM,
        headingRad: anyHeading,
        lengthM: random.between(0.05, 0.4),
        widthM: random.between(0.05, 0.3),
        rgb: clutterRgb(random),
      };
    case 'cable': {
      const points: GroundPoint[] = [place];
      let heading = anyHeading;
      for (let i = random.whole(6, 24); i > 0; i--) {
        const last = points[points.length - 1]!;
        heading += random.between(-0.6, 0.6);
        points.push({ xM: last.xM + 0.08 * Math.cos(heading), yM: last.yM + 0.08 * Math.sin(heading) });
      }
      return { kind: 'clutter', shape: 'cable', points, widthM: random.between(0.004, 0.025), rgb: clutterRgb(random) };
    }
    case 'legs': {
      const r = random.between(0.01, 0.035);
      const rgb = hsvToRgb(random.between(0, 50), random.between(0, 0.6), random.between(0.1, 0.9));
      const tall = random.between(0.35, 1.1);
      return {
        kind: 'clutter',
        shape: 'turned',
        xM,
        yM,
        profile: profile(
          [
            [0, r],
            [tall, r],
            [tall + 0.001, 8 * r],
            [tall + 0.04, 8 * r],
          ],
          [rgb],
        ),
        headingRad: anyHeading,
        tiltRad: 0,
      };
    }
  }
}
