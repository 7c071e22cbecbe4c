import { rates } from '../protocol/rates.ts';
import type { Telemetry } from '../protocol/telemetry.ts';
import {
  mostHistorySamples,
  type TelemetryHistory,
  type TrackedName,
  type TrackedValues,
  trackedNames,
  trackedValuesOf,
} from '../protocol/telemetry-history.ts';
import { encodeOnce } from './compact-json.ts';
import type { EncodedMessage } from './control-client.ts';

/** Parts of one that are told: finer than a plot on a phone shows, and no digit more, for a weak Wi-Fi. */
const partsOfOne: Readonly<Record<TrackedName, number>> = {
  waitMs: 10,
  preprocessMs: 10,
  runMs: 10,
  decodeMs: 10,
  frameToCommandMs: 10,
  steeringAsked: 100,
  steeringGiven: 100,
  throttleAsked: 100,
  throttleGiven: 100,
  crossTrackM: 1000,
};

interface Sample {
  readonly atMs: number;
  readonly values: TrackedValues;
}

/** The last minute for pages that come later, four samples a second: never more, and never older. */
export class RecentTelemetry {
  #samples: Sample[] = [];
  #encoded: { readonly untilMs: number; readonly message: EncodedMessage | undefined } | undefined;

  add(telemetry: Telemetry): void {
    const { atMs } = telemetry;
    const last = this.#samples.at(-1);
    if (last !== undefined && atMs - last.atMs < rates.historyPeriodMs) return;
    this.#samples = [...this.#within(atMs).slice(1 - mostHistorySamples), { atMs, values: trackedValuesOf(telemetry) }];
  }

  /** Undefined while there is nothing but what the next telemetry tells. */
  history(nowMs: number): TelemetryHistory | undefined {
    const samples = this.#within(nowMs);
    if (samples.length < 2) return undefined;
    const columns = trackedNames
      .map((name) => [name, samples.map(({ values }) => rounded(values[name], partsOfOne[name]))] as const)
      .filter(([, column]) => column.some((value) => value !== null));
    return {
      kind: 'telemetry-history',
      // Never later than what it is of: the next telemetry comes behind it.
      atMs: samples.map(({ atMs }) => Math.floor(atMs)),
      ...Object.fromEntries(columns),
    };
  }

  /** The same as it goes over the network: many pages that come at once cost no more than one. */
  encoded(nowMs: number): EncodedMessage | undefined {
    if (this.#encoded === undefined || nowMs >= this.#encoded.untilMs) {
      const history = this.history(nowMs);
      const message = history && encodeOnce(JSON.stringify(history));
      this.#encoded = { untilMs: nowMs + rates.historyPeriodMs, message };
    }
    return this.#encoded.message;
  }

  #within(nowMs: number): Sample[] {
    return this.#samples.filter(({ atMs }) => atMs > nowMs - rates.historySpanMs);
  }
}

function rounded(value: number | null, parts: number): number | null {
  return value === null ? null : Math.round(value * parts) / parts;
}
