import { z } from 'zod';
import { troubleBesideText } from './troubles.ts';

export const modeSchema = z.enum(['disarmed', 'manual', 'auto', 'stopping', 'estop']);
export type Mode = z.infer<typeof modeSchema>;

/** One thing that stands in the way of arming, in words for people, with what cures it. */
export const armingObstacleSchema = z.object({
  code: z.string(),
  text: z.string(),
  cure: z.string(),
  /** What exactly, by its code: for texts in other languages. */
  trouble: troubleBesideText,
});
export type ArmingObstacle = z.infer<typeof armingObstacleSchema>;
