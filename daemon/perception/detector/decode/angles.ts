import type { NetworkHints } from './decoder.ts';

/**
 * Whether a graph takes the sine and the cosine of something, as those do that decode boxes which are turned: their heads
 * have an angle behind the scores, which a shape alone lets pass for one more class.
 * @see https://github.com/ultralytics/ultralytics/blob/main/ultralytics/utils/tal.py (dist2rbox)
 */
export function takesAngles({ operators }: Pick<NetworkHints, 'operators'>): boolean {
  return operators.has('Cos') && operators.has('Sin');
}
