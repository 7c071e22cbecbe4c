import type { ActuationReport, ActuationStatus } from '../protocol/actuation-messages.ts';
import { rates } from '../protocol/rates.ts';
import type { Fault } from './arming.ts';
import type { ModeEvent } from './modes.ts';

/** Within this the actuation process must show what it was told: with a report late, a disagreement ends in 300 ms. */
const agreementMs = 2 * rates.actuationStatusPeriodMs;
/** Transitions to (or in) the unarmed state that follow from what the gate was told. */
const toldCauses = new Set(['disarmed', 'emergency-stop', 'stop-cleared', 'board-ready']);

/**
 * What the actuation process says of itself, held against what it was told. It may refuse or drop an arming by its own
 * judgement, and its word counts.
 */
export class GateWatch {
  #status: ActuationStatus | undefined;
  #fault: Fault | undefined;
  #unreadFault: Fault | undefined;
  /** Faults are reported again and again while they last, and are news once. */
  #toldFault: string | undefined;
  #disarmedItself: string | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #alive = false;
  /** It ended or was at fault, and does not stand ready yet. */
  #missed = false;
  #returned = false;

  get status(): ActuationStatus | undefined {
    return this.#status;
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  get alive(): boolean {
    return this.#alive;
  }

  setAlive(alive: boolean): void {
    this.#alive = alive;
    if (alive) return;
    this.#missed = true;
    this.#status = undefined;
    this.#fault = undefined;
    this.#unreadFault = undefined;
    this.#toldFault = undefined;
    this.#disarmedItself = undefined;
  }

  accept(report: ActuationReport): void {
    switch (report.kind) {
      case 'status':
        this.#alive = true;
        this.#status = report;
        // A board that answers again is no longer at fault.
        if (report.boardReady) {
          this.#fault = undefined;
          this.#toldFault = undefined;
          if (this.#missed) this.#returned = true;
          this.#missed = false;
        }
        return;
      case 'transition':
        this.#alive = true;
        if (!report.armed && report.atMs >= this.#toldAtMs && !toldCauses.has(report.cause))
          this.#disarmedItself = report.text;
        return;
      case 'fault':
        this.#alive = true;
        this.#fault = { text: report.text, ...(report.trouble !== undefined && { trouble: report.trouble }) };
        this.#unreadFault = this.#fault;
        this.#missed = true;
        return;
    }
  }

  /** Armed, disarmed, stopped or released just now: reports made before do not count any more. */
  told(nowMs: number): void {
    this.#toldAtMs = nowMs;
    this.#disarmedItself = undefined;
    this.#fault = undefined;
  }

  events(nowMs: number, armed: boolean): ModeEvent[] {
    const events: ModeEvent[] = [];
    if (this.#unreadFault !== undefined && (armed || this.#unreadFault.text !== this.#toldFault)) {
      events.push({ kind: 'actuation-fault', ...this.#unreadFault });
      this.#toldFault = this.#unreadFault.text;
    }
    this.#unreadFault = undefined;
    const status = this.#status;
    const settled = status !== undefined && status.atMs > this.#toldAtMs + agreementMs;
    if (settled && status.stopLatched)
      events.push({
        kind: 'stop-pressed',
        by: status.stopButton === 'pressed' ? 'the stop button on the car' : 'motor control',
      });
    if (!armed) return events;
    if (this.#disarmedItself !== undefined) {
      const text = this.#disarmedItself;
      // The gate has but the fault's text.
      const trouble = this.#fault?.text === text ? this.#fault.trouble : undefined;
      events.push({ kind: 'actuation-fault', text, ...(trouble !== undefined && { trouble }) });
    } else if (settled && !status.armed) {
      events.push({ kind: 'actuation-fault', text: status.neutralReason ?? 'motor control is not armed' });
    } else if (nowMs > this.#toldAtMs + 2 * agreementMs && status === undefined) {
      events.push({ kind: 'actuation-fault', text: 'motor control does not report' });
    }
    this.#disarmedItself = undefined;
    return events;
  }

  /** Once, when it stands ready again after it had ended or was at fault. */
  takeReturn(): boolean {
    const returned = this.#returned;
    this.#returned = false;
    return returned;
  }

  /** The gate still says armed although it was told to disarm a while ago. */
  disobeys(armed: boolean): boolean {
    return !armed && this.#status?.armed === true && this.#status.atMs > this.#toldAtMs + agreementMs;
  }
}
