import { neutralise } from '../actuation/neutralise.ts';
import type { CarConfig } from '../car/config.ts';
import type { ServiceReading } from '../doctor/readings.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { UserError } from '../platform/user-error.ts';
import { type ActuationProcess, type ProcessLog, startActuation } from '../processes.ts';
import type { ActuatorConfig } from '../protocol/actuation-messages.ts';
import { rates } from '../protocol/rates.ts';

const boardPatienceMs = 5000;
const endGraceMs = 3000;

export interface Held {
  readonly steering: number;
  readonly throttle: number;
}
const atRest: Held = { steering: 0, throttle: 0 };

/**
 * Wheels in the air, moved by a person at the car's own terminal. Through motor control, as when driving: its gate, its
 * limits, its expiry. Rejections are UserError where the board does not get ready.
 */
export class BenchWheels {
  readonly #process: ActuationProcess;
  readonly #config: ActuatorConfig;
  readonly #beat: NodeJS.Timeout;
  #held = atRest;
  #sequence = 0;

  private constructor(process: ActuationProcess, config: ActuatorConfig) {
    this.#process = process;
    this.#config = config;
    this.#beat = setInterval(() => this.#say(), rates.controlPeriodMs);
  }

  /** Armed when it resolves, and at rest. */
  static async start(config: ActuatorConfig, output: ProcessLog): Promise<BenchWheels> {
    let isReady = false;
    let isArmed = false;
    const process = startActuation(output, (report) => {
      if (report.kind !== 'status') return;
      isReady = report.boardReady;
      isArmed = report.armed;
    });
    const { send } = process;
    const wheels = new BenchWheels(process, config);
    try {
      send({ kind: 'start', config });
      await waitFor(() => isReady, 'the motor board did not get ready: run "jetson-car doctor" first');
      send({ kind: 'arm', atMs: monotonicNowMs() });
      await waitFor(() => isArmed, 'motor control did not arm');
    } catch (error) {
      await wheels.end();
      throw error;
    }
    return wheels;
  }

  /** From now on, until something else is held. */
  hold(values: Held): void {
    this.#held = values;
    this.#say();
  }

  /** Rejects with Error when motor control did not end in order and the wheels could not be neutralised. */
  async end(): Promise<void> {
    clearInterval(this.#beat);
    const { code } = await this.#process.child.end(endGraceMs);
    // Whoever sees another code must take the wheels for driven: the board repeats its last pulse for ever.
    if (code !== 0) await neutralise(this.#config);
  }

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

async function waitFor(isSo: () => boolean, otherwise: string): Promise<void> {
  const deadlineMs = monotonicNowMs() + boardPatienceMs;
  while (!isSo()) {
    if (monotonicNowMs() > deadlineMs) throw new UserError(otherwise);
    await wait(rates.controlPeriodMs);
  }
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
