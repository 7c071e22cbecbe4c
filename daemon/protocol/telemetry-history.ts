import { z } from 'zod';
import { crossTrackM } from './cross-track.ts';
import { rates } from './rates.ts';
import type { Telemetry } from './telemetry.ts';

/** What is kept of each telemetry, for plots. */
export const trackedNames = [
  'waitMs',
  'preprocessMs',
  'runMs',
  'decodeMs',
  'frameToCommandMs',
  'steeringAsked',
  'steeringGiven',
  'throttleAsked',
  'throttleGiven',
  'crossTrackM',
] as const;
export type TrackedName = (typeof trackedNames)[number];

/** As telemetry has them: normalised with +1 left and forward; metres that the car is left of its line. Null where not known. */
export type TrackedValues = Readonly<Record<TrackedName, number | null>>;

/** No more samples than this in one message, however quickly telemetry comes. */
export const mostHistorySamples: number = rates.historySpanMs / rates.historyPeriodMs;

const column = z.array(z.number().nullable()).max(mostHistorySamples).optional();

/**
 * What was before a page came, column by column, oldest first, each as long as `atMs`. `null` where something was not known, and
 * no column where it never was.
 */
export const telemetryHistorySchema = z
  .object({
    kind: z.literal('telemetry-history'),
    /** The car's clock, as in telemetry. */
    atMs: z.array(z.number()).max(mostHistorySamples),
    ...(Object.fromEntries(trackedNames.map((name) => [name, column])) as Record<TrackedName, typeof column>),
  })
  .refine(({ atMs, ...columns }) => trackedNames.every((name) => (columns[name] ?? atMs).length === atMs.length), {
    error: 'each column has one value for each time',
  });
export type TelemetryHistory = z.infer<typeof telemetryHistorySchema>;

export function trackedValuesOf({ stages, frameToCommandMs, asked, given, plan }: Telemetry): TrackedValues {
  return {
    waitMs: stages?.waitMs ?? null,
    preprocessMs: stages?.preprocessMs ?? null,
    runMs: stages?.runMs ?? null,
    decodeMs: stages?.decodeMs ?? null,
    frameToCommandMs: frameToCommandMs ?? null,
    steeringAsked: asked.steering,
    steeringGiven: given.steering,
    throttleAsked: asked.throttle,
    throttleGiven: given.throttle,
    crossTrackM: (plan && crossTrackM(plan.centreLine)) ?? null,
  };
}
