/** What is kept, and what it may take at most. */
export const keptMs = 30_000;
const keptBytes = 8 << 20;
/** Pictures are for people who look at it afterwards: one or two a second do. */
export const picturePeriodMs = 500;

interface Entry {
  readonly atMs: number;
  readonly line: string;
  readonly jpeg: Uint8Array | undefined;
  readonly bytes: number;
}

/**
 * The newest half minute of whatever it is told: commands, events, detections, registers, small pictures. Older entries go,
 * and so do the oldest of too many.
 */
export class BlackBox {
  readonly #entries: Entry[] = [];
  /** Entries before this one are gone already; they are dropped for good now and then. */
  #first = 0;
  #bytes = 0;
  #picturedAtMs = Number.NEGATIVE_INFINITY;

  get bytes(): number {
    return this.#bytes;
  }

  /** @param what is written as JSON, now: it may change afterwards. */
  add(kind: string, what: object, atMs: number): void {
    this.#push({ atMs, line: JSON.stringify({ kind, atMs, ...what }), jpeg: undefined });
  }

  /** Keeps a copy of one in so many. */
  addPicture(
    header: { readonly frameId: number; readonly capturedAtMs: number },
    jpeg: Uint8Array,
    atMs: number,
  ): void {
    if (atMs - this.#picturedAtMs < picturePeriodMs) return;
    this.#picturedAtMs = atMs;
    const { frameId, capturedAtMs } = header;
    this.#push({ atMs, line: JSON.stringify({ kind: 'picture', atMs, frameId, capturedAtMs }), jpeg: jpeg.slice() });
  }

  /** One JSON object a line, oldest first; a picture's line has its JPEG as base64 in `jpeg`. */
  lines(nowMs: number): string[] {
    this.#forget(nowMs);
    return this.#entries
      .slice(this.#first)
      .map(({ line, jpeg }) =>
        jpeg === undefined ? line : `${line.slice(0, -1)},"jpeg":"${Buffer.from(jpeg).toString('base64')}"}`,
      );
  }

  #push(entry: Omit<Entry, 'bytes'>): void {
    const bytes = entry.line.length + (entry.jpeg?.length ?? 0);
    this.#entries.push({ ...entry, bytes });
    this.#bytes += bytes;
    this.#forget(entry.atMs);
  }

  #forget(nowMs: number): void {
    for (let oldest = this.#entries[this.#first]; oldest !== undefined; oldest = this.#entries[this.#first]) {
      if (nowMs - oldest.atMs <= keptMs && this.#bytes <= keptBytes) break;
      this.#bytes -= oldest.bytes;
      this.#first += 1;
    }
    if (this.#first <= 1000) return;
    this.#entries.splice(0, this.#first);
    this.#first = 0;
  }
}
