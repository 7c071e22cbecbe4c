import { createInterface } from 'node:readline/promises';
import type { CarConfig } from '../car/config.ts';
import type { Finding } from '../doctor/finding.ts';
import { motorTrouble } from '../doctor/judge-wiring.ts';
import type { BusReading, ServiceReading } from '../doctor/readings.ts';
import { movementsOf, notToTheEnd, tryWheels } from '../doctor/wheels-up.ts';
import { createLogOutput } from '../log/log-output.ts';
import { UserError } from '../platform/user-error.ts';
import { BenchWheels, interruptAt, refuseWhereUnsafe, wait } from './bench-wheels.ts';

/** Long enough to look at. */
const usualMovementMs = 1500;

/** @throws UserError where there are no wheels, nobody watches them, or the service holds them. */
export function refuseWithoutWheels(config: CarConfig, service: ServiceReading): void {
  if (config.actuators.bus.kind === 'simulated') {
    throw new UserError(`${config.vehicle.name} has no wheels to watch. Name a real car with --vehicle or --config.`);
  }
  refuseWhereUnsafe(config, service, '--wheels-up');
}

/** @throws UserError where no board can move the wheels: that is found before the other looks, which take half a minute. */
export function refuseWithoutBoard(bus: BusReading): void {
  const others = 'Everything else: "jetson-car doctor" without --wheels-up.';
  if (bus.kind === 'refused') throw new UserError(`the wheels cannot be tried: ${bus.text}. ${others}`);
  const trouble = bus.kind === 'scanned' ? motorTrouble(bus) : undefined;
  if (trouble === undefined) return;
  throw new UserError(`the wheels cannot be tried: ${trouble.text}. ${trouble.cure}. ${others}`);
}

/**
 * Moves steering and motor a little, with the wheels in the air, and asks what was seen: on standard error, for standard
 * output is the report's.
 * @throws (rejects) UserError where the board does not get ready, the person ends it, or motor control did not end in order
 * and the wheels could not be neutralised.
 */
export async function wheelsUp(
  { actuators }: Pick<CarConfig, 'actuators'>,
  movementMs = usualMovementMs,
): Promise<Finding[]> {
  const person = createInterface({ input: process.stdin, output: process.stderr });
  const { signal: interrupted, forget } = interruptAt(person);
  // Ctrl-D: no question would be answered any more, and the wheels would stay as they are.
  const closed = new AbortController();
  person.once('close', () => closed.abort(new UserError('the terminal was closed: the wheels are neutral')));
  const signal = AbortSignal.any([interrupted, closed.signal]);
  const ask = (question: string): Promise<string> => answered(person.question(question, { signal }), signal);
  try {
    const start = await ask('The wheels are in the air, and nobody touches them? Type "yes": ');
    if (start.trim() !== 'yes') return [notToTheEnd];
    const wheels = await BenchWheels.start({ config: actuators, output: createLogOutput(), signal });
    try {
      return await tryWheels(movementsOf(actuators), {
        async move(values) {
          wheels.hold(values);
          await wait(movementMs, signal);
          wheels.hold({ ...values, throttle: 0 });
        },
        async ask(question) {
          const answer = (await ask(`${question} [y/n, anything else ends] `)).trim().toLowerCase();
          return answer === 'y' ? 'yes' : answer === 'n' ? 'no' : 'stop';
        },
      });
    } finally {
      await wheels.end();
    }
  } finally {
    person.close();
    forget();
  }
}

/** With the reason of its end, where it was ended. */
async function answered(answer: Promise<string>, signal: AbortSignal): Promise<string> {
  return answer.catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}
