import { z } from 'zod';
import { UserError } from '../platform/user-error.ts';
import type { Pose } from '../protocol/geometry.ts';
import { type Track, trackPoseAt } from './tracks/track.ts';

/** Something that is put on the track beside its cones. */
export const obstacleSchema = z.strictObject({
  kind: z.enum(['stop-sign', 'person', 'box']),
  /** Along the centre line from the start line. */
  atM: z.number().finite(),
  /** To the left of the centre line. Absent: in the middle; a stop sign beside the right border. */
  offsetM: z.number().finite().optional(),
});
export type Obstacle = z.infer<typeof obstacleSchema>;

export interface PlacedObstacle extends Pose {
  readonly kind: Obstacle['kind'];
  /** What of it stands on the ground. */
  readonly radiusM: number;
}

const besideBorderM = 0.14;
export const obstacleSizes = {
  'stop-sign': { radiusM: 0.015, heightM: 0.42, sizeM: 0.16 },
  person: { radiusM: 0.07, heightM: 0.5 },
  box: { radiusM: 0.11, lengthM: 0.2, widthM: 0.22, heightM: 0.18 },
} as const;

/**
 * Where obstacles stand in the world, facing the car that comes.
 * @throws UserError for one that is more than a lap away.
 */
export function placeObstacles(track: Track, obstacles: readonly Obstacle[]): PlacedObstacle[] {
  return obstacles.map(({ kind, atM, offsetM }) => {
    if (Math.abs(atM) > track.lengthM) {
      throw new UserError(
        `${kind}@${atM} is not on the track: ${track.name} is ${track.lengthM.toFixed(1)} m round. Change --obstacle.`,
      );
    }
    const share = atM / track.lengthM;
    const index = Math.floor((share - Math.floor(share)) * track.centreLine.length);
    const besideM = -(track.centreLine[index]!.rightHalfWidthM + besideBorderM);
    const pose = trackPoseAt(track, atM, offsetM ?? (kind === 'stop-sign' ? besideM : 0));
    return { kind, ...pose, headingRad: pose.headingRad + Math.PI, radiusM: obstacleSizes[kind].radiusM };
  });
}
