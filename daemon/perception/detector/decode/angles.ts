import type { NetworkHints } from './decoder.ts';

/**
 * Whether a graph takes the sine and the cosine of something, as those do that decode oriented boxes: their heads
 * have an angle behind the scores, which a shape alone lets pass for one more class.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/utils/tal.py (dist2rbox)
 */
export function takesAngles({ operators }: Pick<NetworkHints, 'operators'>): boolean {
  return operators.has('Cos') && operators.has('Sin');
}

/** One for each degree. */
const angleBins = 180;

/**
 * Whether so many numbers behind a box and its objectness may be classes and an angle's bins, as yolov5-obb has them. Labels
 * tell, and a card that names the layout.
 * @see https://github.com/hukaixuan19970627/yolov5_obb/blob/master/models/yolo.py (Detect: `no = nc + 5 + 180`)
 */
export function mayBeAngleBins({ statedClasses }: Pick<NetworkHints, 'statedClasses'>, classCount: number): boolean {
  return classCount > angleBins && statedClasses !== classCount;
}
