import { mixSeeds } from '../scene/random.ts';
import { randomScene } from '../scene/random-scene.ts';
import type { SceneObject } from '../scene/scene.ts';
import { createRenderer, type LabelledObject } from './renderer.ts';
import { resizeRgb } from './resize.ts';

export const sampleWidthPx = 384;
export const sampleHeightPx = 288;

/** Smaller than this in the network's input, or more hidden, and nobody can ask a network to find it. */
const leastHeightPx = 6;
const leastWidthPx = 4;
const leastVisible = 0.35;
/** The same for what the picture's edge cuts off, as a share of the box. A person's legs are still a person. */
const leastInside = 0.25;
const leastPersonInside = 0.04;
/** A sliver at the picture's edge, less than this wide or high, could be anything. */
const leastCutPx = 10;
/** A stop sign is known by its face: at least this share of the face's height must be in the picture. */
const leastFaceInside = 0.5;

export interface SampleObject {
  readonly classId: number;
  /** Left, top, right, bottom in the sample's pixels. */
  readonly box: readonly [number, number, number, number];
  readonly visible: number;
  /** Neither to be learned nor to be counted as a mistake. */
  readonly ignore: boolean;
}

export interface TrainingSample {
  readonly seed: number;
  /** RGB, `sampleWidthPx` by `sampleHeightPx`. */
  readonly pixels: Uint8Array;
  readonly objects: readonly SampleObject[];
}

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

function isCutOff(
  object: SceneObject,
  { box, wholeBox }: LabelledObject,
  { scaleX, scaleY }: { readonly scaleX: number; readonly scaleY: number },
): boolean {
  const isWhole = box.widthPx > 0.95 * wholeBox.widthPx && box.heightPx > 0.95 * wholeBox.heightPx;
  if (isWhole) return false;
  if (Math.min(box.widthPx * scaleX, box.heightPx * scaleY) < leastCutPx) return true;
  const inside = (box.widthPx * box.heightPx) / (wholeBox.widthPx * wholeBox.heightPx);
  if (inside < (object.kind === 'person' ? leastPersonInside : leastInside)) return true;
  if (object.kind !== 'stop sign') return false;
  const facePx = (wholeBox.heightPx * object.sizeM) / object.heightM;
  const faceInsidePx = Math.min(wholeBox.yPx + facePx, box.yPx + box.heightPx) - box.yPx;
  return faceInsidePx < leastFaceInside * facePx || box.widthPx < leastFaceInside * wholeBox.widthPx;
}

/** The picture number `index` of the data set with that seed: depends on these two alone. */
export function createTrainingSample(datasetSeed: number, index: number): TrainingSample {
  const seed = mixSeeds(datasetSeed, index);
  const { scene, camera, view, shrinking } = randomScene(seed);
  const renderer = createRenderer(scene, camera);
  const picture = new Uint8Array(3 * camera.widthPx * camera.heightPx);
  const labelled = renderer.renderLabelled(view, seed, picture);
  const size = { widthPx: sampleWidthPx, heightPx: sampleHeightPx };
  const scaleX = sampleWidthPx / camera.widthPx;
  const scaleY = sampleHeightPx / camera.heightPx;
  const objects: SampleObject[] = [];
  for (const seen of labelled) {
    const { classId, box, visibleFraction } = seen;
    const visible = rounded(visibleFraction, 3);
    if (visible <= 0) continue;
    const widthPx = box.widthPx * scaleX;
    const heightPx = box.heightPx * scaleY;
    objects.push({
      classId,
      box: [
        rounded(box.xPx * scaleX, 2),
        rounded(box.yPx * scaleY, 2),
        rounded(box.xPx * scaleX + widthPx, 2),
        rounded(box.yPx * scaleY + heightPx, 2),
      ],
      visible,
      ignore:
        heightPx < leastHeightPx ||
        widthPx < leastWidthPx ||
        visible < leastVisible ||
        isCutOff(scene.objects[seen.objectIndex]!, seen, { scaleX, scaleY }),
    });
  }
  return { seed, pixels: resizeRgb(picture, camera, size, shrinking), objects };
}
