import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../daemon/platform/paths.ts';
import { UserError } from '../../daemon/platform/user-error.ts';
import { type CarNode, fetchCarNode, moduleVersionOf } from './car-node.ts';
import { type Architecture, checkFolder, type FolderCheck } from './check-folder.ts';
import { runProgram } from './commands.ts';
import { contentsOf } from './contents.ts';

/** Packages with native code that come as sources only. */
const compiled = ['i2c-bus', 'epoll'];
const crossCompiler = {
  CC: 'aarch64-linux-gnu-gcc',
  CXX: 'aarch64-linux-gnu-g++',
  LINK: 'aarch64-linux-gnu-g++',
  AR: 'aarch64-linux-gnu-ar',
} as const;
/** What of the project's folder goes to the car. */
const taken = ['LICENSE', 'README.md', 'package.json', 'docs', 'models', 'scripts/jetson-car.js', 'systemd'];
const leftOut = /(^|\/)(train|__pycache__|.*\.test\.js|.*\.map|.*\.tsbuildinfo)$/;

/** Of a whole release: a check that reads fewer has looked in the wrong place. */
const leastElfFiles = 6;

/**
 * Lays out in an empty folder all that a car or a laptop needs to run the built project: nothing is fetched or compiled there
 * any more. `bin/node` is the car's own Node for arm64, the one that runs now for x64.
 * @returns how many programs and libraries were read, and the glibc that they need.
 * @throws UserError for what is not built, cannot be fetched, or would not run on the car.
 */
export function stageRelease(folder: string, architecture: Architecture): Pick<FolderCheck, 'checked' | 'glibc'> {
  const project = projectFolder();
  if (!existsSync(join(project, 'dist', 'web-remote', 'index.html'))) {
    throw new UserError('the program and its page are not built. Run: npm run build');
  }
  mkdirSync(folder, { recursive: true });
  for (const item of taken) copyTree(join(project, item), join(folder, item));
  for (const part of ['daemon', 'web-remote']) copyTree(join(project, 'dist', part), join(folder, 'dist', part));
  copyFileSync(join(project, 'scripts', 'packaging', 'install.sh'), join(folder, 'install.sh'));
  chmodSync(join(folder, 'install.sh'), 0o755);

  mkdirSync(join(folder, 'bin'));
  const carNode = architecture === 'arm64' ? fetchCarNode() : undefined;
  copyFileSync(carNode?.program ?? process.execPath, join(folder, 'bin', 'node'));
  chmodSync(join(folder, 'bin', 'node'), 0o755);
  for (const name of readdirSync(join(project, 'scripts', 'packaging', 'bin'))) {
    copyFileSync(join(project, 'scripts', 'packaging', 'bin', name), join(folder, 'bin', name));
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const compiler = carNode === undefined ? {} : crossCompiler;
  runProgram('sh', [join(project, 'scripts', 'build-neutraliser.sh'), join(folder, 'bin', 'neutralise')], {
    environment: compiler,
    cure: 'It needs a C compiler: gcc for x64, gcc-aarch64-linux-gnu for the car.',
  });
  installModules(folder, architecture, carNode);

  const { checked, problems, glibc } = checkFolder(folder, architecture);
  if (problems.length > 0 || checked < leastElfFiles) {
    throw new UserError(`of ${checked} programs and libraries these would not load:\n${problems.join('\n')}`);
  }
  // What install.sh holds the machine and the unpacked folder against.
  writeFileSync(join(folder, 'glibc'), `${glibc}\n`);
  writeFileSync(join(folder, 'files'), contentsOf(folder));
  return { checked, glibc };
}

function copyTree(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !leftOut.test(path) });
}

/** Production modules by the lock file; those in source are compiled for the car. */
function installModules(folder: string, architecture: Architecture, carNode: CarNode | undefined): void {
  const lock = join(folder, 'package-lock.json');
  copyFileSync(join(projectFolder(), 'package-lock.json'), lock);
  copyFileSync(join(projectFolder(), '.npmrc'), join(folder, '.npmrc'));
  const target = ['--os=linux', `--cpu=${architecture}`, '--libc=glibc'];
  runProgram('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...target], { folder });
  const modules = join(folder, 'node_modules');
  for (const name of compiled) {
    const place = join(modules, name);
    if (carNode === undefined) {
      copyTree(join(projectFolder(), 'node_modules', name, 'build'), join(place, 'build'));
    } else {
      runProgram(process.execPath, [carNode.nodeGyp, 'rebuild', '--arch=arm64'], {
        folder: place,
        environment: {
          ...crossCompiler,
          // Not an option: node-gyp prefers what npm's own configuration has put into the environment.
          npm_config_nodedir: carNode.headersFolder,
          CXXFLAGS: `-include ${join(projectFolder(), 'scripts', 'packaging', 'glibc-2.27.h')}`,
        },
        cure: 'It needs the packages gcc-aarch64-linux-gnu and g++-aarch64-linux-gnu, make and python3.',
      });
    }
    if (carNode !== undefined) checkInterface(name, join(place, 'build', 'config.gypi'), carNode);
    keepOnlyAddOn(place);
    rmSync(join(place, 'deps'), { recursive: true, force: true });
  }
  removeOtherPlatforms(join(modules, 'onnxruntime-node', 'bin'), architecture);
  // koffi brings one for glibc and one for musl, which none of our systems has.
  rmSync(join(modules, '@koromix', `koffi-linux-${architecture}`, `musl_${architecture}`), { recursive: true });
  rmSync(join(modules, '.bin'), { recursive: true, force: true });
  rmSync(lock);
  rmSync(join(folder, '.npmrc'));
  writeFileSync(join(folder, 'architecture'), `${architecture}\n`);
}

/**
 * An add-on loads in the Node whose headers it was compiled with, and in no other major version.
 * @throws UserError when those were not the car's.
 */
function checkInterface(name: string, compiledWith: string, { moduleVersion, version }: CarNode): void {
  const found = moduleVersionOf(compiledWith);
  if (found === moduleVersion) return;
  throw new UserError(
    `${name} was compiled for Node's module version ${found}, and Node ${version} of the car has ${moduleVersion}: ` +
      'it would not load there. Look for nodedir in "npm config list" and in the environment.',
  );
}

/** Of what was built the add-on alone: `build/Release/NAME.node`. */
function keepOnlyAddOn(place: string): void {
  const build = join(place, 'build');
  for (const name of readdirSync(build)) {
    if (name !== 'Release') rmSync(join(build, name), { recursive: true });
  }
  for (const name of readdirSync(join(build, 'Release'))) {
    if (!name.endsWith('.node')) rmSync(join(build, 'Release', name), { recursive: true });
  }
}

/** onnxruntime-node carries every platform's library: bin/napi-vN/PLATFORM/ARCHITECTURE. */
function removeOtherPlatforms(folder: string, architecture: Architecture): void {
  for (const version of readdirSync(folder)) {
    for (const platform of readdirSync(join(folder, version))) {
      for (const name of readdirSync(join(folder, version, platform))) {
        if (platform === 'linux' && name === architecture) continue;
        rmSync(join(folder, version, platform, name), { recursive: true });
      }
    }
  }
}
