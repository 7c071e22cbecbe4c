import { spawnSync } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../daemon/platform/paths.ts';
import { UserError } from '../../daemon/platform/user-error.ts';
import { cacheFolder } from '../../scripts/packaging/car-node.ts';
import type { Architecture } from '../../scripts/packaging/check-folder.ts';
import { runProgram } from '../../scripts/packaging/commands.ts';
import { machineProgram } from './machine.ts';

export const here = join(projectFolder(), 'test', 'virtual-jetson');

/** Programs, and the packages that bring them. */
const tools: Readonly<Record<string, string>> = {
  'qemu-img': 'qemu-utils',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  depmod: 'kmod',
  cpio: 'cpio',
  gcc: 'gcc',
  make: 'make',
};
const toolsFor: Readonly<Record<Architecture, Readonly<Record<string, string>>>> = {
  x64: { 'qemu-system-x86_64': 'qemu-system-x86' },
  arm64: {
    'qemu-system-aarch64': 'qemu-system-arm',
    'qemu-aarch64-static': 'qemu-user-static',
    'arch-test': 'arch-test',
    'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu',
    'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
    xz: 'xz-utils',
  },
};
const debianNames = { x64: 'amd64', arm64: 'arm64' } as const;
/** What decides how the image looks, besides Debian's packages of the day. */
const imageSources = ['build-image.sh', 'initrd-init', 'guest', 'modules'];
/** Of each architecture; the others are deleted, with the snapshots of machines that booted them. */
const usedImages = 2;

/** @throws UserError with what has to be installed. */
export function checkTools(architecture: Architecture): void {
  const needed = Object.entries({ ...tools, ...toolsFor[architecture] });
  const missing = needed.filter(([program]) => spawnSync('which', [program]).status !== 0);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  throw new UserError(
    `these are missing: ${missing.map(([program]) => program).join(', ')}. Run: apt-get install ${packages}`,
  );
}

/** The folder of the image: built once for each state of its sources and of the kernel that Debian offers; kept outside of the project. */
export function image(architecture: Architecture): string {
  // Debian builds its kernels of all architectures from one source, of the same version.
  const kernel = spawnSync('apt-cache', ['show', '--no-all-versions', 'linux-image-amd64'], { encoding: 'utf8' });
  const version = /^Version: .*$/m.exec(kernel.stdout ?? '')?.[0];
  if (version === undefined) {
    throw new UserError(
      "Debian's package lists, which say what there is to build of, are not here. Run: apt-get update",
    );
  }
  const hash = createHash('sha256').update(version);
  for (const source of imageSources) hashTree(hash, join(here, source));
  const images = join(cacheFolder(), 'virtual-jetson', architecture);
  const folder = join(images, hash.digest('hex').slice(0, 16));
  if (existsSync(folder)) return folder;
  if (process.getuid?.() !== 0) {
    throw new UserError('building the image of the virtual Jetson needs root, once: run this as root');
  }
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(images, { recursive: true });
  runProgram('bash', [join(here, 'build-image.sh'), unfinished, debianNames[architecture]], {
    cure: 'It needs a Debian with its package lists (apt-get update) and a network.',
  });
  renameSync(unfinished, folder);
  const old = readdirSync(images).filter((name) => join(images, name) !== folder);
  for (const name of old.slice(usedImages - 1)) rmSync(join(images, name), { recursive: true });
  return folder;
}

/** QEMU's own words on its version. */
export function emulatorVersion(architecture: Architecture): string {
  return spawnSync(machineProgram(architecture), ['--version'], { encoding: 'utf8' }).stdout;
}

/** A file, or everything below a folder: names, what is a program, and contents, whenever it was written and wherever it lies. */
export function hashTree(hash: Hash, path: string, name = ''): void {
  const state = lstatSync(path);
  hash.update(`${name}\0${state.mode & 0o170111}\0`);
  if (state.isDirectory()) {
    for (const entry of readdirSync(path).sort()) hashTree(hash, join(path, entry), `${name}/${entry}`);
  } else {
    hash.update(state.isSymbolicLink() ? readlinkSync(path) : readFileSync(path));
  }
}
