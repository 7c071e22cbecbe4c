import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '../../daemon/platform/paths.ts';
import { reasonOf } from '../../daemon/platform/reason-of.ts';
import { UserError } from '../../daemon/platform/user-error.ts';
import { cacheFolder } from '../../scripts/packaging/car-node.ts';
import { runProgram } from '../../scripts/packaging/commands.ts';
import { stageRelease } from '../../scripts/packaging/stage.ts';
import { type Machine, type MachineEnd, runMachine } from './machine.ts';
import { describeMeasured, readMeasured } from './measured.ts';
import { lockSchema, neededModules } from './needed-modules.ts';
import { describeResults, readJunit } from './report.ts';
import { readRetried } from './retried.ts';
import { smallNetwork } from './small-network.ts';

/** Emulated, a run takes some minutes of one core; beside other work, several times that: it only ends what hangs. */
const runLimitMs = 2_700_000;
const tools: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  depmod: 'kmod',
  cpio: 'cpio',
  gcc: 'gcc',
  make: 'make',
};
/** What decides how the image looks, besides Debian's packages of the day. */
const imageSources = ['build-image.sh', 'initrd-init', 'guest', 'modules'];
const usedImages = 2;
/** What the suites import, directly or by the daemon's modules that they test. The car itself comes as a release of its own. */
const suitePackages = ['vitest', 'fast-check', 'i2c-bus', 'onoff', 'pino', 'sharp', 'ws', 'yaml', 'zod'];

const allSuites = readdirSync(join(projectFolder(), 'test', 'virtual-jetson', 'suites'))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => basename(name, '.test.ts'));
/** Those that want the car installed. */
const installing = ['service', 'installation'];

const here = join(projectFolder(), 'test', 'virtual-jetson');

function checkTools(): void {
  const missing = Object.entries(tools).filter(([program]) => spawnSync('which', [program]).status !== 0);
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name).join(' ');
  throw new UserError(
    `these are missing: ${missing.map(([program]) => program).join(', ')}. Run: apt-get install ${packages}`,
  );
}

/** Built once for each state of its sources and of the kernel that Debian offers; kept outside of the project. */
function image(): string {
  const kernel = spawnSync('apt-cache', ['show', '--no-all-versions', 'linux-image-amd64'], { encoding: 'utf8' });
  const version = /^Version: .*$/m.exec(kernel.stdout ?? '')?.[0];
  if (version === undefined) {
    throw new UserError(
      "Debian's package lists, which say what there is to build of, are not here. Run: apt-get update",
    );
  }
  const hash = createHash('sha256').update(version);
  for (const source of imageSources) hashInto(hash, join(here, source));
  const images = join(cacheFolder(), 'virtual-jetson');
  const folder = join(images, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  if (process.getuid?.() !== 0) {
    throw new UserError('building the image of the virtual Jetson needs root, once: run this as root');
  }
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  runProgram('bash', [join(here, 'build-image.sh'), unfinished], {
    cure: 'It needs a Debian with its package lists (apt-get update) and a network.',
  });
  renameSync(unfinished, folder);
  const old = readdirSync(images).filter((name) => join(images, name) !== folder);
  for (const name of old.slice(usedImages - 1)) rmSync(join(images, name), { recursive: true });
  return folder;
}

/** A file, or every file below a folder, with its name. */
function hashInto(hash: ReturnType<typeof createHash>, path: string): void {
  if (!statSync(path).isDirectory()) {
    hash.update(path.slice(here.length)).update(readFileSync(path));
    return;
  }
  for (const name of readdirSync(path).sort()) hashInto(hash, join(path, name));
}

/** A disk with a release, and the sources and tools of the suites. */
function buildPayload(work: string, suites: readonly string[]): string {
  const folder = join(work, 'payload');
  const release = join(folder, 'release');
  if (suites.length === 0 || suites.some((name) => installing.includes(name))) stageRelease(release, 'x64');
  else {
    mkdirSync(join(release, 'bin'), { recursive: true });
    copyFileSync(process.execPath, join(release, 'bin', 'node'));
  }
  const checkout = join(folder, 'checkout');
  mkdirSync(join(checkout, 'node_modules', '.vite-temp'), { recursive: true });
  // Without tsconfig.json: they refer to one another all over the project, and types are not checked there.
  const filter = (path: string) => basename(path) !== 'tsconfig.json' && basename(path) !== 'results';
  for (const item of ['package.json', 'daemon', 'test']) {
    cpSync(join(projectFolder(), item), join(checkout, item), { recursive: true, filter });
  }
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(projectFolder(), 'package-lock.json'), 'utf8')));
  for (const place of neededModules(lock, suitePackages, (name) => existsSync(join(projectFolder(), name)))) {
    cpSync(join(projectFolder(), place), join(checkout, place), { recursive: true, verbatimSymlinks: true });
  }
  copyFileSync(join(here, 'in-guest.sh'), join(folder, 'in-guest.sh'));
  copyFileSync(join(here, 'car.yaml'), join(folder, 'car.yaml'));
  writeFileSync(join(folder, 'small.onnx'), smallNetwork());
  writeFileSync(join(folder, 'suites'), suites.join(' '));
  const disk = join(work, 'payload.img');
  const size = spawnSync('du', ['-sm', folder], { encoding: 'utf8' }).stdout;
  const sizeMb = Math.ceil(Number.parseInt(size, 10) * 1.15) + 64;
  runProgram('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^has_journal', '-m', '0', '-d', folder, disk, `${sizeMb}M`]);
  rmSync(folder, { recursive: true });
  return disk;
}

async function boot(machine: Machine, emulated: boolean, print: (text: string) => void): Promise<MachineEnd> {
  if (!emulated && existsSync('/dev/kvm')) {
    const end = await runMachine(machine, 'kvm', runLimitMs, print);
    if (end.kind !== 'failed') return end;
    process.stderr.write(`virtual Jetson: KVM does not run it here (${end.text.split('\n')[0]}); emulated instead\n`);
  }
  return runMachine(machine, 'tcg', runLimitMs, print);
}

interface Options {
  readonly out: string;
  /** Names of suites, all when empty; without `service` and `installation` nothing is installed, which is most of the time. */
  readonly only: readonly string[];
  /** Without KVM, even where there is one: the clock of an emulated guest is steady on a busy host. */
  readonly emulated: boolean;
}

/** @throws UserError for what is no option and no suite. */
function options(args: string[]): Options {
  const usage = `usage: scripts/virtual-jetson [--only SUITE]... [--emulated] [--out FOLDER]; suites: ${allSuites.join(', ')}`;
  const values = readArguments(args, usage);
  const unknown = values.only.find((name) => !allSuites.includes(name));
  if (unknown !== undefined) throw new UserError(`there is no suite ${unknown}. ${usage}`);
  return values;
}

function readArguments(args: string[], usage: string): Options {
  try {
    return parseArgs({
      args,
      options: {
        out: { type: 'string', default: 'test/virtual-jetson/results' },
        only: { type: 'string', multiple: true, default: [] },
        emulated: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${reasonOf(error)}. ${usage}`);
  }
}

/** Exit code 0 only when every suite ran and passed, each test at its second try at the latest. */
async function run(): Promise<number> {
  const values = options(process.argv.slice(2));
  checkTools();
  const startedAtMs = performance.now();
  const imageFolder = image();
  const imageMs = performance.now() - startedAtMs;
  const resultsFolder = resolve(values.out);
  rmSync(resultsFolder, { recursive: true, force: true });
  mkdirSync(resultsFolder, { recursive: true });
  const work = mkdtempSync('/var/tmp/virtual-jetson-run-');
  try {
    const payload = buildPayload(work, values.only);
    const payloadMs = performance.now() - startedAtMs - imageMs;
    process.stderr.write(
      `virtual Jetson: image ${(imageMs / 1000).toFixed(0)} s, payload ${(payloadMs / 1000).toFixed(0)} s; it boots\n`,
    );
    const machine = { imageFolder, payload, resultsFolder };
    const end = await boot(machine, values.emulated, (text) => process.stderr.write(text));
    return judge(end, resultsFolder, performance.now() - startedAtMs);
  } finally {
    rmSync(work, { recursive: true, force: true });
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
  const sound = end.kind === 'off' && exitCode === '0' && failed === 0 && passed > 0;
  const how = { off: '', late: '; it was ended after its time', failed: '; the machine failed' }[end.kind];
  process.stdout.write(
    `virtual Jetson: ${passed} passed (${retried.length} of them only when tried again), ${failed} failed in ${(tookMs / 1000).toFixed(0)} s${how}; ${resultsFolder}\n`,
  );
  if (end.kind === 'failed') process.stderr.write(`${end.text}\n`);
  return sound ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`virtual Jetson: ${error.message}\n`);
  process.exitCode = 1;
}
