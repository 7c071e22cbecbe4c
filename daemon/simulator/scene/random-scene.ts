import type { CameraGeometry } from '../../protocol/camera-geometry.ts';
import type { GroundPoint } from '../../protocol/geometry.ts';
import type { View } from '../renderer/lens.ts';
import { hsvToRgb, type Rgb } from './colour.ts';
import { createFloorTexture, floorKinds } from './floor-texture.ts';
import { createGroundMap } from './ground-map.ts';
import type { GroundLine } from './line-layer.ts';
import { createRandom, type Random } from './random.ts';
import { randomClutter } from './random-clutter.ts';
import { randomLook } from './random-look.ts';
import {
  type ConeStyle,
  randomBox,
  randomCone,
  randomConeStyle,
  randomPerson,
  randomStopSign,
} from './random-objects.ts';
import { randomCorridor } from './random-track.ts';
import { drivingLook, type Scene, type SceneObject } from './scene.ts';

export interface RandomScene {
  readonly scene: Scene;
  readonly camera: CameraGeometry;
  readonly view: View;
  readonly sourceWidthPx: number;
  readonly sourceHeightPx: number;
  /** How a camera program might have made the network's input of it. */
  readonly shrinking: 'bilinear' | 'area';
}

const degrees = Math.PI / 180;

function randomCamera(random: Random): CameraGeometry {
  const isSmall = random.chance(0.5);
  const isUsual = random.chance(0.25);
  const fieldOfViewRad = (isUsual ? random.between(70, 90) : random.between(45, 110)) * degrees;
  // The polynomial must not fold over before the picture's corner: for k1 alone that is at -4 / 27 of the corner.
  const corner = 1.25 * Math.tan(fieldOfViewRad / 2);
  const isDistorted = random.chance(0.6);
  return {
    widthPx: isSmall ? 480 : 640,
    heightPx: isSmall ? 360 : 480,
    horizontalFieldOfViewRad: fieldOfViewRad,
    radialDistortion: isDistorted
      ? [random.between(-0.11, 0.06) / corner ** 2, random.between(-0.008, 0.01) / corner ** 4]
      : [0, 0],
    heightM: isUsual ? random.between(0.13, 0.19) : random.between(0.08, 0.35),
    pitchRad: (isUsual ? random.between(7, 13) : random.between(-5, 25)) * degrees,
    rollRad: random.chance(0.5) ? 0 : random.between(-5, 5) * degrees,
    forwardM: random.between(0, 0.15),
  };
}

function randomView(random: Random): View {
  const isStill = random.chance(0.4);
  return {
    xM: random.between(-20, 20),
    yM: random.between(-20, 20),
    headingRad: random.between(0, 2 * Math.PI),
    speedMps: isStill ? 0 : random.between(0, 2.5),
    yawRateRadps: isStill ? 0 : random.between(-2.5, 2.5),
  };
}

/** Things stand apart from each other and from the lens. */
class Places {
  readonly #random: Random;
  readonly #camera: CameraGeometry;
  readonly #view: View;
  readonly #taken: { readonly xM: number; readonly yM: number; readonly radiusM: number }[] = [];

  constructor(random: Random, camera: CameraGeometry, view: View) {
    this.#random = random;
    this.#camera = camera;
    this.#view = view;
  }

  /** A point so far from the lens, at that bearing to the left of straight ahead. */
  at(distanceM: number, bearingRad: number): GroundPoint {
    const { xM, yM, headingRad } = this.#view;
    const lensX = xM + Math.cos(headingRad) * this.#camera.forwardM;
    const lensY = yM + Math.sin(headingRad) * this.#camera.forwardM;
    return {
      xM: lensX + distanceM * Math.cos(headingRad + bearingRad),
      yM: lensY + distanceM * Math.sin(headingRad + bearingRad),
    };
  }

  isFree(point: GroundPoint, radiusM: number): boolean {
    const lens = this.at(0, 0);
    if (Math.hypot(point.xM - lens.xM, point.yM - lens.yM) < radiusM + 0.12) return false;
    return this.#taken.every((other) => Math.hypot(point.xM - other.xM, point.yM - other.yM) > radiusM + other.radiusM);
  }

  take(point: GroundPoint, radiusM: number): void {
    this.#taken.push({ xM: point.xM, yM: point.yM, radiusM });
  }

  /** A free point in view; each factor of distance is as likely as any other. */
  find(
    nearM: number,
    farM: number,
    radiusM: number,
  ): { point: GroundPoint; distanceM: number; bearingRad: number } | undefined {
    for (let attempt = 0; attempt < 8; attempt++) {
      const distanceM = Math.exp(this.#random.between(Math.log(nearM), Math.log(farM)));
      const bearingRad = this.#random.between(-0.55, 0.55) * this.#camera.horizontalFieldOfViewRad;
      const point = this.at(distanceM, bearingRad);
      if (!this.isFree(point, radiusM)) continue;
      this.take(point, radiusM);
      return { point, distanceM, bearingRad };
    }
    return undefined;
  }
}

function addCorridors(
  random: Random,
  style: ConeStyle,
  camera: CameraGeometry,
  view: View,
  places: Places,
  objects: SceneObject[],
): GroundLine[] {
  const lines: GroundLine[] = [];
  const start = {
    xM: view.xM + random.between(-0.35, 0.35) * Math.sin(view.headingRad),
    yM: view.yM + random.between(-0.35, 0.35) * Math.cos(view.headingRad),
    headingRad: view.headingRad + random.between(-0.45, 0.45),
  };
  const corridors = [randomCorridor(random, style, start, { behindM: 0.5, aheadM: random.between(4, 10) })];
  for (let other = random.chance(0.4) ? random.whole(1, 2) : 0; other > 0; other--) {
    const away = places.at(random.between(1.5, 6), random.between(-0.6, 0.6) * camera.horizontalFieldOfViewRad);
    const heading = random.between(0, 2 * Math.PI);
    corridors.push(randomCorridor(random, style, { ...away, headingRad: heading }, { behindM: 2, aheadM: 3 }));
  }
  for (const corridor of corridors) {
    lines.push(...corridor.lines);
    for (const cone of corridor.cones) {
      const radiusM = cone.baseRadiusM ?? 0.035;
      if (!places.isFree(cone, radiusM)) continue;
      places.take(cone, radiusM);
      objects.push(cone);
    }
  }
  return lines;
}

function scatterCones(random: Random, style: ConeStyle, places: Places, objects: SceneObject[]): void {
  const fallen = random.chance(0.4) ? 0.3 : 0.03;
  const count = random.pick([0, 1, 2, 4, 8, 14, 24]);
  const isMixed = random.chance(0.4);
  for (let i = 0; i < count; i++) {
    const own = isMixed ? randomConeStyle(random) : style;
    const found = places.find(0.22, 6, own.baseShare * own.heightM);
    if (found === undefined) continue;
    const colour = random.pick(['blue', 'yellow', 'orange'] as const);
    objects.push(randomCone(random, own, { colour, ...found.point, fallen }));
  }
}

function addObstacles(random: Random, view: View, places: Places, objects: SceneObject[]): void {
  const counts = [0, 1, 1, 1, 2] as const;
  for (let i = random.pick(counts); i > 0; i--) {
    const found = places.find(0.3, 4, 0.06);
    if (found === undefined) continue;
    const facingRad = view.headingRad + found.bearingRad + Math.PI;
    objects.push(randomStopSign(random, { ...found.point, facingRad, distanceM: found.distanceM }));
  }
  for (let i = random.pick(counts); i > 0; i--) {
    const found = places.find(0.35, 4, 0.1);
    if (found !== undefined) objects.push(randomPerson(random, found.point));
  }
  for (let i = random.pick(counts); i > 0; i--) {
    const found = places.find(0.45, 4, 0.2);
    if (found !== undefined) objects.push(randomBox(random, found.point));
  }
}

function addClutter(random: Random, view: View, places: Places, objects: SceneObject[]): void {
  for (let i = random.chance(0.65) ? random.whole(1, 12) : 0; i > 0; i--) {
    const found = places.find(0.35, 7, 0.1);
    if (found === undefined) continue;
    const clutter = randomClutter(random, found.point, view.headingRad + found.bearingRad);
    // What is large stands at the back, or it would hide everything else.
    const isLarge = clutter.shape === 'block' && clutter.topM > 0.3;
    if (isLarge && found.distanceM < 2) continue;
    objects.push(clutter);
  }
}

function lineColours(random: Random): readonly [Rgb, Rgb] {
  const pale = (): Rgb => hsvToRgb(random.between(0, 360), random.between(0, 0.12), random.between(0.65, 1));
  const any = (): Rgb => hsvToRgb(random.between(0, 360), random.next(), random.between(0.1, 1));
  return [random.chance(0.7) ? pale() : any(), random.chance(0.5) ? hsvToRgb(45, 0.85, 0.9) : any()];
}

/**
 * A scene, a camera and a view like no other, for training: about six in ten with a track, the rest scattered or empty.
 * Everything that a network should not rely on is drawn at random; what a label means stays true: blue stays blue.
 */
export function randomScene(seed: number): RandomScene {
  const random = createRandom(seed);
  const camera = randomCamera(random);
  const view = randomView(random);
  const places = new Places(random, camera, view);
  const style = randomConeStyle(random);
  const objects: SceneObject[] = [];
  const isEmpty = random.chance(0.03);
  const isTrack = random.chance(0.6);
  if (!isEmpty && random.chance(0.5)) addObstacles(random, view, places, objects);
  const lines: GroundLine[] = [];
  if (isTrack && !isEmpty) lines.push(...addCorridors(random, style, camera, view, places, objects));
  else if (!isEmpty) scatterCones(random, style, places, objects);
  addClutter(random, view, places, objects);
  const look = random.chance(0.15) ? drivingLook(random.whole(0, 1000), random.between(0.3, 2)) : randomLook(random);
  const floor = createFloorTexture({
    kind: random.pick(floorKinds),
    seed: random.whole(0, 0x7fffffff),
    sizeCells: 256,
    cellM: random.pick([0.0015, 0.003, 0.004, 0.006, 0.01]),
  });
  const ground = createGroundMap({ seed, floor, lines, lineColours: lineColours(random), lineCellM: 0.012 });
  return {
    scene: { ground, objects, look },
    camera,
    view,
    sourceWidthPx: camera.widthPx,
    sourceHeightPx: camera.heightPx,
    shrinking: random.chance(0.5) ? 'area' : 'bilinear',
  };
}
