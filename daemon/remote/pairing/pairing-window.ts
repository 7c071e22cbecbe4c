import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '../../protocol/pairing.ts';
import { TryLimit, type TryVerdict } from './try-limit.ts';

/** How long a code is good for. Long enough for a class to type it in, short enough to be watched over. */
export const pairingWindowMs = 5 * 60_000;
const triesPerSource = 5;
/** Twenty guesses at a million codes: the odds of a hit are 1 in 50 000 per ten minutes. */
const triesInAll = 20;
const triesWindowMs = 10 * 60_000;

export type PairingState =
  | { readonly open: false }
  | { readonly open: true; readonly code: string; readonly role: Role; readonly untilMs: number };

export type CodeVerdict =
  | { readonly kind: 'right'; readonly role: Role }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'too-many'; readonly retryAtMs: number };

/**
 * When and by which code a device may be paired. Open only for a while after somebody at the car opened it, with a new
 * code each time. Time and randomness are arguments.
 */
export class PairingWindow {
  readonly #tries = new TryLimit({ perSource: triesPerSource, inAll: triesInAll, windowMs: triesWindowMs });
  #state: PairingState = { open: false };

  /** @param randomCode six digits, each equally likely. */
  open(options: { readonly role: Role; readonly randomCode: string; readonly nowMs: number }): void {
    const { role, randomCode, nowMs } = options;
    this.#state = { open: true, code: randomCode, role, untilMs: nowMs + pairingWindowMs };
  }

  close(): void {
    this.#state = { open: false };
  }

  state(nowMs: number): PairingState {
    if (this.#state.open && nowMs >= this.#state.untilMs) this.close();
    return this.#state;
  }

  /**
   * Whether the code is right. The limits are asked first, whether the window is open or not: a source that has used
   * its tries up learns nothing from further ones. The comparison takes equally long for every wrong code.
   */
  judge(code: string, source: string, nowMs: number): CodeVerdict {
    const tries: TryVerdict = this.#tries.take(source, nowMs);
    if (!tries.allowed) return { kind: 'too-many', retryAtMs: tries.retryAtMs };
    const state = this.state(nowMs);
    if (!state.open) return { kind: 'closed' };
    if (!timingSafeEqual(digest(code), digest(state.code))) return { kind: 'wrong' };
    this.#tries.forgive(source);
    return { kind: 'right', role: state.role };
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
