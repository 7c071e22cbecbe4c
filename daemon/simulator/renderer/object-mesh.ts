import { type Rgb, scaleRgb } from '../scene/colour.ts';
import { createRandom } from '../scene/random.ts';
import type { CardboardBox, Clutter, Cone, ConeColour, SceneObject, StopSign, Stripe } from '../scene/scene.ts';
import type { Illumination } from './illumination.ts';
import { type Frame, MeshBuilder, standingFrame, toWorld, type Vector } from './mesh.ts';
import { buildPerson } from './person-mesh.ts';

const coneRgb: Readonly<Record<ConeColour, Rgb>> = {
  blue: [22, 72, 200],
  yellow: [246, 205, 20],
  orange: [246, 96, 18],
};
const usualStripes: readonly Stripe[] = [{ from: 0.42, to: 0.66, rgb: [240, 240, 238] }];
const usualConeHeightM = 0.1;
const usualConeBaseRadiusM = 0.035;

/** Six faces of a block standing in a frame, a along its length, in patches. */
function buildBlock(
  builder: MeshBuilder,
  frame: Frame,
  half: { a: number; b: number; c0: number; c1: number },
  patches: number,
  colour: () => Rgb,
): void {
  const face = (corner: Vector, u: Vector, v: Vector, normal: Vector): void => {
    const at = (p: Vector): Vector => toWorld(frame, p[0], p[1], p[2]);
    const turn = (p: Vector): Vector => toWorld({ ...frame, origin: [0, 0, 0] }, p[0], p[1], p[2]);
    builder.grid(at(corner), turn(u), turn(v), turn(normal), patches, patches, colour);
  };
  const { a, b, c0, c1 } = half;
  const height = c1 - c0;
  face([a, -b, c0], [0, 2 * b, 0], [0, 0, height], [1, 0, 0]);
  face([-a, b, c0], [0, -2 * b, 0], [0, 0, height], [-1, 0, 0]);
  face([a, b, c0], [-2 * a, 0, 0], [0, 0, height], [0, 1, 0]);
  face([-a, -b, c0], [2 * a, 0, 0], [0, 0, height], [0, -1, 0]);
  face([-a, -b, c1], [2 * a, 0, 0], [0, 2 * b, 0], [0, 0, 1]);
}

function buildCone(builder: MeshBuilder, cone: Cone, segments: number): void {
  const heightM = cone.heightM ?? usualConeHeightM;
  const baseM = cone.baseRadiusM ?? usualConeBaseRadiusM;
  const rgb = cone.rgb ?? coneRgb[cone.colour];
  const base = cone.base ?? 'square';
  const tiltRad = cone.tiltRad ?? 0;
  // A leaning cone rests on the edge of its base.
  const frame = standingFrame(cone.xM, cone.yM, baseM * Math.sin(tiltRad), cone.headingRad ?? 0, tiltRad);
  const baseHeightM = base === 'none' ? 0 : 0.06 * heightM;
  const bottomM = base === 'none' ? baseM : 0.78 * baseM;
  const topM = bottomM * (cone.taper ?? 0.25);
  if (base === 'square') {
    buildBlock(builder, frame, { a: baseM, b: baseM, c0: 0, c1: baseHeightM }, 1, () => scaleRgb(rgb, 0.92));
  } else if (base === 'round') {
    builder.slope(frame, 0, baseM, baseHeightM, baseM, scaleRgb(rgb, 0.92), segments);
    builder.slope(frame, baseHeightM, baseM, baseHeightM, bottomM, rgb, segments);
  }
  builder.endPart();
  const body = heightM - baseHeightM;
  const radiusAt = (share: number): number => bottomM + (topM - bottomM) * share;
  const part = (from: number, to: number, colour: Rgb): void => {
    if (to <= from) return;
    const heightAt = (share: number): number => baseHeightM + body * share;
    builder.slope(frame, heightAt(from), radiusAt(from), heightAt(to), radiusAt(to), colour, segments);
  };
  let done = 0;
  for (const stripe of cone.stripes ?? usualStripes) {
    part(done, stripe.from, rgb);
    part(Math.max(done, stripe.from), stripe.to, stripe.rgb);
    done = Math.max(done, stripe.to);
  }
  part(done, 1, rgb);
  // The hole at the top.
  builder.slope(frame, heightM, topM, heightM, 0.7 * topM, scaleRgb(rgb, 0.9), segments);
  builder.slope(frame, heightM, 0.7 * topM, heightM, 0, scaleRgb(rgb, 0.25), segments);
  if (tiltRad > 0.3) builder.slope(frame, 0, 0, 0, bottomM, scaleRgb(rgb, 0.3), segments);
  builder.endPart();
}

/** Strokes of S, T, O, P on a grid 4 wide and 6 high: x, y of both corners. */
const letters: readonly (readonly (readonly [number, number, number, number])[])[] = [
  [
    [0, 5, 4, 6],
    [0, 3, 1, 5],
    [0, 2.5, 4, 3.5],
    [3, 1, 4, 3],
    [0, 0, 4, 1],
  ],
  [
    [0, 5, 4, 6],
    [1.5, 0, 2.5, 5],
  ],
  [
    [0, 0, 1, 6],
    [3, 0, 4, 6],
    [1, 5, 3, 6],
    [1, 0, 3, 1],
  ],
  [
    [0, 0, 1, 6],
    [1, 5, 3.6, 6],
    [3, 3.2, 4, 5.6],
    [1, 2.6, 3.6, 3.6],
  ],
];

function buildStopSign(builder: MeshBuilder, sign: StopSign): void {
  const rgb = sign.rgb ?? [196, 22, 32];
  const white: Rgb = [240, 240, 238];
  const half = sign.sizeM / 2;
  const middleM = sign.heightM - half;
  const poleM = Math.max(0.02 * sign.sizeM, 0.03 * sign.sizeM + 0.002);
  const pole = standingFrame(sign.xM, sign.yM, 0, sign.headingRad);
  builder.slope(pole, 0, poleM, sign.heightM - 0.1 * half, poleM, sign.poleRgb ?? [150, 152, 155], 8);
  builder.slope(pole, 0, 3.5 * poleM, 0.02 * sign.heightM, 3.5 * poleM, sign.poleRgb ?? [90, 90, 92], 8);
  builder.slope(pole, 0.02 * sign.heightM, 3.5 * poleM, 0.02 * sign.heightM, 0, sign.poleRgb ?? [90, 90, 92], 8);
  builder.endPart();
  const frame = standingFrame(sign.xM, sign.yM, middleM, sign.headingRad);
  const face = frame.a;
  const back: Vector = [-face[0], -face[1], -face[2]];
  const octagon = (radius: number, ahead: number): Vector[] =>
    Array.from({ length: 8 }, (_, i) => {
      const angle = (Math.PI / 4) * (i + 0.5);
      return toWorld(frame, ahead, radius * Math.cos(angle), radius * Math.sin(angle));
    });
  const circumradius = half / Math.cos(Math.PI / 8);
  const ahead = poleM + 0.01 * sign.sizeM;
  const layer = 0.006 * sign.sizeM;
  builder.polygon(octagon(circumradius, ahead), face, white);
  builder.polygon(octagon(0.9 * circumradius, ahead + layer), face, rgb);
  builder.polygon(octagon(circumradius, ahead - layer).reverse(), back, [128, 130, 133]);
  const cell = (1.5 * half) / 19;
  letters.forEach((strokes, index) => {
    for (const [x0, y0, x1, y1] of strokes) {
      // Seen from in front, the sign's own left (b) is on the right-hand side.
      const corner = (x: number, y: number): Vector =>
        toWorld(frame, ahead + 2 * layer, (index * 5 + x - 9.5) * cell, (y - 3) * 1.35 * cell);
      builder.polygon([corner(x0, y0), corner(x1, y0), corner(x1, y1), corner(x0, y1)], face, white);
    }
  });
  builder.endPart();
}

function buildCardboardBox(builder: MeshBuilder, box: CardboardBox): void {
  const random = createRandom(Math.round(1e4 * (box.lengthM + 3 * box.widthM + 7 * box.heightM)));
  const frame = standingFrame(box.xM, box.yM, 0, box.headingRad);
  const [a, b, h] = [box.lengthM / 2, box.widthM / 2, box.heightM];
  buildBlock(builder, frame, { a, b, c0: 0, c1: h }, 4, () => scaleRgb(box.rgb, random.between(0.93, 1.07)));
  builder.endPart();
  if (box.tapeRgb === undefined) return;
  const tape = box.tapeRgb;
  const w = 0.09 * Math.min(a, b) + 0.002;
  const out = 0.004 * Math.min(a, b, h) + 2e-4;
  const at = (p: Vector): Vector => toWorld(frame, p[0], p[1], p[2]);
  const quad = (corners: readonly Vector[], normal: Vector): void =>
    builder.polygon(corners.map(at), toWorld({ ...frame, origin: [0, 0, 0] }, ...normal), tape);
  const drop = 0.3 * h;
  quad(
    [
      [-a, -w, h + out],
      [a, -w, h + out],
      [a, w, h + out],
      [-a, w, h + out],
    ],
    [0, 0, 1],
  );
  quad(
    [
      [a + out, -w, h - drop],
      [a + out, w, h - drop],
      [a + out, w, h],
      [a + out, -w, h],
    ],
    [1, 0, 0],
  );
  quad(
    [
      [-a - out, w, h - drop],
      [-a - out, -w, h - drop],
      [-a - out, -w, h],
      [-a - out, w, h],
    ],
    [-1, 0, 0],
  );
}

function buildClutter(builder: MeshBuilder, clutter: Clutter, segments: number): void {
  switch (clutter.shape) {
    case 'turned': {
      const lowest = Math.max(...clutter.profile.map((ring) => ring.radiusM)) * Math.sin(clutter.tiltRad);
      const frame = standingFrame(clutter.xM, clutter.yM, lowest, clutter.headingRad, clutter.tiltRad);
      for (let i = 1; i < clutter.profile.length; i++) {
        const from = clutter.profile[i - 1]!;
        const to = clutter.profile[i]!;
        builder.slope(frame, from.zM, from.radiusM, to.zM, to.radiusM, from.rgb, segments);
      }
      const top = clutter.profile[clutter.profile.length - 1];
      if (top !== undefined && top.radiusM > 0) {
        builder.slope(frame, top.zM, top.radiusM, top.zM, 0, scaleRgb(top.rgb, 0.8), segments);
      }
      break;
    }
    case 'block': {
      const random = createRandom(clutter.seed);
      const frame = standingFrame(clutter.xM, clutter.yM, 0, clutter.headingRad);
      const half = { a: clutter.lengthM / 2, b: clutter.widthM / 2, c0: clutter.bottomM, c1: clutter.topM };
      const { patchwork } = clutter;
      buildBlock(builder, frame, half, 6, () => scaleRgb(clutter.rgb, random.between(1 - patchwork, 1 + patchwork)));
      break;
    }
    case 'sheet': {
      const frame = standingFrame(clutter.xM, clutter.yM, 5e-4, clutter.headingRad);
      const [a, b] = [clutter.lengthM / 2, clutter.widthM / 2];
      const corners = [
        toWorld(frame, -a, -b, 0),
        toWorld(frame, a, -b, 0),
        toWorld(frame, a, b, 0),
        toWorld(frame, -a, b, 0),
      ];
      builder.polygon(corners, [0, 0, 1], clutter.rgb);
      break;
    }
    case 'cable': {
      const half = clutter.widthM / 2;
      for (let i = 1; i < clutter.points.length; i++) {
        const from = clutter.points[i - 1]!;
        const to = clutter.points[i]!;
        const length = Math.max(1e-6, Math.hypot(to.xM - from.xM, to.yM - from.yM));
        const nx = (-(to.yM - from.yM) / length) * half;
        const ny = ((to.xM - from.xM) / length) * half;
        const z = 1e-3;
        builder.polygon(
          [
            [from.xM - nx, from.yM - ny, z],
            [to.xM - nx, to.yM - ny, z],
            [to.xM + nx, to.yM + ny, z],
            [from.xM + nx, from.yM + ny, z],
          ],
          [0, 0, 1],
          clutter.rgb,
        );
      }
      break;
    }
  }
  builder.endPart();
}

/** @param segments of every round body: more is rounder. */
export function buildObject(illumination: Illumination, object: SceneObject, segments: number): MeshBuilder {
  const builder = new MeshBuilder(illumination);
  switch (object.kind) {
    case 'cone':
      buildCone(builder, object, segments);
      break;
    case 'stop sign':
      buildStopSign(builder, object);
      break;
    case 'person':
      buildPerson(builder, object);
      break;
    case 'box':
      buildCardboardBox(builder, object);
      break;
    case 'clutter':
      buildClutter(builder, object, segments);
      break;
  }
  return builder;
}
