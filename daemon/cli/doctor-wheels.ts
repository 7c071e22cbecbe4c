import { createInterface } from 'node:readline/promises';
import { neutralise } from '../actuation/neutralise.ts';
import type { CarConfig } from '../car/config.ts';
import type { Finding } from '../doctor/judge.ts';
import type { ServiceReading } from '../doctor/readings.ts';
import { tryWheels } from '../doctor/wheels-up.ts';
import { createLogOutput } from '../log-output.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { UserError } from '../platform/user-error.ts';
import { startActuation } from '../processes.ts';
import { rates } from '../protocol/rates.ts';

const movementMs = 1500;
const boardPatienceMs = 5000;
const endGraceMs = 3000;

/**
 * Moves steering and motor a little, with the wheels in the air, and asks what was seen. Through motor control, as when
 * driving: its gate, its limits, its expiry.
 * @throws (rejects) UserError where nobody watches, the service holds the wheels, or the board does not get ready; Error
 * when motor control did not end in order and the wheels could not be neutralised.
 */
export async function wheelsUp(config: CarConfig, service: ServiceReading): Promise<Finding[]> {
  refuseWhereUnsafe(config, service);
  const person = createInterface({ input: process.stdin, output: process.stdout });
  const output = createLogOutput();
  let isReady = false;
  let isArmed = false;
  const { child, send } = startActuation(output, (report) => {
    if (report.kind !== 'status') return;
    isReady = report.boardReady;
    isArmed = report.armed;
  });
  try {
    const start = await person.question('The wheels are in the air, and nobody touches them? [yes] ');
    if (start.trim() !== 'yes') return [];
    send({ kind: 'start', config: config.actuators });
    await waitFor(() => isReady, 'the motor board did not get ready: run the doctor without --wheels-up first');
    send({ kind: 'arm', atMs: monotonicNowMs() });
    await waitFor(() => isArmed, 'motor control did not arm');
    let sequence = 0;
    let asked = { steering: 0, throttle: 0 };
    const beat = setInterval(() => {
      send({ kind: 'drive', sequence: sequence++, issuedAtMs: monotonicNowMs(), ...asked });
    }, rates.controlPeriodMs);
    try {
      return await tryWheels({
        async move(values) {
          asked = values;
          await wait(movementMs);
          asked = { ...values, throttle: 0 };
        },
        async ask(question) {
          const answer = (await person.question(`${question} [y/n, anything else ends] `)).trim().toLowerCase();
          return answer === 'y' ? 'yes' : answer === 'n' ? 'no' : 'stop';
        },
      });
    } finally {
      clearInterval(beat);
    }
  } finally {
    person.close();
    const { code } = await child.end(endGraceMs);
    // Whoever sees another code must take the wheels for driven: the board repeats its last pulse for ever.
    if (code !== 0) await neutralise(config.actuators);
  }
}

function refuseWhereUnsafe(config: CarConfig, service: ServiceReading): void {
  if (config.actuators.bus.kind === 'simulated') {
    throw new UserError(`${config.vehicle.name} has no wheels to watch. Name a real car with --vehicle or --config.`);
  }
  if (!process.stdin.isTTY) {
    throw new UserError('--wheels-up asks what you see, and nobody is at the keyboard. Run it in a terminal.');
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

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
