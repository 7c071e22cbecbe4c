import { z } from 'zod';

/** So rarely is it kept: an SD card lives longer, and a minute more or less is no matter. */
const keepPeriodMs = 5 * 60_000;

export const lastSeenFileSchema = z.strictObject({
  version: z.literal(1),
  seen: z.record(z.string().max(32), z.iso.datetime()),
});

/** Where it is kept beyond the run. Must not hold up the car, nor end it. */
export interface LastSeenStore {
  load(): Readonly<Record<string, string>>;
  save(seen: Readonly<Record<string, string>>): void;
}

/** When each paired device was last there, by the car's wall clock: for people, who revoke what they no longer know. */
export class LastSeen {
  readonly #store: LastSeenStore;
  readonly #seen: Map<string, string>;
  #keptAtMs: number | undefined;

  constructor(store: LastSeenStore) {
    this.#store = store;
    this.#seen = new Map(Object.entries(store.load()));
  }

  /** @param nowMs wall clock. @param known the devices that are paired now; others are forgotten. */
  saw(id: string, nowMs: number, known: readonly string[]): void {
    this.#seen.set(id, new Date(nowMs).toISOString());
    // A clock that was set back must not keep it from being kept.
    if (this.#keptAtMs !== undefined && Math.abs(nowMs - this.#keptAtMs) < keepPeriodMs) return;
    this.#keptAtMs = nowMs;
    for (const other of this.#seen.keys()) if (!known.includes(other)) this.#seen.delete(other);
    this.#store.save(Object.fromEntries(this.#seen));
  }

  of(id: string): string | undefined {
    return this.#seen.get(id);
  }
}
