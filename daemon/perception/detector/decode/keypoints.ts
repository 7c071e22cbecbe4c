import { type Letterbox, pointToImage } from '../preprocess/letterbox.ts';
import type { Details, NetworkHints } from './decoder.ts';
import type { Unit } from './finished-boxes.ts';

export interface KeypointShape {
  readonly points: number;
  /** 3: with visibility. */
  readonly dimensions: 2 | 3;
}

/** COCO's people, for networks that do not say of what shape their points are. */
export const people: KeypointShape = { points: 17, dimensions: 3 };

/** Whether a card or the metadata say anything of points. */
export function speakOfKeypoints({ keypoints, metadata }: NetworkHints): boolean {
  return keypoints !== undefined || metadata['kpt_shape'] !== undefined;
}

/**
 * As the card states it, or else the metadata; undefined when neither does, they state nonsense, or by them the network is for something
 * else.
 */
export function statedKeypoints({ task, keypoints, metadata }: NetworkHints): KeypointShape | undefined {
  if (keypoints !== undefined) return { points: keypoints[0], dimensions: keypoints[1] };
  const stated = /^\D*(\d+)\D+([23])\D*$/.exec(metadata['kpt_shape'] ?? '');
  if (stated === null || (task !== 'pose' && task !== undefined)) return undefined;
  const points = Number(stated[1]);
  return points > 0 ? { points, dimensions: stated[2] === '2' ? 2 : 3 } : undefined;
}

/** Where a box's points lie in an output: `stride` from number to number. */
interface KeypointPlace {
  readonly values: Float32Array;
  readonly first: number;
  readonly stride: number;
  /** What 1 is in network pixels, across and down, where points are not in pixels. */
  readonly unit?: Unit;
}

/** The points of one box, from network pixels to the picture's; none of them when one is no number. */
export function readKeypoints(
  { points, dimensions }: KeypointShape,
  { values, first, stride, unit = { xPx: 1, yPx: 1 } }: KeypointPlace,
  letterbox: Letterbox,
): Details {
  const keypoints = Array.from({ length: points }, (_, point) => {
    const at = first + point * dimensions * stride;
    const visibility = dimensions === 3 ? values[at + 2 * stride]! : 1;
    return {
      ...pointToImage(letterbox, values[at]! * unit.xPx, values[at + stride]! * unit.yPx),
      score: Math.min(Math.max(visibility, 0), 1),
    };
  });
  // The points are known by their places in the list: with one of them missing the others would be misnamed.
  const allFinite = keypoints.every(({ xPx, yPx, score }) => Number.isFinite(xPx + yPx + score));
  return allFinite ? { keypoints } : {};
}
