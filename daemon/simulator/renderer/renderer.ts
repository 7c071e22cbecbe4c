import type { CameraGeometry } from '../../protocol/camera-geometry.ts';
import { type CarLabel, carLabels } from '../../protocol/car-labels.ts';
import type { PixelBox } from '../../protocol/geometry.ts';
import { createPanorama } from '../scene/backdrop.ts';
import type { Scene, SceneObject } from '../scene/scene.ts';
import { Background } from './background.ts';
import { Illumination } from './illumination.ts';
import { Lens, type View } from './lens.ts';
import type { Mesh } from './mesh.ts';
import { buildObject } from './object-mesh.ts';
import { Optics } from './optics.ts';
import { Projector } from './projector.ts';
import { type Footprint, Rasteriser } from './rasteriser.ts';
import { createRayTable } from './ray-table.ts';
import { ShadowMap } from './shadow-map.ts';
import { castShadow, contactShadow } from './shadow-mesh.ts';

export type { View } from './lens.ts';

/** A labelled object in the picture. */
export interface LabelledObject {
  /** Place in the scene's list of objects. */
  readonly objectIndex: number;
  readonly label: CarLabel;
  readonly classId: number;
  /** Round what of the object lies in the picture, parts behind other things too. */
  readonly box: PixelBox;
  /** Round the whole object, in the picture or not. */
  readonly wholeBox: PixelBox;
  /** Seen pixels over those it would have alone in the picture: 0 is hidden, 1 is in full view. */
  readonly visibleFraction: number;
}

export interface Renderer {
  readonly widthPx: number;
  readonly heightPx: number;
  /**
   * Draws what the camera sees.
   * @param frameSeed chooses the sensor's noise: the same view and seed give the same bytes
   * @param out RGB, row by row, `widthPx * heightPx * 3` bytes
   */
  render(view: View, frameSeed: number, out: Uint8Array): void;
  /** The same picture, and where its labelled objects are; nearest first, also those that are hidden altogether. */
  renderLabelled(view: View, frameSeed: number, out: Uint8Array): readonly LabelledObject[];
}

interface Drawable {
  readonly objectIndex: number;
  readonly label: CarLabel | undefined;
  /** Flat on the ground: behind everything that stands. */
  readonly isFlat: boolean;
  readonly fine: Mesh;
  /** For when it is small in the picture. */
  readonly coarse: Mesh;
  readonly cast: Mesh | undefined;
  readonly contact: Mesh | undefined;
}

const coarseBelowPx = 16;
/** Smaller than this, a thing is not drawn, and its shadow is not either. */
const leastPx = 0.7;
const leastShadowPx = 3;
/** A stop sign seen this far from the side, or from behind, is a grey thing on a pole. */
const signSeenFromRad = (75 * Math.PI) / 180;

function labelOf(object: SceneObject): CarLabel | undefined {
  switch (object.kind) {
    case 'cone':
      return `${object.colour} cone`;
    case 'stop sign':
    case 'person':
    case 'box':
      return object.kind;
    case 'clutter':
      return undefined;
  }
}

function makeDrawable(scene: Scene, illumination: Illumination, objectIndex: number): Drawable {
  const object = scene.objects[objectIndex]!;
  const builder = buildObject(illumination, object, 20);
  const fine = builder.build();
  const isRound = object.kind === 'cone' || (object.kind === 'clutter' && object.shape === 'turned');
  const isFlat = object.kind === 'clutter' && (object.shape === 'sheet' || object.shape === 'cable');
  const { light } = scene.look;
  const parts = builder.parts();
  return {
    objectIndex,
    label: labelOf(object),
    isFlat,
    fine,
    coarse: isRound ? buildObject(illumination, object, 8).build() : fine,
    cast: isFlat || light.shadow * light.sun <= 0 ? undefined : castShadow(parts, illumination, light.penumbra),
    contact: isFlat || light.contactShadow <= 0 ? undefined : contactShadow(parts),
  };
}

class SceneRenderer implements Renderer {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly #scene: Scene;
  readonly #lens: Lens;
  readonly #drawables: readonly Drawable[];
  readonly #rasteriser: Rasteriser;
  readonly #background: Background;
  readonly #optics: Optics;
  readonly #pixels: Int32Array;
  readonly #shadows: ShadowMap;
  readonly #order: Int32Array;
  readonly #distances: Float64Array;
  readonly #footprint: Footprint = {
    left: 0,
    top: 0,
    right: 0,
    bottom: 0,
    shownLeft: 0,
    shownTop: 0,
    shownRight: 0,
    shownBottom: 0,
    alone: 0,
    seen: 0,
  };
  /** Sphere tests: a point in camera axes. */
  readonly #centre = new Float32Array(3);
  readonly #inCamera = new Float64Array(3);

  constructor(scene: Scene, camera: CameraGeometry) {
    const { look } = scene;
    this.widthPx = camera.widthPx;
    this.heightPx = camera.heightPx;
    this.#scene = scene;
    const illumination = new Illumination(look.light);
    this.#drawables = scene.objects.map((_, index) => makeDrawable(scene, illumination, index));
    const pixelCount = camera.widthPx * camera.heightPx;
    this.#pixels = new Int32Array(pixelCount);
    this.#lens = new Lens(camera);
    const projector = new Projector(this.#lens);
    this.#rasteriser = new Rasteriser(projector, camera, this.#pixels);
    this.#shadows = new ShadowMap(projector, camera);
    const panorama = createPanorama(look.backdrop);
    const rays = createRayTable(camera, scene.ground.floor, panorama);
    this.#background = new Background(rays, scene.ground, panorama, illumination, look.light);
    this.#optics = new Optics(camera, look.sensor, rays.rowShiftPxPerM);
    this.#order = new Int32Array(scene.objects.length);
    this.#distances = new Float64Array(scene.objects.length);
  }

  render(view: View, frameSeed: number, out: Uint8Array): void {
    this.#draw(view, frameSeed, out, undefined);
  }

  renderLabelled(view: View, frameSeed: number, out: Uint8Array): readonly LabelledObject[] {
    const labelled: LabelledObject[] = [];
    this.#draw(view, frameSeed, out, labelled);
    return labelled;
  }

  #draw(view: View, frameSeed: number, out: Uint8Array, labelled: LabelledObject[] | undefined): void {
    const expected = this.widthPx * this.heightPx * 3;
    if (out.length !== expected) {
      throw new RangeError(`the picture's buffer has ${out.length} bytes, ${expected} are needed`);
    }
    this.#lens.setView(view);
    this.#drawShadows();
    this.#rasteriser.clear();
    const count = this.#sort();
    for (let i = 0; i < count; i++) {
      const drawable = this.#drawables[this.#order[i]!]!;
      const sizePx = this.#sizePx(drawable.fine);
      const mesh = sizePx < coarseBelowPx ? drawable.coarse : drawable.fine;
      if (!this.#rasteriser.draw(mesh, this.#footprint)) continue;
      if (labelled !== undefined) this.#label(drawable, view, labelled);
    }
    this.#background.paint(view, this.#shadows.map, this.#rasteriser.open, this.#pixels);
    this.#optics.develop(this.#pixels, view, frameSeed, out);
  }

  #drawShadows(): void {
    this.#shadows.clear();
    for (const { cast, contact } of this.#drawables) {
      if (cast !== undefined && this.#sizePx(cast) >= leastShadowPx) this.#shadows.stamp(cast, 'cast');
      if (contact !== undefined && this.#sizePx(contact) >= leastShadowPx) this.#shadows.stamp(contact, 'contact');
    }
  }

  /** About how large a mesh is in the picture; 0 when it is certainly not in it. */
  #sizePx(mesh: Mesh): number {
    this.#centre.set(mesh.centre);
    this.#lens.toCamera(this.#centre, 1, this.#inCamera);
    const depth = this.#inCamera[2]!;
    if (depth < -mesh.radiusM) return 0;
    const aside = Math.hypot(this.#inCamera[0]!, this.#inCamera[1]!);
    const reach = this.#lens.reach;
    // Outside the cone round the picture's corners by more than its radius.
    if (aside - reach * depth > mesh.radiusM * Math.sqrt(1 + reach * reach)) return 0;
    return (2 * mesh.radiusM * this.#lens.focalPx) / Math.max(0.02, depth);
  }

  /** Fills the drawing order, nearest first, with what may be in the picture; flat things come last. */
  #sort(): number {
    let count = 0;
    for (let index = 0; index < this.#drawables.length; index++) {
      const { fine, isFlat } = this.#drawables[index]!;
      if (this.#sizePx(fine) < leastPx) continue;
      const distance = this.#inCamera[2]! + (isFlat ? 1e6 : 0);
      let at = count++;
      for (; at > 0 && this.#distances[at - 1]! > distance; at--) {
        this.#distances[at] = this.#distances[at - 1]!;
        this.#order[at] = this.#order[at - 1]!;
      }
      this.#distances[at] = distance;
      this.#order[at] = index;
    }
    return count;
  }

  #label(drawable: Drawable, view: View, labelled: LabelledObject[]): void {
    const { label, objectIndex } = drawable;
    const { left, top, right, bottom, alone, seen } = this.#footprint;
    if (label === undefined || alone <= 0) return;
    const object = this.#scene.objects[objectIndex]!;
    if (object.kind === 'stop sign') {
      const towards = Math.atan2(view.yM - object.yM, view.xM - object.xM) - object.headingRad;
      if (Math.cos(towards) < Math.cos(signSeenFromRad)) return;
    }
    // The projected edges are exact; those of what the picture cuts off are those of the pixels that are left of it: arms
    // above the picture do not make a pair of legs wider.
    const isCut = left < 0 || top < 0 || right > this.widthPx || bottom > this.heightPx;
    const { shownLeft, shownTop, shownRight, shownBottom } = this.#footprint;
    const xPx = isCut ? Math.max(left, shownLeft) : left;
    const yPx = isCut ? Math.max(top, shownTop) : top;
    const endXPx = isCut ? Math.min(right, shownRight) : right;
    const endYPx = isCut ? Math.min(bottom, shownBottom) : bottom;
    labelled.push({
      objectIndex,
      label,
      classId: carLabels.indexOf(label),
      box: {
        xPx,
        yPx,
        widthPx: endXPx - xPx,
        heightPx: endYPx - yPx,
      },
      wholeBox: { xPx: left, yPx: top, widthPx: right - left, heightPx: bottom - top },
      visibleFraction: Math.min(1, seen / alone),
    });
  }
}

/**
 * Prepares a scene for a camera: meshes lit and shadowed, ray tables, tone curves. That takes tens of milliseconds; each
 * picture then takes a few, and nothing is allocated for it.
 * @throws RangeError when the camera's distortion folds the picture over
 */
export function createRenderer(scene: Scene, camera: CameraGeometry): Renderer {
  return new SceneRenderer(scene, camera);
}
