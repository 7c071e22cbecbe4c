import type { ActuationReport } from './protocol/actuation-messages.ts';

/**
 * Whether the car gets on with its work, for a watchdog that must not be fed by a timer alone: a loop that hangs with its
 * timers alive is what it is there for. The proof is work that was done since it was last asked: the drive loop stepped, and
 * while the car is armed, motor control wrote its registers, read them back and told so.
 */
export class ProofOfProgress {
  #stepped = false;
  #armed = false;
  #looks: number | undefined;
  #looked = false;

  /** The drive loop has made a whole step. */
  stepped(armed: boolean): void {
    this.#stepped = true;
    this.#armed = armed;
  }

  heard(report: ActuationReport): void {
    if (report.kind !== 'status') return;
    // A process that started anew counts from zero: different is enough.
    if (report.boardLooks !== undefined && report.boardLooks !== this.#looks) this.#looked = true;
    this.#looks = report.boardLooks;
  }

  /** Since this was asked last. A car that stands disarmed may be without its board: that is told, and no reason to end it. */
  hasProgressed(): boolean {
    const progressed = this.#stepped && (this.#looked || !this.#armed);
    this.#stepped = false;
    this.#looked = false;
    return progressed;
  }
}
