import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf } from '../../daemon/platform/reason-of.ts';
import { UserError } from '../../daemon/platform/user-error.ts';
import { writePictures } from './detections.ts';
import { checkTools, here, image } from './image.ts';
import type { MachineEnd } from './machine.ts';
import { describeMeasured, readMeasured } from './measured.ts';
import { buildPayloadDisk, buildReleaseDisk } from './payload.ts';
import { describeResults, readJunit } from './report.ts';
import { readRetried } from './retried.ts';
import { type Plan, Session } from './session.ts';

/** Emulated, a run takes some minutes of one core; beside other work, several times that: it only ends what hangs. */
const runLimitMs = { x64: 2_700_000, arm64: 5_400_000 } as const;

/** What the shipped network looks at in the detector's suite: an emulated processor takes minutes for some. */
const pictures = { count: 2, seed: 20261 } as const;

const allSuites = readdirSync(join(here, 'suites'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => basename(name, '.test.ts'));
/** Those that want the car installed. */
const installing = ['detector', 'hardware', 'fittings', 'doctor', 'service', 'installation'];
/** The detector is this machine's own on x64. */
const forArm64Only = ['detector'];
const usage = `usage: scripts/virtual-jetson [--only SUITE]... [--arm64 [--bundle FILE]] [--emulated] [--fresh] [--out FOLDER]; suites: ${allSuites.join(', ')}`;

/** Whether there is KVM is known only by trying. */
async function runSomehow(plan: Plan, emulated: boolean): Promise<MachineEnd> {
  if (!emulated && plan.architecture === 'x64' && existsSync('/dev/kvm')) {
    const end = await new Session(plan, 'kvm').run();
    if (end.kind !== 'failed') return end;
    plan.print(`KVM does not run it here (${end.text.split('\n')[0]}); emulated instead`);
  }
  return new Session(plan, 'tcg').run();
}

interface Options {
  readonly out: string;
  /** Names of suites, all when empty; without `service` and `installation` nothing is installed, which is most of the time. */
  readonly only: readonly string[];
  /** The car's own architecture, emulated, with what `npm run bundle` makes. */
  readonly arm64: boolean;
  /** Of an archive that was made before. */
  readonly bundle?: string | undefined;
  /** Without KVM, even where there is one: the clock of an emulated guest is steady on a busy host. */
  readonly emulated: boolean;
  /** Boots, though there may be a snapshot to go on from. */
  readonly fresh: boolean;
}

/** @throws UserError for what is no option and no suite. */
function options(args: string[]): Options {
  const values = readArguments(args);
  const unknown = values.only.find((name) => !allSuites.includes(name));
  if (unknown !== undefined) throw new UserError(`there is no suite ${unknown}. ${usage}`);
  if (values.bundle !== undefined && !values.arm64) throw new UserError(`--bundle is for --arm64. ${usage}`);
  if (values.bundle !== undefined && !existsSync(values.bundle)) {
    throw new UserError(`there is no file ${values.bundle}: "npm run bundle" makes one. ${usage}`);
  }
  return values;
}

function readArguments(args: string[]): Options {
  try {
    return parseArgs({
      args,
      options: {
        out: { type: 'string', default: 'test/virtual-jetson/results' },
        only: { type: 'string', multiple: true, default: [] },
        arm64: { type: 'boolean', default: false },
        bundle: { type: 'string' },
        emulated: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${reasonOf(error)}. ${usage}`);
  }
}

/** Exit code 0 only when every suite ran and passed, each test at its second try at the latest. */
async function run(): Promise<number> {
  const values = options(process.argv.slice(2));
  const architecture = values.arm64 ? 'arm64' : 'x64';
  checkTools(architecture);
  const startedAtMs = performance.now();
  const seconds = () => ((performance.now() - startedAtMs) / 1000).toFixed(0);
  const print = (text: string) => void process.stderr.write(`virtual Jetson: ${text}\n`);
  const imageFolder = image(architecture);
  print(`image after ${seconds()} s`);
  const resultsFolder = resolve(values.out);
  rmSync(resultsFolder, { recursive: true, force: true });
  mkdirSync(resultsFolder, { recursive: true });
  const work = mkdtempSync('/var/tmp/virtual-jetson-run-');
  const clear = () => rmSync(work, { recursive: true, force: true });
  // Ended from outside, as by a time limit: the guest ends with this process, and its disks go too.
  process.once('exit', clear);
  try {
    const offered = allSuites.filter((name) => values.arm64 || !forArm64Only.includes(name));
    const suites = values.only.length === 0 ? offered : values.only;
    const installs = values.arm64 || suites.some((name) => installing.includes(name));
    const plan = {
      ...({ architecture, imageFolder, resultsFolder, work, print, fresh: values.fresh } as const),
      release: installs ? buildReleaseDisk(work, architecture, values.bundle) : undefined,
      payloadDisk: await buildPayloadDisk(work, architecture, suites, async (folder) => {
        if (suites.includes('detector')) await writePictures(folder, pictures.count, pictures.seed);
      }),
      limitMs: runLimitMs[architecture],
      onConsole: (text: string) => void process.stderr.write(text),
    };
    print(`disks after ${seconds()} s`);
    const end = await runSomehow(plan, values.emulated);
    return judge(end, resultsFolder, performance.now() - startedAtMs);
  } finally {
    clear();
    process.off('exit', clear);
  }
}

function judge(end: MachineEnd, resultsFolder: string, tookMs: number): number {
  const junit = join(resultsFolder, 'junit.xml');
  const results = existsSync(junit) ? readJunit(readFileSync(junit, 'utf8')) : [];
  const retried = readRetried(resultsFolder);
  process.stdout.write(describeResults(results, retried));
  process.stdout.write(describeMeasured(readMeasured(resultsFolder)));
  const exitFile = join(resultsFolder, 'exit-code');
  const exitCode = existsSync(exitFile) ? readFileSync(exitFile, 'utf8').trim() : undefined;
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  const passed = results.filter(({ outcome }) => outcome === 'passed').length;
  const skipped = results.length - failed - passed;
  const sound = end.kind === 'off' && exitCode === '0' && failed === 0 && passed > 0;
  const how = { off: '', late: '; it was ended after its time', failed: '; the machine failed' }[end.kind];
  process.stdout.write(
    `virtual Jetson: ${passed} passed (${retried.length} of them only when tried again), ${failed} failed, ${skipped} skipped in ${(tookMs / 1000).toFixed(0)} s${how}; ${resultsFolder}\n`,
  );
  if (end.kind === 'failed') process.stderr.write(`${end.text}\n`);
  return sound ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`virtual Jetson: ${error.message}\n`);
  process.exitCode = 1;
}
