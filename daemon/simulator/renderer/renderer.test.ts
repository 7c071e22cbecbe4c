import { describe, expect, it } from 'vitest';
import { type CameraGeometry, carPointToPixel } from '../../protocol/camera-geometry.ts';
import { type Rgb, rgbToHsv } from '../scene/colour.ts';
import { createGroundMap } from '../scene/ground-map.ts';
import { type Cone, drivingLook, type Scene, type SceneObject } from '../scene/scene.ts';
import { createRenderer, type LabelledObject } from './renderer.ts';

const camera: CameraGeometry = {
  widthPx: 480,
  heightPx: 360,
  horizontalFieldOfViewRad: (80 * Math.PI) / 180,
  radialDistortion: [-0.05, 0.005],
  heightM: 0.16,
  pitchRad: (10 * Math.PI) / 180,
  rollRad: 0,
  forwardM: 0.1,
};
const still = { xM: 0, yM: 0, headingRad: 0, speedMps: 0, yawRateRadps: 0 };
const ground = createGroundMap({ seed: 1, floor: 'concrete' });

function sceneOf(...objects: SceneObject[]): Scene {
  return { ground, objects, look: drivingLook(1) };
}

function cone(colour: Cone['colour'], xM: number, yM: number): Cone {
  return { kind: 'cone', colour, xM, yM };
}

function draw(
  scene: Scene,
  view = still,
  seed = 1,
  by = camera,
): { picture: Uint8Array; labels: readonly LabelledObject[] } {
  const picture = new Uint8Array(by.widthPx * by.heightPx * 3);
  const labels = createRenderer(scene, by).renderLabelled(view, seed, picture);
  return { picture, labels };
}

function meanRgb(picture: Uint8Array, left: number, top: number, right: number, bottom: number): Rgb {
  const sums = [0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      for (let channel = 0; channel < 3; channel++) sums[channel]! += picture[3 * (y * camera.widthPx + x) + channel]!;
    }
  }
  const count = (right - left) * (bottom - top);
  return [sums[0]! / count, sums[1]! / count, sums[2]! / count];
}

/** Much faster than `toEqual` on half a million bytes. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}

function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

describe('a cone in the picture', () => {
  it.each([
    [1, 0],
    [0.6, 0.25],
    [2.5, -0.8],
    [4, 1.2],
  ])('stands %d m ahead and %d m to the left where the camera geometry puts it', (xM, yM) => {
    const { labels } = draw(sceneOf({ ...cone('blue', xM, yM), base: 'round' }));
    expect(labels).toHaveLength(1);
    const { box } = labels[0]!;
    const foot = carPointToPixel(camera, { xM, yM, zM: 0 })!;
    const top = carPointToPixel(camera, { xM, yM, zM: 0.1 })!;
    // The base's near edge is a little below its middle.
    const nearEdge = carPointToPixel(camera, { xM: xM - 0.035, yM, zM: 0 })!;
    expect(box.xPx + box.widthPx / 2).toBeCloseTo(foot.xPx, -0.3);
    expect(box.yPx + box.heightPx).toBeGreaterThan(foot.yPx);
    expect(box.yPx + box.heightPx).toBeLessThan(nearEdge.yPx + 1);
    expect(Math.abs(box.yPx - top.yPx)).toBeLessThan(0.1 * box.heightPx + 0.5);
  });

  it('moves with the car as the geometry says', () => {
    const view = { ...still, xM: 3, yM: -2, headingRad: 2 };
    const [cos, sin] = [Math.cos(2), Math.sin(2)];
    const placed = cone('yellow', 3 + 1.5 * cos - 0.3 * sin, -2 + 1.5 * sin + 0.3 * cos);
    const { labels } = draw(sceneOf(placed), view);
    const foot = carPointToPixel(camera, { xM: 1.5, yM: 0.3, zM: 0 })!;
    const { box } = labels[0]!;
    expect(Math.abs(box.xPx + box.widthPx / 2 - foot.xPx)).toBeLessThan(2);
  });

  it.each([
    ['blue', 195, 250],
    ['yellow', 40, 62],
    ['orange', 8, 34],
  ] as const)('is %s: its pixels have that hue in daylight', (colour, low, high) => {
    const { picture, labels } = draw(sceneOf({ ...cone(colour, 0.6, 0), stripes: [] }));
    const { box } = labels[0]!;
    const middleX = Math.round(box.xPx + box.widthPx / 2);
    const y = Math.round(box.yPx + 0.6 * box.heightPx);
    const [hue, saturation] = rgbToHsv(meanRgb(picture, middleX - 4, y - 4, middleX + 4, y + 4));
    expect(hue).toBeGreaterThan(low);
    expect(hue).toBeLessThan(high);
    expect(saturation).toBeGreaterThan(0.5);
  });

  it('throws a shadow on the floor', () => {
    const look = drivingLook(1);
    const side = { ...look, light: { ...look.light, azimuthRad: Math.PI / 2, elevationRad: 0.6 } };
    const bare = draw({ ground, objects: [], look: side });
    const { picture } = draw({ ground, objects: [cone('yellow', 0.8, 0)], look: side });
    // The sun is on the left, so the shadow lies to the right of the base.
    const { xPx, yPx } = carPointToPixel(camera, { xM: 0.8, yM: -0.06, zM: 0 })!;
    const patch = [Math.round(xPx) - 2, Math.round(yPx) - 2, Math.round(xPx) + 2, Math.round(yPx) + 2] as const;
    expect(meanRgb(picture, ...patch)[1]).toBeLessThan(0.9 * meanRgb(bare.picture, ...patch)[1]);
  });
});

describe('what hides what', () => {
  const box = { kind: 'box', headingRad: 0, lengthM: 0.1, widthM: 0.2, heightM: 0.2, rgb: [180, 130, 90] } as const;

  it('a cone behind a box is not seen, and the box is', () => {
    const { labels } = draw(sceneOf(cone('blue', 2, 0), { ...box, xM: 1, yM: 0 }));
    expect(labels.map(({ label, visibleFraction }) => [label, visibleFraction])).toEqual([
      ['box', 1],
      ['blue cone', 0],
    ]);
  });

  it('half behind a box is about half seen, with the same box as alone', () => {
    const alone = draw(sceneOf(cone('blue', 2, 0)));
    // The box's left edge, seen from the lens, passes through the cone's middle.
    const { labels } = draw(sceneOf(cone('blue', 2, 0), { ...box, xM: 1, yM: -0.1 }));
    const hidden = labels.find(({ label }) => label === 'blue cone')!;
    expect(hidden.visibleFraction).toBeGreaterThan(0.4);
    expect(hidden.visibleFraction).toBeLessThan(0.6);
    expect(hidden.box).toEqual(alone.labels[0]!.box);
  });

  it('does not count what lies outside the picture as hidden', () => {
    const { labels } = draw(sceneOf(cone('blue', 0.6, 0.43)));
    expect(labels[0]!.visibleFraction).toBe(1);
    expect(labels[0]!.box.xPx).toBe(0);
    expect(labels[0]!.wholeBox.xPx).toBeLessThan(0);
  });

  it('puts the box round what the picture’s edge leaves of a person, not round arms above the picture', () => {
    const grey: Rgb = [120, 120, 120];
    const person: SceneObject = {
      kind: 'person',
      xM: 0.8,
      yM: 0,
      headingRad: Math.PI,
      heightM: 1.7,
      skin: grey,
      hair: grey,
      shirt: grey,
      trousers: grey,
      shoes: grey,
      strideRad: 0,
      leftArmRad: 0,
      rightArmRad: 0,
      armSpreadRad: 1.4,
      girth: 1,
    };
    const { box, wholeBox } = draw(sceneOf(person)).labels[0]!;
    expect(wholeBox.yPx).toBeLessThan(-200);
    expect(wholeBox.widthPx).toBeGreaterThan(450);
    expect(box.yPx).toBe(0);
    expect(box.widthPx).toBeLessThan(0.5 * wholeBox.widthPx);
    expect(box.xPx + box.widthPx / 2).toBeCloseTo(camera.widthPx / 2, -1);
  });

  it('labels no stop sign from behind, nor clutter', () => {
    const sign = { kind: 'stop sign', xM: 1.5, yM: 0, heightM: 0.25, sizeM: 0.1 } as const;
    expect(draw(sceneOf({ ...sign, headingRad: Math.PI })).labels.map(({ label }) => label)).toEqual(['stop sign']);
    expect(draw(sceneOf({ ...sign, headingRad: 0 })).labels).toEqual([]);
    const sheet: SceneObject = {
      kind: 'clutter',
      shape: 'sheet',
      xM: 1,
      yM: 0,
      headingRad: 0,
      lengthM: 0.3,
      widthM: 0.3,
      rgb: [255, 120, 0],
    };
    expect(draw(sceneOf(sheet)).labels).toEqual([]);
  });

  it('keeps an object that reaches past the lens in bounds', () => {
    const { labels } = draw(sceneOf({ ...box, lengthM: 0.5, xM: 0.4, yM: 0 }));
    const { xPx, yPx, widthPx, heightPx } = labels[0]!.box;
    expect(xPx).toBeGreaterThanOrEqual(0);
    expect(yPx).toBeGreaterThanOrEqual(0);
    expect(xPx + widthPx).toBeLessThanOrEqual(camera.widthPx);
    expect(yPx + heightPx).toBeLessThanOrEqual(camera.heightPx);
  });
});

describe('the picture', () => {
  const scene = sceneOf(cone('blue', 1, 0.4), cone('yellow', 1, -0.4), cone('orange', 2, 0.3));

  it('is the same, byte for byte, for the same seed, and another for another', () => {
    const view = { ...still, speedMps: 1.5, yawRateRadps: 1 };
    const first = draw(scene, view, 7).picture;
    expect(isSame(draw(scene, view, 7).picture, first)).toBe(true);
    const other = draw(scene, view, 8).picture;
    expect(difference(other, first)).toBeGreaterThan(0.5);
    // Noise alone: no pixel strays far.
    expect(difference(other, first)).toBeLessThan(5);
  });

  it('is the same from a renderer that has drawn other views before', () => {
    const renderer = createRenderer(scene, camera);
    const picture = new Uint8Array(camera.widthPx * camera.heightPx * 3);
    renderer.render({ ...still, xM: 0.5, yM: 0.3, headingRad: 0.4, speedMps: 2, yawRateRadps: -2 }, 3, picture);
    renderer.render({ ...still, speedMps: 1 }, 7, picture);
    expect(isSame(picture, draw(scene, { ...still, speedMps: 1 }, 7).picture)).toBe(true);
  });

  it('rises when the camera looks further down', () => {
    const level = draw(scene).labels;
    const down = draw(scene, still, 1, { ...camera, pitchRad: camera.pitchRad + 0.1 }).labels;
    const focalPx = 240 / Math.tan(camera.horizontalFieldOfViewRad / 2);
    for (const [i, { box }] of down.entries()) {
      const shiftPx = level[i]!.box.yPx - box.yPx;
      expect(shiftPx).toBeGreaterThan(0.09 * focalPx);
      expect(shiftPx).toBeLessThan(0.13 * focalPx);
    }
  });

  it('is pulled towards its middle by barrel distortion', () => {
    const straight = draw(scene, still, 1, { ...camera, radialDistortion: [0, 0] }).labels;
    const barrel = draw(scene, still, 1, { ...camera, radialDistortion: [-0.08, 0] }).labels;
    const fromMiddle = (seen: LabelledObject): number => Math.abs(seen.box.xPx + seen.box.widthPx / 2 - 240);
    for (const [i, seen] of barrel.entries()) {
      expect(fromMiddle(seen)).toBeLessThan(fromMiddle(straight[i]!));
    }
  });

  it('blurs with motion: turning smears upright edges, driving ahead the near floor', () => {
    const contrastAcross = (picture: Uint8Array, row: number, step: number): number => {
      let sum = 0;
      for (let x = 20; x < 460; x++) {
        const at = 3 * (row * camera.widthPx + x) + 1;
        sum += Math.abs(picture[at]! - picture[at + step]!);
      }
      return sum;
    };
    const quiet = drivingLook(1, 0);
    const floor = createGroundMap({ seed: 2, floor: 'asphalt' });
    const plain: Scene = { ground: floor, objects: [], look: quiet };
    const standing = draw(plain).picture;
    const turning = draw(plain, { ...still, yawRateRadps: 4 }).picture;
    const driving = draw(plain, { ...still, speedMps: 2.5 }).picture;
    const nextColumn = 3;
    const nextRow = 3 * camera.widthPx;
    expect(contrastAcross(turning, 300, nextColumn)).toBeLessThan(0.6 * contrastAcross(standing, 300, nextColumn));
    expect(contrastAcross(driving, 340, nextRow)).toBeLessThan(0.5 * contrastAcross(standing, 340, nextRow));
  });

  it('refuses a buffer of the wrong size', () => {
    expect(() => createRenderer(scene, camera).render(still, 1, new Uint8Array(10))).toThrow(
      /has 10 bytes, 518400 are needed/,
    );
  });
});
