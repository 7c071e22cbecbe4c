import type { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { neutralise } from '../actuation/neutralise.ts';
import type { CarConfig } from '../car/config.ts';
import { type ActuationProcess, type ProcessLog, spawnActuation } from '../children/processes.ts';
import type { ServiceReading } from '../doctor/readings.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { UserError } from '../platform/user-error.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { rates } from '../protocol/rates.ts';

const endGraceMs = 3000;
const askAgainMs = 500;

export interface Held {
  readonly steering: number;
  readonly throttle: number;
}
const atRest: Held = { steering: 0, throttle: 0 };

/** What moves the wheels, and what ends their pulses when that has failed. */
interface MotorControl {
  readonly start: typeof spawnActuation;
  readonly neutralise: (config: ActuatorConfig, warn: (text: string) => void) => Promise<void>;
  /** How long its board may take to get ready, and it to arm: a busy car takes seconds for the process alone. */
  readonly patienceMs: number;
}
const onThisMachine: MotorControl = {
  start: spawnActuation,
  neutralise,
  patienceMs: 20_000,
};

/**
 * Wheels in the air, moved by a person at the car's own terminal. Through motor control, as when driving: its gate, its
 * limits, its expiry. When the signal is aborted they go neutral at once, and nothing moves them any more. Rejections are
 * UserError where the board does not get ready.
 */
export class BenchWheels {
  readonly #process: ActuationProcess;
  readonly #signal: AbortSignal;
  readonly #neutralise: () => Promise<void>;
  readonly #beat: NodeJS.Timeout;
  #held = atRest;
  #sequence = 0;

  private constructor(
    process: ActuationProcess,
    options: { readonly signal: AbortSignal; readonly neutralise: () => Promise<void> },
  ) {
    this.#process = process;
    this.#signal = options.signal;
    this.#neutralise = options.neutralise;
    this.#signal.addEventListener('abort', this.#stop);
    this.#beat = setInterval(() => this.#say(), rates.controlPeriodMs);
  }

  /** Armed when it resolves, and at rest. */
  static async start(
    options: { readonly config: ActuatorConfig; readonly output: ProcessLog; readonly signal: AbortSignal },
    motorControl = onThisMachine,
  ): Promise<BenchWheels> {
    const { config, output, signal } = options;
    const { patienceMs } = motorControl;
    signal.throwIfAborted();
    let isReady = false;
    let isArmed = false;
    let fault: string | undefined;
    const process = motorControl.start(output, (report) => {
      if (report.kind === 'fault') fault = report.text;
      if (report.kind !== 'status') return;
      isReady = report.boardReady;
      isArmed = report.armed;
    });
    const { send } = process;
    const wheels = new BenchWheels(process, {
      signal,
      // What OE does not obey is for whoever stands beside the wheels.
      neutralise: () => motorControl.neutralise(config, (text) => output.log.warn(text)),
    });
    const notReady = () => `the motor board did not get ready: ${fault ?? 'run "jetson-car doctor" first'}`;
    try {
      send({ kind: 'start', config });
      await waitFor(() => isReady, notReady, { patienceMs, signal });
      const arm = () => send({ kind: 'arm', atMs: monotonicNowMs() });
      arm();
      // On a busy computer it may be too old when it is read.
      const asking = setInterval(arm, askAgainMs);
      await waitFor(
        () => isArmed,
        () => 'motor control did not arm',
        { patienceMs, signal },
      ).finally(() => clearInterval(asking));
    } catch (error) {
      await wheels.end().catch((unstopped: unknown) => {
        throw new UserError(`${reasonOf(error)}\n${reasonOf(unstopped)}`);
      });
      throw error;
    }
    return wheels;
  }

  /** From now on, until something else is held. @throws UserError once it was ended by hand. */
  hold(values: Held): void {
    this.#signal.throwIfAborted();
    this.#held = values;
    this.#say();
  }

  /** Rejects with UserError when motor control did not end in order and the wheels could not be neutralised. */
  async end(): Promise<void> {
    clearInterval(this.#beat);
    this.#signal.removeEventListener('abort', this.#stop);
    const { code } = await this.#process.child.end(endGraceMs);
    // Whoever sees another code must take the wheels for driven: the board repeats its last pulse for ever.
    if (code === 0) return;
    await this.#neutralise().catch((error: unknown) => {
      throw new UserError(
        `the wheels are not known to be neutral: ${reasonOf(error)}. Switch the motor off at its battery.`,
      );
    });
  }

  /** At once, not when the movement is over. */
  readonly #stop = (): void => {
    clearInterval(this.#beat);
    this.#process.send({ kind: 'disarm', atMs: monotonicNowMs(), reason: 'ended by hand' });
  };

  #say(): void {
    this.#process.send({
      kind: 'drive',
      sequence: this.#sequence++,
      issuedAtMs: monotonicNowMs(),
      ...this.#held,
    });
  }
}

/** @throws UserError for wheels that somebody else holds, or that nobody watches. */
export function refuseWhereUnsafe(config: CarConfig, service: ServiceReading, what: string): void {
  if (config.actuators.bus.kind === 'simulated') return;
  if (!process.stdin.isTTY) {
    throw new UserError(`${what} asks what you see, and nobody is at the keyboard. Run it in a terminal.`);
  }
  if (service.kind === 'installed' && service.active !== 'inactive' && service.active !== 'failed') {
    throw new UserError('the service holds the wheels. First: sudo systemctl stop jetson-car');
  }
}

async function waitFor(
  isSo: () => boolean,
  otherwise: () => string,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const deadlineMs = monotonicNowMs() + patienceMs;
  while (!isSo()) {
    if (monotonicNowMs() > deadlineMs) throw new UserError(otherwise());
    await wait(rates.controlPeriodMs, signal);
  }
}

/** Rejects at once with the signal's reason when it is aborted. */
export async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

/** The person wants it to end now: Ctrl-C, the terminal's end, or a signal from elsewhere. */
export function interruptAt(terminal: EventEmitter): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = (): void => controller.abort(new UserError('ended by hand: the wheels are neutral'));
  // While it reads lines, the terminal hands Ctrl-C to readline and not to the process.
  terminal.on('SIGINT', interrupt);
  for (const name of signals) process.on(name, interrupt);
  return {
    signal: controller.signal,
    forget() {
      for (const name of signals) process.off(name, interrupt);
    },
  };
}
