import type { Random } from '../../daemon/planning/testing/random.ts';
import type { DriverCommand, Stick } from '../../daemon/protocol/driver-command.ts';
import type { Faults } from './faults.ts';
import { UnderWay } from './under-way.ts';

const sendPeriodMs = 30;

/** The driver's phone, and the link between it and the car. */
export class CampaignPhone {
  readonly #random: Random;
  readonly #link = new UnderWay<{ stick: Stick; inputAtMs: number; sentAtMs: number; sequence: number }>();
  #sequence = 0;
  #inputAtMs = 0;
  #newestSentAtMs: number | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  step(stick: Stick, faults: Faults, nowMs: number): void {
    if (!faults.inputFrozen) this.#inputAtMs = nowMs;
    if (nowMs % sendPeriodMs !== 0 || faults.phone === 'silent') return;
    const sequence = this.#sequence++;
    if (this.#random.uniform() < faults.phoneLoss) return;
    const dueMs = nowMs + this.#random.uniform() * faults.phoneJitterMs;
    this.#link.send({ stick, inputAtMs: this.#inputAtMs, sentAtMs: nowMs, sequence }, dueMs);
  }

  take(nowMs: number): DriverCommand[] {
    return this.#link.take(nowMs).map(({ stick, inputAtMs, sentAtMs, sequence }) => {
      this.#newestSentAtMs = Math.max(sentAtMs, this.#newestSentAtMs ?? sentAtMs);
      return { ...stick, sequence, receivedAtMs: nowMs, inputAgeMs: nowMs - inputAtMs };
    });
  }

  /** Of the newest command that has arrived. */
  commandAgeMs(nowMs: number): number | undefined {
    return this.#newestSentAtMs === undefined ? undefined : nowMs - this.#newestSentAtMs;
  }
}
