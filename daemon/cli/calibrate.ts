import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { actuatorConfigProblems } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { changesOf } from '../car/settings.ts';
import type { ProcessLog } from '../children/processes.ts';
import { startSimulatedCar } from '../children/simulated-car.ts';
import { readService } from '../doctor/read-machine.ts';
import { createLogOutput } from '../log/log-output.ts';
import { parseLogLine } from '../platform/log-line.ts';
import { UserError } from '../platform/user-error.ts';
import { BenchWheels, type Held, interruptAt, refuseWhereUnsafe, wait } from './bench-wheels.ts';
import { type Bench, calibrateWheels, type Person } from './calibrate-dialog.ts';
import { type NamedCar, problemsOf } from './named-car.ts';

const trialMs = 1500;
/** On a line of its own: who ended the input left the question's open. */
const nothingChanged = '\nLeft: nothing was changed.';

/**
 * Steering, motor and their limits, set at the car's own terminal with the wheels in the air. Kept in the configuration file
 * when the person says so; without one, what would have to stand there is printed. Exit code 1 when it was left before.
 * @throws (rejects) UserError of a configuration file that cannot be used: a copy of before is no ground for what is written into it.
 */
export async function calibrate(options: NamedCar): Promise<number> {
  const store = storeOf(options);
  const kept = store?.load();
  if (kept?.fallback !== undefined) {
    throw new UserError(`${kept.fallback.text}\nMend that first: what is calibrated is written into this file.`);
  }
  const config = kept?.config ?? configOf(options.vehicle === undefined ? {} : { preset: options.vehicle });
  refuseWhereUnsafe(config, await readService(), 'calibrate');
  const output = trouble(createLogOutput());
  const person = personAtTerminal();
  const simulated = config.actuators.bus.kind === 'simulated' ? await startSimulatedCar(config, {}, output) : undefined;
  const bench = new WheelBench({ output, socket: simulated?.socket, signal: person.signal });
  try {
    person.tell(whereKept(store));
    if (simulated !== undefined) person.tell('This is the simulated car: its wheels turn, but nobody sees them.');
    const ready = await person.ask('The wheels are in the air, and nobody touches them? Type "yes": ');
    if (ready?.trim() !== 'yes') {
      person.tell(nothingChanged);
      return 1;
    }
    const { outcome, patch } = await calibrateWheels({ config, person, bench, problemsOf: actuatorConfigProblems });
    await bench.end();
    if (outcome === 'left') {
      person.tell(nothingChanged);
      return 1;
    }
    const changes = changesOf(patch);
    if (Object.keys(changes).length === 0) {
      person.tell('Everything was right already: nothing is to be changed.');
      return 0;
    }
    if (store === undefined) {
      person.tell(
        `No --config was named, so nothing is kept. This would have to stand there:\n\n${stringify(changes)}`,
      );
      return 0;
    }
    if ((await person.ask(`Write this into ${store.file}?\n\n${stringify(changes)}\nType "yes": `))?.trim() !== 'yes') {
      person.tell(nothingChanged);
      return 1;
    }
    store.change(changes);
    person.tell(`${store.file} is written: in force from the next start of the car on.`);
    return 0;
  } finally {
    person.close();
    await bench.end();
    await simulated?.end();
  }
}

function storeOf({ config, vehicle }: NamedCar): ConfigStore | undefined {
  if (config === undefined) return undefined;
  const preset = vehicle === undefined ? {} : { preset: vehicle };
  return new ConfigStore({ ...preset, file: config, whenMissing: 'start-empty', problemsOf });
}

/** Before anybody begins: a mistyped name would be found only after all the work. */
function whereKept(store: ConfigStore | undefined): string {
  if (store === undefined) return 'No --config is named: nothing will be kept, only printed at the end.';
  return existsSync(store.file)
    ? `For ${store.file}.`
    : `There is no file ${store.file} yet: it will be made at the end.`;
}

/** Wheels that are set up anew whenever a trial wants another configuration. */
class WheelBench implements Bench {
  readonly #output: ProcessLog;
  readonly #socket: string | undefined;
  readonly #signal: AbortSignal;
  #wheels: { readonly config: string; readonly running: BenchWheels } | undefined;

  constructor(options: { output: ProcessLog; socket: string | undefined; signal: AbortSignal }) {
    this.#output = options.output;
    this.#socket = options.socket;
    this.#signal = options.signal;
  }

  async hold(actuators: CarConfig['actuators'], values: Held): Promise<void> {
    (await this.#with(actuators)).hold(values);
  }

  async pulse(actuators: CarConfig['actuators'], values: Held): Promise<void> {
    const wheels = await this.#with(actuators);
    wheels.hold(values);
    await wait(trialMs, this.#signal);
    wheels.hold({ ...values, throttle: 0 });
  }

  async end(): Promise<void> {
    const ending = this.#wheels;
    this.#wheels = undefined;
    await ending?.running.end();
  }

  async #with(actuators: CarConfig['actuators']): Promise<BenchWheels> {
    const bus = this.#socket === undefined ? actuators.bus : ({ kind: 'simulated', socket: this.#socket } as const);
    const config = { ...actuators, bus };
    const text = JSON.stringify(config);
    if (this.#wheels?.config === text) return this.#wheels.running;
    await this.end();
    const running = await BenchWheels.start({ config, output: this.#output, signal: this.#signal });
    this.#wheels = { config: text, running };
    return running;
  }
}

/** What goes well would stand between the questions. */
function trouble({ log, childLine }: ProcessLog): ProcessLog {
  const warning = 40;
  return {
    log,
    childLine(name, line) {
      if ((parseLogLine(line)?.level ?? warning) >= warning) childLine(name, line);
    },
  };
}

/** Line by line, so that answers may also be piped in. */
function personAtTerminal(): Person & { readonly signal: AbortSignal; close(): void } {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const said = lines[Symbol.asyncIterator]();
  const { signal, forget } = interruptAt(lines);
  signal.addEventListener('abort', () => lines.close());
  return {
    signal,
    async ask(question) {
      process.stdout.write(question);
      const next = await said.next();
      return next.done === true ? undefined : next.value;
    },
    tell: (text) => void process.stdout.write(`${text}\n`),
    close() {
      lines.close();
      forget();
    },
  };
}
