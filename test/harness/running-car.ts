import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Health, healthSchema } from '../../daemon/protocol/telemetry.ts';

const root = join(import.meta.dirname, '..', '..');
/** Generous: the machine may be building something else. */
const patienceMs = 50_000;

interface BusWrite {
  readonly atMs: number;
  readonly address: number;
  readonly register: number;
  readonly bytes: readonly number[];
}
interface CarState {
  readonly atMs: number;
  readonly xM: number;
  readonly yM: number;
  readonly speedMps: number;
  readonly throttlePulseUs: number;
}

/** The whole program as a user starts it, on a free port, with a trace. */
export interface RunningCar {
  readonly url: string;
  readonly process: ChildProcess;
  output(): string;
  health(): Promise<Health>;
  /** Asks for the health until it fits. */
  until(what: string, fits: (health: Health) => boolean): Promise<Health>;
  trace(): { writes: BusWrite[]; states: CarState[] };
  /** Until the trace fits: what happened on the (simulated) wheels. */
  untilTrace(what: string, fits: (trace: { writes: BusWrite[]; states: CarState[] }) => boolean): Promise<void>;
  exited: Promise<number | null>;
  end(): Promise<void>;
}

async function waitFor<T>(what: string, look: () => Promise<T | undefined>, detail: () => string): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms for ${what}\n${detail()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function startCar(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  /** A process group of its own, as a terminal gives, that can be sent a signal as a whole: that of its negative PID. */
  { ownGroup = false } = {},
): Promise<RunningCar> {
  const folder = mkdtempSync(join(tmpdir(), 'jetson-car-test-'));
  const traceFile = join(folder, 'trace.jsonl');
  const child = spawn(
    process.execPath,
    [join(root, 'scripts', 'jetson-car.js'), 'run', '--port', '0', '--trace', traceFile, ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: ownGroup, env: { ...process.env, ...environment } },
  );
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  const words = () => `--- output\n${output}\n--- log\n${errors.slice(-4000)}`;
  const url = await waitFor(
    'the address of the remote',
    async () => {
      if (gone) throw new Error(`the car ended at its start\n${words()}`);
      return /https?:\/\/[^\s/]+\//.exec(output)?.[0];
    },
    words,
  );
  const health = async () => healthSchema.parse(await (await fetch(new URL('healthz', url))).json());
  const trace = () => {
    const writes: BusWrite[] = [];
    const states: CarState[] = [];
    const text = existsSync(traceFile) ? readFileSync(traceFile, 'utf8') : '';
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      const entry = JSON.parse(line) as BusWrite & CarState;
      if ('bus' in entry) writes.push(entry);
      else states.push(entry);
    }
    return { writes, states };
  };
  return {
    url,
    process: child,
    output: words,
    exited,
    health,
    until: (what, fits) =>
      waitFor(
        what,
        async () => {
          const now = await health();
          return fits(now) ? now : undefined;
        },
        words,
      ),
    trace,
    async untilTrace(what, fits) {
      await waitFor(what, async () => (fits(trace()) ? true : undefined), words);
    },
    async end() {
      if (!gone) {
        child.kill('SIGTERM');
        // One that a test has stopped would never hear it.
        child.kill('SIGCONT');
      }
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
