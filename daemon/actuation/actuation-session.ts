import { setTimeout as wait } from 'node:timers/promises';
import { monotonicNowMs } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { ActuationReport } from '../protocol/actuation-messages.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { rates } from '../protocol/rates.ts';
import { actuationStatus } from './actuation-status.ts';
import { Board } from './board.ts';
import type { BoardFault } from './board-fault.ts';
import type { BoardEnd } from './board-types.ts';
import type { I2cBus } from './bus/i2c-bus.ts';
import { openBus } from './bus/open-bus.ts';
import { type CarLight, Fittings } from './fittings.ts';
import { Gate } from './gate.ts';
import { gateLimits } from './gate-limits.ts';
import type { GateInput, GateOutput } from './gate-types.ts';
import { openPins } from './pins/open-pins.ts';

export interface ActuationSessionDependencies {
  report(message: ActuationReport): void;
  readonly log: Logger;
}

/** Reports that repeat themselves while a fault lasts. */
const repeatMs = 1000;
/** At the end the wheels may take this long to centre before the pulses stop. */
const centringLimitMs = 150;
const longestQuote = 200;

/** From `start` to the end of the process: gate and board, driven by commands as they come and by a tick. */
export class ActuationSession {
  readonly #dependencies: ActuationSessionDependencies;
  readonly #gate: Gate;
  readonly #board: Board;
  readonly #fittings: Fittings;
  /** As the board has it open. */
  #bus: I2cBus | undefined;
  readonly #timer: NodeJS.Timeout;
  #output: GateOutput;
  #statusAtMs = 0;
  #repeatedAtMs = 0;
  #refusedLines = 0;
  #refusedLinesTold = 0;
  #lastRefusal = '';

  constructor(config: ActuatorConfig, dependencies: ActuationSessionDependencies) {
    this.#dependencies = dependencies;
    this.#gate = new Gate(gateLimits(config));
    this.#output = this.#gate.step({ kind: 'tick' }, monotonicNowMs()).output;
    this.#board = new Board(config, {
      openBus: async () => {
        this.#bus = await openBus(config.bus);
        return this.#bus;
      },
      openPins,
      nowMs: monotonicNowMs,
      wait: (milliseconds) => wait(milliseconds),
      onFault: (fault) => this.#onFault(fault),
    });
    this.#fittings = new Fittings(config, {
      bus: () => this.#bus,
      openPins,
      onStop: (reason) => this.apply({ kind: 'emergency-stop', atMs: monotonicNowMs(), reason }),
      onMissing: (text) => dependencies.log.warn({ text }, 'something that is fitted does not answer'),
    });
    void this.#fittings.start();
    this.#timer = setInterval(() => this.#tick(), rates.actuationPeriodMs);
    this.#tick();
  }

  /** What the gate makes of it is on its way to the wheels when this returns. */
  apply(input: GateInput): void {
    const nowMs = monotonicNowMs();
    const { output, transitions } = this.#gate.step(input, nowMs);
    this.#output = output;
    this.#board.set(output);
    for (const transition of transitions) {
      this.#dependencies.report({ kind: 'transition', atMs: nowMs, ...transition });
      this.#dependencies.log.info(transition, transition.cause);
    }
  }

  show(picture: Uint8Array): void {
    this.#fittings.show(picture);
  }

  /** A line that is no command, and the kind it gave itself. Whatever wanted to stop the car stops it. */
  refuse(kind: string | undefined, text: string): void {
    const atMs = monotonicNowMs();
    const quote = text.slice(0, longestQuote);
    if (kind === 'drive') {
      this.apply({ kind: 'violation', text: quote });
      return;
    }
    this.#refusedLines += 1;
    this.#lastRefusal = quote;
    if (kind === 'emergency-stop') this.apply({ kind, atMs, reason: `a malformed stop: ${quote}` });
    if (kind === 'disarm') this.apply({ kind, atMs, reason: `a malformed disarm: ${quote}` });
  }

  /** Throttle neutral now, wheels centred, two periods, no more pulses. */
  async end(reason: string): Promise<BoardEnd> {
    const deadlineMs = monotonicNowMs() + centringLimitMs;
    this.apply({ kind: 'end', reason });
    while (this.#output.steering !== 0 && monotonicNowMs() < deadlineMs) await wait(rates.actuationPeriodMs / 2);
    return this.abandon();
  }

  /** The same without the gate. */
  async abandon(): Promise<BoardEnd> {
    clearInterval(this.#timer);
    this.#fittings.stop();
    const ended = this.#board.end();
    setImmediate(() => this.#fittings.darken());
    return ended;
  }

  #tick(): void {
    this.apply({ kind: 'tick' });
    this.#board.tick();
    const nowMs = monotonicNowMs();
    this.#fittings.tick(nowMs, this.#light());
    if (nowMs - this.#statusAtMs >= rates.actuationStatusPeriodMs) {
      this.#statusAtMs = nowMs;
      const parts = {
        gate: this.#gate,
        board: this.#board,
        output: this.#output,
        refusedLines: this.#refusedLines,
        fittings: this.#fittings.status(nowMs),
      };
      this.#dependencies.report(actuationStatus(parts, nowMs));
    }
    if (nowMs - this.#repeatedAtMs >= repeatMs) {
      this.#repeatedAtMs = nowMs;
      this.#repeat(nowMs);
    }
  }

  #light(): CarLight {
    if (this.#gate.stopLatched) return 'stopped';
    if (this.#board.fault !== undefined) return 'fault';
    return this.#output.armed ? 'armed' : 'ready';
  }

  #onFault(fault: BoardFault | undefined): void {
    this.apply({ kind: 'board', fault: fault?.text });
    if (fault === undefined || fault.cause === 'starting') return;
    const { cause, text } = fault;
    this.#dependencies.log.error({ cause, text, busErrors: this.#board.busErrors }, 'motor board fault');
    this.#reportFault(fault, monotonicNowMs());
  }

  #reportFault({ cause, text, trouble }: BoardFault, atMs: number): void {
    this.#dependencies.report({ kind: 'fault', atMs, cause, text, ...(trouble !== undefined && { trouble }) });
  }

  #repeat(nowMs: number): void {
    const fault = this.#board.fault;
    if (fault !== undefined && fault.cause !== 'starting') this.#reportFault(fault, nowMs);
    if (this.#refusedLines > this.#refusedLinesTold) {
      const lines = this.#refusedLines - this.#refusedLinesTold;
      this.#refusedLinesTold = this.#refusedLines;
      this.#dependencies.log.warn({ lines, last: this.#lastRefusal }, 'lines that are no commands were ignored');
    }
  }
}
