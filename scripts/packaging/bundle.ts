import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectVersion } from '../../daemon/platform/paths.ts';
import { UserError } from '../../daemon/platform/user-error.ts';
import type { Architecture } from './check-folder.ts';
import { runProgram } from './commands.ts';
import { stageRelease } from './stage.ts';

const usage = 'node dist/scripts/packaging/bundle.js --arch arm64|x64 [--out FOLDER] [--folder]';

/**
 * One file to install: `jetson-car-VERSION-linux-ARCH.tar.xz` in `--out`. With `--folder` the folder itself, unpacked.
 * @throws UserError when something would not run on the car.
 */
function bundle(): void {
  const { values } = parseArgs({
    options: { arch: { type: 'string' }, out: { type: 'string', default: 'release' }, folder: { type: 'boolean' } },
  });
  const architecture = architectureOf(values.arch);
  const name = `jetson-car-${projectVersion()}-linux-${architecture}`;
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(values.folder === true ? out : tmpdir(), '.jetson-car-bundle-'));
  try {
    const folder = join(work, name);
    const { checked, glibc } = stageRelease(folder, architecture);
    const where = architecture === 'arm64' ? 'on the car' : 'on a laptop';
    process.stderr.write(`${checked} programs and libraries would load ${where}, with glibc ${glibc} or newer\n`);
    if (values.folder === true) {
      rmSync(join(out, name), { recursive: true, force: true });
      runProgram('mv', [folder, out]);
      process.stdout.write(`${join(out, name)}\n`);
      return;
    }
    const file = join(out, `${name}.tar.xz`);
    const owner = ['--owner=0', '--group=0', '--sort=name'];
    runProgram('tar', ['-C', work, ...owner, '-cJf', file, name], { environment: { XZ_OPT: '-3 -T0' } });
    process.stdout.write(`${file} ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function architectureOf(text: string | undefined): Architecture {
  if (text === 'arm64' || text === 'x64') return text;
  throw new UserError(`--arch is ${text ?? 'missing'}; arm64 is for the car, x64 for a laptop. Usage: ${usage}`);
}

try {
  bundle();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`bundle: ${error.message}\n`);
  process.exitCode = 1;
}
