import { rates } from '../../../daemon/protocol/rates.ts';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import {
  type TelemetryHistory,
  type TrackedValues,
  trackedNames,
  trackedValuesOf,
} from '../../../daemon/protocol/telemetry-history.ts';

/** What is plotted, one value a telemetry; null where it was not known. */
export const historySeries = [...trackedNames, 'linkMs'] as const;
export type HistorySeries = (typeof historySeries)[number];

type Values = Readonly<Record<HistorySeries, number | null>>;

interface Sample {
  readonly timeS: number;
  readonly values: Values;
}

const spanS = rates.historySpanMs / 1000;

/** The last minute of telemetry, for the plots. Grows by one with each; what is older goes. */
export class History {
  /** Seconds of the car's clock. */
  readonly timesS: number[] = [];
  readonly values: Readonly<Record<HistorySeries, (number | null)[]>>;
  readonly #most: number;

  /** @param most samples, however quickly they come. */
  constructor(most = rates.historySpanMs / rates.telemetryPeriodMs) {
    this.#most = most;
    this.values = Object.fromEntries(historySeries.map((name) => [name, []])) as unknown as Record<
      HistorySeries,
      (number | null)[]
    >;
  }

  add(telemetry: Telemetry, linkRoundTripMs: number | undefined): void {
    const timeS = telemetry.atMs / 1000;
    // A car that was started anew counts from the start again: what was before is another car's.
    if (timeS <= (this.timesS.at(-1) ?? Number.NEGATIVE_INFINITY)) this.clear();
    this.#push({ timeS, values: { ...asPlotted(trackedValuesOf(telemetry)), linkMs: linkRoundTripMs ?? null } });
    this.#forgetOld();
  }

  /** What the car remembers of the time in which this page was not there: before its first telemetry, or in a gap behind its last. */
  recall(history: TelemetryHistory): void {
    const recalled = samplesOf(history);
    const newest = recalled.at(-1);
    if (newest === undefined) return;
    // Another car's, as above.
    if (newest.timeS < (this.timesS[0] ?? Number.NEGATIVE_INFINITY)) this.clear();
    const own = this.timesS.map((timeS, i): Sample => ({ timeS, values: this.#valuesAt(i) }));
    const [firstS, lastS] = [own[0]?.timeS ?? Number.POSITIVE_INFINITY, own.at(-1)?.timeS ?? Number.POSITIVE_INFINITY];
    this.clear();
    const before = recalled.filter(({ timeS }) => timeS < firstS);
    const after = recalled.filter(({ timeS }) => timeS > lastS);
    for (const sample of [...before, ...own, ...after]) this.#push(sample);
    this.#forgetOld();
  }

  clear(): void {
    this.timesS.length = 0;
    for (const name of historySeries) this.values[name].length = 0;
  }

  #valuesAt(index: number): Values {
    return Object.fromEntries(historySeries.map((name) => [name, this.values[name][index] ?? null])) as Values;
  }

  #push({ timeS, values }: Sample): void {
    this.timesS.push(timeS);
    for (const name of historySeries) this.values[name].push(values[name]);
  }

  #forgetOld(): void {
    const oldestS = (this.timesS.at(-1) ?? 0) - spanS;
    const kept = this.timesS.findIndex((timeS) => timeS > oldestS);
    const gone = Math.max(kept, this.timesS.length - this.#most);
    if (gone <= 0) return;
    this.timesS.splice(0, gone);
    for (const name of historySeries) this.values[name].splice(0, gone);
  }
}

/** Of times that do not grow, the first ones: what is plotted goes from left to right. */
function samplesOf({ atMs, ...columns }: TelemetryHistory): Sample[] {
  let newestMs = Number.NEGATIVE_INFINITY;
  return atMs.flatMap((sampleAtMs, i) => {
    if (sampleAtMs <= newestMs) return [];
    newestMs = sampleAtMs;
    const tracked = Object.fromEntries(trackedNames.map((name) => [name, columns[name]?.[i] ?? null])) as TrackedValues;
    // How long the way to this page was, nobody has measured.
    return [{ timeS: sampleAtMs / 1000, values: { ...asPlotted(tracked), linkMs: null } }];
  });
}

/** On the plot, as on the stick, right is up from the middle to the right: the sign of the page, not of REP-103. */
function asPlotted(tracked: TrackedValues): TrackedValues {
  const { steeringAsked, steeringGiven } = tracked;
  return {
    ...tracked,
    steeringAsked: steeringAsked === null ? null : 0 - steeringAsked,
    steeringGiven: steeringGiven === null ? null : 0 - steeringGiven,
  };
}
