import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { projectFolder } from '../daemon/platform/paths.ts';
import { contentsOf } from '../scripts/packaging/contents.ts';
import { folderForEachTest, testFolder } from './harness/test-folders.ts';

/** install.sh below a folder of its own: what it puts where. With systemd it runs in the virtual Jetson. */
const folder = folderForEachTest(testFolder('jetson-car-install'));
let root: string;
beforeEach(() => {
  root = join(folder(), 'root');
  mkdirSync(root);
});

/** A release with all that install.sh reads, and next to nothing of the program. */
function release(version: string, files: Readonly<Record<string, string>> = {}): string {
  const place = join(folder(), version);
  mkdirSync(join(place, 'bin'), { recursive: true });
  cpSync(join(projectFolder(), 'systemd'), join(place, 'systemd'), { recursive: true });
  cpSync(join(projectFolder(), 'scripts', 'packaging', 'install.sh'), join(place, 'install.sh'));
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'jetson-car', version }, null, 2));
  writeFileSync(join(place, 'architecture'), 'arm64\n');
  writeFileSync(join(place, 'glibc'), '2.17\n');
  writeFileSync(join(place, 'bin', 'node'), '#!/bin/sh\n', { mode: 0o755 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
  writeFileSync(join(place, 'files'), contentsOf(place));
  return place;
}

function install(place: string, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync('sh', [join(place, 'install.sh'), ...options], { encoding: 'utf8' });
  return { status, words: stdout + stderr };
}
const at = (...path: string[]) => join(root, ...path);

test('a first installation has its program, units, rules, user and a configuration', () => {
  const { status, words } = install(release('1.0.0'), '--root', root);
  expect(status, words).toBe(0);
  expect(readlinkSync(at('opt/jetson-car/current'))).toBe('versions/1.0.0');
  for (const file of [
    'opt/jetson-car/current/package.json',
    'etc/systemd/system/jetson-car.service',
    'etc/systemd/system/jetson-car-neutral.service',
    'etc/udev/rules.d/60-jetson-car.rules',
    'etc/modules-load.d/jetson-car.conf',
    'usr/lib/sysusers.d/jetson-car.conf',
    'etc/polkit-1/localauthority/50-local.d/jetson-car.pkla',
    'etc/polkit-1/rules.d/60-jetson-car.rules',
    'var/lib/jetson-car/car.yaml',
  ]) {
    expect(existsSync(at(file)), file).toBe(true);
  }
});

test('twice is as once, and an upgrade keeps what the car wrote', () => {
  const first = release('1.0.0');
  install(first, '--root', root);
  writeFileSync(at('var/lib/jetson-car/car.yaml'), 'preset: hshop-1-18\n');
  expect(install(first, '--root', root).status).toBe(0);
  expect(readdirSync(at('opt/jetson-car/versions'))).toEqual(['1.0.0']);

  expect(install(release('1.1.0'), '--root', root).status).toBe(0);
  expect(readlinkSync(at('opt/jetson-car/current'))).toBe('versions/1.1.0');
  expect(readdirSync(at('opt/jetson-car/versions')).sort()).toEqual(['1.0.0', '1.1.0']);
  expect(readFileSync(at('var/lib/jetson-car/car.yaml'), 'utf8')).toBe('preset: hshop-1-18\n');
});

test('only the newest versions are kept', () => {
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) {
    expect(install(release(version), '--root', root).status).toBe(0);
  }
  expect(readdirSync(at('opt/jetson-car/versions')).sort()).toEqual(['1.2.0', '1.3.0']);
});

test('a dry run touches nothing', () => {
  const { status, words } = install(release('1.0.0'), '--root', root, '--dry-run');
  expect(status, words).toBe(0);
  expect(words).toContain('would run: cp -a');
  expect(words).toMatch(/a dry run: nothing was done\n$/);
  expect(install(release('1.0.0'), '--uninstall', '--root', root, '--dry-run').words).toMatch(/nothing was done\n$/);
  expect(readdirSync(root)).toEqual([]);
});

test('taken away, what the car wrote is left', () => {
  const place = release('1.0.0');
  install(place, '--root', root);
  expect(install(place, '--uninstall', '--root', root).status).toBe(0);
  expect(existsSync(at('opt/jetson-car'))).toBe(false);
  expect(readdirSync(at('etc/systemd/system'))).toEqual([]);
  expect(existsSync(at('var/lib/jetson-car/car.yaml'))).toBe(true);
});

test.each([
  [['--now'], 'there is no option --now'],
  [['--root'], '--root needs a folder'],
  [['--root', ''], '--root needs a folder'],
  [['--root', '/no/such/folder'], '--root /no/such/folder is no folder'],
  [['--root', '/'], '--root / is this machine itself'],
])('%j is refused', (options, why) => {
  const { status, words } = install(release('1.0.0'), ...options);
  expect(status).toBe(1);
  expect(words).toContain(why);
});

describe('the library of the GPU, on request', () => {
  /** An install.sh that means an archive of the test's own; what is fetched comes from `curl`. */
  function installerOf(archive: string, curl: string): string {
    const place = release('1.0.0');
    const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
    const script = join(place, 'install.sh');
    const text = readFileSync(script, 'utf8');
    const own = text.replace(/^cuda_sha256=.*$/m, `cuda_sha256=${sha256}`);
    expect(own).not.toBe(text);
    writeFileSync(script, own);
    const bin = join(folder(), 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'curl'), `#!/bin/sh\n${curl}\n`, { mode: 0o755 });
    return place;
  }
  function installCuda(place: string, ...options: string[]) {
    const { status, stdout, stderr } = spawnSync(
      'sh',
      [join(place, 'install.sh'), '--cuda', ...options, '--root', root],
      {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(folder(), 'bin')}:${process.env['PATH']}` },
      },
    );
    return { status, words: stdout + stderr };
  }
  function archive(): string {
    const library = join(folder(), 'onnxruntime', 'lib');
    mkdirSync(library, { recursive: true });
    writeFileSync(join(library, 'libonnxruntime.so'), 'a library');
    const file = join(folder(), 'library.tar.bz2');
    // Whether it is compressed, tar sees.
    expect(spawnSync('tar', ['cf', file, '-C', folder(), 'onnxruntime']).status).toBe(0);
    return file;
  }
  const library = () => readFileSync(at('opt/onnxruntime/lib/libonnxruntime.so'), 'utf8');

  test.each([
    ['fetched', () => []],
    ['from an archive that was fetched elsewhere', (file: string) => [file]],
  ])('%s: held to its hash, unpacked, and again in place of what was there', (_how, named) => {
    const file = archive();
    // Whatever a network does, it is not waited for without end.
    const limits = 'case "$*" in *"--connect-timeout 30 --speed-limit 1000 --speed-time 60"*) ;; *) exit 2 ;; esac';
    const place = installerOf(file, `${limits}\nwhile [ "$1" != -o ]; do shift; done\ncp "${file}" "$2"`);
    for (const _again of [1, 2]) {
      const { status, words } = installCuda(place, ...named(file));
      expect(status, words).toBe(0);
      expect(words).toContain('runtime: /opt/onnxruntime/lib/libonnxruntime.so');
      expect(library()).toBe('a library');
      writeFileSync(at('opt/onnxruntime/lib/left'), '');
    }
    expect(readdirSync(at('opt'))).toEqual(['onnxruntime']);
  });

  test.each([
    ['another file', ['package.json'], 'is not the library that is meant: its SHA-256 is'],
    ['a file that is not there', ['nowhere.tar.bz2'], 'nowhere.tar.bz2 is no file'],
    ['one that cannot be fetched', [], 'could not be fetched: see that the car has internet'],
  ])('%s is refused, and what was there stays', (_name, names, why) => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    expect(installCuda(place, file).status).toBe(0);
    const { status, words } = installCuda(place, ...names.map((name) => join(place, name)));
    expect(status, words).toBe(1);
    expect(words).toContain(why);
    expect(library()).toBe('a library');
    expect(readdirSync(at('opt'))).toEqual(['onnxruntime']);
  });

  test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)(
    'ended by %s while it fetches, it leaves nothing',
    async (signal) => {
      const place = installerOf(archive(), 'echo begun; exec sleep 60');
      const installing = spawn('sh', [join(place, 'install.sh'), '--cuda', '--root', root], {
        env: { ...process.env, PATH: `${join(folder(), 'bin')}:${process.env['PATH']}` },
        stdio: ['ignore', 'pipe', 'ignore'],
        // A group of its own, as a terminal's: what a lost connection ends is all of it.
        detached: true,
      });
      const ended = once(installing, 'exit');
      let words = '';
      for await (const part of installing.stdout) {
        words += part;
        if (words.includes('begun')) break;
      }
      expect(readdirSync(at('opt'))).toEqual(['.onnxruntime.unfinished']);
      process.kill(-installing.pid!, signal);
      expect((await ended)[0]).not.toBe(0);
      expect(readdirSync(at('opt'))).toEqual([]);
    },
  );

  test('of a plug that was pulled between the old one and the new one, the old one is put back', () => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    expect(installCuda(place, file).status).toBe(0);
    const mv = join(folder(), 'bin', 'mv');
    const pulled = 'case $1 in *.unfinished/*) kill -9 $PPID ;; *) PATH=/usr/bin:/bin exec mv "$@" ;; esac';
    writeFileSync(mv, `#!/bin/sh\n${pulled}\n`, { mode: 0o755 });
    expect(installCuda(place, file).status).toBe(null);
    expect(readdirSync(at('opt')).sort()).toEqual(['.onnxruntime.unfinished', 'onnxruntime.before']);
    rmSync(mv);
    expect(installCuda(place).words).toContain('could not be fetched');
    expect(library()).toBe('a library');
    expect(readdirSync(at('opt'))).toEqual(['onnxruntime']);
  });

  test('what one that was ended half-way left is gone after the next', () => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    for (const left of ['.onnxruntime.unfinished', 'onnxruntime.before', 'onnxruntime']) {
      mkdirSync(at('opt', left, 'lib'), { recursive: true });
      writeFileSync(at('opt', left, 'lib', 'half'), '');
    }
    expect(installCuda(place, file).status).toBe(0);
    expect(readdirSync(at('opt'))).toEqual(['onnxruntime']);
    expect(readdirSync(at('opt/onnxruntime/lib'))).toEqual(['libonnxruntime.so']);
  });

  test('is refused on a disk without the space, and what was there stays', () => {
    const file = archive();
    const place = installerOf(file, 'exit 6');
    expect(installCuda(place, file).status).toBe(0);
    const df = 'printf "Filesystem 1024-blocks Used Available\\n/dev/card 9 9 65540\\n"';
    writeFileSync(join(folder(), 'bin', 'df'), `#!/bin/sh\n${df}\n`, { mode: 0o755 });
    const { status, words } = installCuda(place, file);
    expect(status).toBe(1);
    expect(words).toContain('the disk has 64 MB left, and 64 MB are needed: delete something');
    expect(library()).toBe('a library');
    expect(readdirSync(at('opt'))).toEqual(['onnxruntime']);
  });

  test.each([[['--uninstall']], [['--dry-run', '--uninstall']]])('with %j beside it nothing is done', (options) => {
    const place = release('1.0.0');
    install(place, '--root', root);
    for (const both of [
      ['--cuda', ...options],
      [...options, '--cuda'],
    ]) {
      const { status, words } = install(place, ...both, '--root', root);
      expect(status).toBe(1);
      expect(words).toContain('--uninstall and --cuda exclude each other: name one');
    }
    expect(existsSync(at('opt/jetson-car/current/package.json'))).toBe(true);
  });

  test('a dry run fetches nothing', () => {
    const place = installerOf(archive(), `touch "${at('fetched')}"`);
    const { status, words } = installCuda(place, '--dry-run');
    expect(status, words).toBe(0);
    expect(words).toMatch(/would fetch https:.* hold it to SHA-256 [0-9a-f]{64}.*\na dry run: nothing was done\n$/);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('is refused, by name', () => {
  const ownArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  test.each([
    ['the wrong processor', { architecture: 'riscv\n' }, 'this release is for riscv and this machine is'],
    ['too old a system', { architecture: `${ownArchitecture}\n`, glibc: '9.99\n' }, 'and the release needs 9.99'],
  ])('%s', (_name, files, why) => {
    const { status, words } = install(release('1.0.0', files), '--dry-run');
    expect(status).toBe(1);
    expect(words).toContain(why);
  });

  test.each([
    ['missing', (file: string) => rmSync(file)],
    ['cut off', (file: string) => truncateSync(file, 3)],
  ])('a release of which a file is %s, before anything is touched', (_name, spoil) => {
    const place = release('1.0.0');
    spoil(join(place, 'systemd', 'jetson-car.service'));
    const { status, words } = install(place, '--root', root);
    expect(status).toBe(1);
    expect(words).toMatch(
      /1 files of the release are missing or not as they were packed,\nsuch as systemd\/jetson-car\.service/,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  test('a second one at the same time, and only then', async () => {
    const holder = spawn('flock', [root, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const { status, words } = install(release('1.0.0'), '--root', root);
    expect(status).toBe(1);
    expect(words).toContain('another install.sh is at work');
    holder.stdin.end();
    await once(holder, 'exit');
    expect(install(join(folder(), '1.0.0'), '--root', root).status).toBe(0);
  });
});

test('folders with spaces, and an archive of any user’s', () => {
  const place = join(folder(), 'my car');
  cpSync(release('1.0.0'), place, { recursive: true });
  root = join(folder(), 'the root');
  mkdirSync(root);
  const { status, words } = install(place, '--root', root);
  expect(status, words).toBe(0);
  expect(existsSync(at('opt/jetson-car/current/install.sh'))).toBe(true);
});

test.each([
  ['before the new version was in its place', 'opt/jetson-car/versions/.unfinished/half'],
  ['between taking the old one away and putting the new one there', 'opt/jetson-car/versions/1.0.0.before/old'],
])('one that was ended half-way, %s, is run again', (_when, left) => {
  const place = release('1.0.0');
  mkdirSync(at(left), { recursive: true });
  symlinkSync('versions/1.0.0', at('opt/jetson-car/current'));
  const { status, words } = install(place, '--root', root);
  expect(status, words).toBe(0);
  expect(words).toContain('installing version 1.0.0\n');
  expect(readdirSync(at('opt/jetson-car/versions'))).toEqual(['1.0.0']);
  expect(existsSync(at('opt/jetson-car/current/package.json'))).toBe(true);
});

describe('a version that does not become ready is undone', () => {
  /** What install.sh does from then on, with programs of a system in trouble in the place of this machine's. */
  function goBack(place: string, before: string, programs: Readonly<Record<string, string>>) {
    const bin = join(folder(), 'bin');
    mkdirSync(bin);
    const asked = join(folder(), 'asked');
    const sound = { sleep: '', journalctl: 'echo "no camera"', systemctl: '' };
    for (const [name, text] of Object.entries({ ...sound, ...programs })) {
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>"${asked}"\n${text}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const file = join(place, 'go-back.sh');
    const text = readFileSync(join(place, 'install.sh'), 'utf8');
    const functions = text.replace(/^"\$action"\n$/m, '');
    expect(functions).not.toBe(text);
    // Below a folder of its own, and yet with the services of a machine.
    writeFileSync(file, `${functions}root=\nbefore=${before}\ngo_back\n`);
    const { status, stdout, stderr } = spawnSync('sh', [file, '--root', root], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
    });
    return { status, words: stdout + stderr, asked: readFileSync(asked, 'utf8').split('\n') };
  }
  const failing = (...which: string[]) =>
    `case $1 in ${which.join('|')}) echo "Failed to connect to bus" >&2; exit 1 ;; is-active) echo active ;; esac`;

  test.each([
    ['well', 'case $1 in show) echo 0123 ;; is-active) echo active ;; esac', 'active'],
    ['that does not tell which start it was', failing('show'), 'active'],
    ['that tells nothing and does nothing', failing('show', 'stop', 'daemon-reload', 'restart', 'is-active'), ''],
  ])('by a systemd %s', (_name, systemctl, state) => {
    for (const version of ['1.0.0', '1.1.0']) install(release(version), '--root', root);
    const { status, words, asked } = goBack(join(folder(), '1.1.0'), '1.0.0', { systemctl });
    expect(status, words).toBe(1);
    expect(words).toContain(`version 1.1.0 did not become ready; version 1.0.0 is back and ${state}`);
    expect(words).toContain('no camera');
    expect(readlinkSync(at('opt/jetson-car/current'))).toBe('versions/1.0.0');
    expect(readdirSync(at('opt/jetson-car/versions'))).toEqual(['1.0.0']);
    expect(asked).toContain('systemctl restart jetson-car.service');
  });

  test('where the same version was there before', () => {
    install(release('1.0.0'), '--root', root);
    const versions = at('opt/jetson-car/versions');
    cpSync(join(versions, '1.0.0'), join(versions, '1.0.0.before'), { recursive: true });
    writeFileSync(join(versions, '1.0.0.before', 'as-it-was'), '');
    const { words } = goBack(join(folder(), '1.0.0'), '1.0.0', { systemctl: failing('show') });
    expect(words).toContain('version 1.0.0 is back and active');
    expect(readdirSync(versions)).toEqual(['1.0.0']);
    expect(existsSync(join(versions, '1.0.0', 'as-it-was'))).toBe(true);
  });
});
