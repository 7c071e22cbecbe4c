import { z } from 'zod';

/** What a driver may have the car do to itself, while it is disarmed. */
export const powerActions = ['restart-program', 'restart-car', 'shut-down'] as const;
const powerActionSchema = z.enum(powerActions);
export type PowerAction = z.infer<typeof powerActionSchema>;

/** Why something cannot be done; a word for programs and for texts in other languages. */
const powerObstacleCodes = ['not-allowed', 'no-service-manager', 'not-a-service', 'just-started'] as const;
const powerObstacleSchema = z.object({
  code: z.enum(powerObstacleCodes),
  text: z.string(),
  cure: z.string(),
});
export type PowerObstacle = z.infer<typeof powerObstacleSchema>;

export const powerStateSchema = z.object({
  /** A simulated car only says what it would do. */
  isSimulated: z.boolean(),
  actions: z.array(
    z.object({
      action: powerActionSchema,
      /** Absent where nothing stands in the way. */
      obstacle: powerObstacleSchema.optional(),
    }),
  ),
});
export type PowerState = z.infer<typeof powerStateSchema>;

export const powerRequestSchema = z.strictObject({ action: powerActionSchema });
export const powerAnswerSchema = z.object({
  /** `would`: by a simulated car, which did nothing. */
  kind: z.enum(['begun', 'would']),
  text: z.string(),
});
export type PowerAnswer = z.infer<typeof powerAnswerSchema>;
