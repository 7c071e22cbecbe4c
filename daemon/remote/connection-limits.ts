/** What a connection is to the limits; a socket, or in a test anything. */
export interface LimitedConnection {
  destroy(): unknown;
}

interface Entry {
  readonly connection: LimitedConnection;
  readonly source: string;
  /** It has shown that it belongs to somebody who may be here. */
  belongs: boolean;
}

/**
 * How many connections may be open, from one source and in all. When there are too many, the oldest that has not shown
 * whose it is goes, of the fullest source first: five hundred idle connections never keep the driver out, nor make it
 * lose its place. Where all belong to somebody, the new one is refused.
 */
export class ConnectionLimits {
  readonly #perSource: number;
  readonly #inAll: number;
  /** Oldest first. */
  readonly #entries = new Map<LimitedConnection, Entry>();
  #turnedAway = 0;

  constructor(options: { perSource: number; inAll: number }) {
    this.#perSource = options.perSource;
    this.#inAll = options.inAll;
  }

  get count(): number {
    return this.#entries.size;
  }

  get turnedAway(): number {
    return this.#turnedAway;
  }

  opened(connection: LimitedConnection, source: string): void {
    this.#entries.set(connection, { connection, source, belongs: false });
    const own = [...this.#entries.values()].filter((entry) => entry.source === source);
    if (own.length > this.#perSource) this.#drop(own);
    else if (this.#entries.size > this.#inAll) this.#drop(this.#fullest());
  }

  closed(connection: LimitedConnection): void {
    this.#entries.delete(connection);
  }

  /** The device behind it is paired, or it is this machine's own page that drives. */
  belongs(connection: LimitedConnection): void {
    const entry = this.#entries.get(connection);
    if (entry !== undefined) entry.belongs = true;
  }

  /** The oldest without an owner among these; they end with the new one, which therefore goes when all others belong. */
  #drop(among: readonly Entry[]): void {
    const gone = among.find((entry) => !entry.belongs) ?? among.at(-1);
    if (gone === undefined) return;
    this.#entries.delete(gone.connection);
    this.#turnedAway++;
    gone.connection.destroy();
  }

  #fullest(): readonly Entry[] {
    const bySource = new Map<string, Entry[]>();
    for (const entry of this.#entries.values()) {
      if (!entry.belongs) bySource.set(entry.source, [...(bySource.get(entry.source) ?? []), entry]);
    }
    return [...bySource.values()].reduce((most, one) => (one.length > most.length ? one : most), []);
  }
}
