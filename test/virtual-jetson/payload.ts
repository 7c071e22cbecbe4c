import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { projectFolder } from '../../daemon/platform/paths.ts';
import { cacheFolder, fetchCarNode } from '../../scripts/packaging/car-node.ts';
import type { Architecture } from '../../scripts/packaging/check-folder.ts';
import { runProgram } from '../../scripts/packaging/commands.ts';
import { stageRelease } from '../../scripts/packaging/stage.ts';
import { hashTree, here } from './image.ts';
import { lockSchema, neededModules } from './needed-modules.ts';
import { smallNetwork } from './small-network.ts';

/** What the suites import, directly or by the daemon's modules that they test. The car itself comes as a release of its own. */
const suitePackages = [
  'vitest',
  'fast-check',
  'i2c-bus',
  'oled-font-5x7',
  'onoff',
  'pino',
  'sharp',
  'ws',
  'yaml',
  'zod',
];
/** As the guest sees the disks. They are sparse, and always as large: a guest that is restored still believes what it saw. */
const diskMb = 3072;

export interface ReleaseDisk {
  readonly file: string;
  /** Of all that lies on it. */
  readonly sha256: string;
}

/** A disk with what is installed: a release, or for the car's architecture its archive as it is copied to a car. */
export function buildReleaseDisk(work: string, architecture: Architecture, archive: string | undefined): ReleaseDisk {
  const folder = join(work, 'car');
  const release = join(folder, 'release');
  if (architecture === 'x64') stageRelease(release, 'x64');
  else {
    mkdirSync(release, { recursive: true });
    const file = archive ?? makeArchive(work);
    copyFileSync(file, join(folder, basename(file)));
  }
  copyFileSync(join(here, 'install-in-guest.sh'), join(folder, 'install-in-guest.sh'));
  copyFileSync(join(here, 'car.yaml'), join(folder, 'car.yaml'));
  writeFileSync(join(folder, 'small.onnx'), smallNetwork());
  const hash = createHash('sha256');
  hashTree(hash, folder);
  return { file: makeDisk(folder, join(work, 'release.img')), sha256: hash.digest('hex') };
}

function makeArchive(work: string): string {
  const out = join(work, 'archive');
  const bundle = join(projectFolder(), 'dist', 'scripts', 'packaging', 'bundle.js');
  runProgram(process.execPath, [bundle, '--arch', 'arm64', '--out', out]);
  const { version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8')) as { version: string };
  return join(out, `jetson-car-${version}-linux-arm64.tar.xz`);
}

/** A disk with the sources and tools of the suites, and what else `fill` puts there. */
export async function buildPayloadDisk(
  work: string,
  architecture: Architecture,
  suites: readonly string[],
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(work, 'payload');
  const checkout = join(folder, 'checkout');
  mkdirSync(join(checkout, 'node_modules', '.vite-temp'), { recursive: true });
  // Without tsconfig.json: they refer to one another all over the project, and types are not checked there.
  const filter = (path: string) => basename(path) !== 'tsconfig.json' && basename(path) !== 'results';
  for (const item of ['package.json', 'daemon', 'test']) {
    cpSync(join(projectFolder(), item), join(checkout, item), { recursive: true, filter });
  }
  const modules = architecture === 'x64' ? projectFolder() : foreignModules(architecture);
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(projectFolder(), 'package-lock.json'), 'utf8')));
  for (const place of neededModules(lock, suitePackages, (name) => existsSync(join(modules, name)))) {
    cpSync(join(modules, place), join(checkout, place), { recursive: true, verbatimSymlinks: true });
  }
  mkdirSync(join(folder, 'bin'));
  const node = architecture === 'x64' ? process.execPath : fetchCarNode().program;
  copyFileSync(node, join(folder, 'bin', 'node'));
  chmodSync(join(folder, 'bin', 'node'), 0o755);
  copyFileSync(join(here, 'in-guest.sh'), join(folder, 'in-guest.sh'));
  writeFileSync(join(folder, 'suites'), suites.join(' '));
  await fill(folder);
  return makeDisk(folder, join(work, 'payload.img'));
}

/** The project's packages as npm installs them on another architecture, kept for each state of the lock file; nothing of them is compiled. */
function foreignModules(architecture: Architecture): string {
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(projectFolder(), file)));
  const folder = join(cacheFolder(), 'virtual-jetson', `modules-${architecture}`);
  const stamp = join(folder, 'lock-sha256');
  const sha256 = hash.digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sha256) return folder;
  const unfinished = `${folder}.${process.pid}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  for (const file of files) copyFileSync(join(projectFolder(), file), join(unfinished, file));
  const target = ['--os=linux', `--cpu=${architecture}`, '--libc=glibc'];
  runProgram('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...target], { folder: unfinished });
  writeFileSync(join(unfinished, 'lock-sha256'), sha256);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return folder;
}

/** A disk of no contents, for a guest that is not told to look. */
export function emptyDisk(file: string): string {
  writeFileSync(file, '');
  truncateSync(file, diskMb * 2 ** 20);
  return file;
}

function makeDisk(folder: string, disk: string): string {
  const size = `${diskMb}M`;
  runProgram('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^has_journal', '-m', '0', '-d', folder, disk, size]);
  rmSync(folder, { recursive: true });
  return disk;
}
