import { createHash } from 'node:crypto';

/** How long a ticket is good for. */
export const ticketLifeMs = 5000;
/** More than anybody needs at once; the oldest goes first. */
const maxTickets = 256;

/**
 * Stand-ins for a token where only a URL can carry one: good once, for five seconds, so that a URL in a log or a history is
 * worth nothing. Only their hashes are kept.
 */
export class Tickets<Holder> {
  readonly #tickets = new Map<string, { readonly holder: Holder; readonly untilMs: number }>();

  /** @param random 128 bits or more that nobody can guess. */
  issue(holder: Holder, random: string, nowMs: number): string {
    for (const [hash, { untilMs }] of this.#tickets) if (nowMs >= untilMs) this.#tickets.delete(hash);
    const oldest = this.#tickets.keys().next().value;
    if (this.#tickets.size >= maxTickets && oldest !== undefined) this.#tickets.delete(oldest);
    this.#tickets.set(hashOf(random), { holder, untilMs: nowMs + ticketLifeMs });
    return random;
  }

  /** Whose ticket it was; from now on it is nobody's. */
  redeem(ticket: string, nowMs: number): Holder | undefined {
    const hash = hashOf(ticket);
    const found = this.#tickets.get(hash);
    this.#tickets.delete(hash);
    return found !== undefined && nowMs < found.untilMs ? found.holder : undefined;
  }
}

/** Looking a hash up leaks, by its time, nothing of the secret that it was made of. */
function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket, 'utf8').digest('base64url');
}
