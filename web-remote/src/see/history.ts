import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import { crossTrackM } from './cross-track.ts';

/** What is plotted, one value a telemetry; null where it was not known. */
export const historySeries = [
  'waitMs',
  'preprocessMs',
  'runMs',
  'decodeMs',
  'frameToCommandMs',
  'linkMs',
  'steeringAsked',
  'steeringGiven',
  'throttleAsked',
  'throttleGiven',
  'crossTrackM',
] as const;
export type HistorySeries = (typeof historySeries)[number];

type Values = Readonly<Record<HistorySeries, number | null>>;

/** The last minute of telemetry, for the plots. Grows by one with each; the oldest goes. */
export class History {
  /** Seconds of the car's clock. */
  readonly timesS: number[] = [];
  readonly values: Readonly<Record<HistorySeries, (number | null)[]>>;
  readonly #length: number;

  constructor(length = 600) {
    this.#length = length;
    this.values = Object.fromEntries(historySeries.map((name) => [name, []])) as unknown as Record<
      HistorySeries,
      (number | null)[]
    >;
  }

  add(telemetry: Telemetry, linkRoundTripMs: number | undefined): void {
    const timeS = telemetry.atMs / 1000;
    // A car that was started anew counts from the start again: what was before is another car's.
    if (timeS <= (this.timesS.at(-1) ?? Number.NEGATIVE_INFINITY)) this.clear();
    this.timesS.push(timeS);
    const values = valuesOf(telemetry, linkRoundTripMs);
    for (const name of historySeries) this.values[name].push(values[name]);
    if (this.timesS.length <= this.#length) return;
    this.timesS.shift();
    for (const name of historySeries) this.values[name].shift();
  }

  clear(): void {
    this.timesS.length = 0;
    for (const name of historySeries) this.values[name].length = 0;
  }
}

function valuesOf(telemetry: Telemetry, linkRoundTripMs: number | undefined): Values {
  const { stages, asked, given, plan } = telemetry;
  return {
    waitMs: stages?.waitMs ?? null,
    preprocessMs: stages?.preprocessMs ?? null,
    runMs: stages?.runMs ?? null,
    decodeMs: stages?.decodeMs ?? null,
    frameToCommandMs: telemetry.frameToCommandMs ?? null,
    linkMs: linkRoundTripMs ?? null,
    // On the plot, as on the stick, right is up from the middle to the right: the sign of the page, not of REP-103.
    steeringAsked: 0 - asked.steering,
    steeringGiven: 0 - given.steering,
    throttleAsked: asked.throttle,
    throttleGiven: given.throttle,
    crossTrackM: (plan && crossTrackM(plan.centreLine)) ?? null,
  };
}
