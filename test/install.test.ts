import { spawn, spawnSync } from 'node:child_process';
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
import { describe, expect, test } from 'vitest';
import { Installation, install } from './harness/installation.ts';

const car = new Installation();

test('a first installation has its program, units, rules, user and a configuration', () => {
  const { status, words } = install(car.release('1.0.0'), '--root', car.root);
  expect(status, words).toBe(0);
  expect(readlinkSync(car.at('opt/jetson-car/current'))).toBe('versions/1.0.0');
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
    expect(existsSync(car.at(file)), file).toBe(true);
  }
});

test('twice is as once, and an upgrade keeps what the car wrote', () => {
  const first = car.release('1.0.0');
  install(first, '--root', car.root);
  writeFileSync(car.at('var/lib/jetson-car/car.yaml'), 'preset: hshop-1-18\n');
  expect(install(first, '--root', car.root).status).toBe(0);
  expect(readdirSync(car.at('opt/jetson-car/versions'))).toEqual(['1.0.0']);

  expect(install(car.release('1.1.0'), '--root', car.root).status).toBe(0);
  expect(readlinkSync(car.at('opt/jetson-car/current'))).toBe('versions/1.1.0');
  expect(readdirSync(car.at('opt/jetson-car/versions')).sort()).toEqual(['1.0.0', '1.1.0']);
  expect(readFileSync(car.at('var/lib/jetson-car/car.yaml'), 'utf8')).toBe('preset: hshop-1-18\n');
});

test('only the newest versions are kept', () => {
  for (const version of ['1.0.0', '1.1.0', '1.2.0', '1.3.0']) {
    expect(install(car.release(version), '--root', car.root).status).toBe(0);
  }
  expect(readdirSync(car.at('opt/jetson-car/versions')).sort()).toEqual(['1.2.0', '1.3.0']);
});

test('a dry run touches nothing', () => {
  const { status, words } = install(car.release('1.0.0'), '--root', car.root, '--dry-run');
  expect(status, words).toBe(0);
  expect(words).toContain('would run: cp -a');
  expect(words).toMatch(/a dry run: nothing was done\n$/);
  expect(install(car.release('1.0.0'), '--uninstall', '--root', car.root, '--dry-run').words).toMatch(
    /nothing was done\n$/,
  );
  expect(readdirSync(car.root)).toEqual([]);
});

test('taken away, what the car wrote is left', () => {
  const place = car.release('1.0.0');
  install(place, '--root', car.root);
  expect(install(place, '--uninstall', '--root', car.root).status).toBe(0);
  expect(existsSync(car.at('opt/jetson-car'))).toBe(false);
  expect(readdirSync(car.at('etc/systemd/system'))).toEqual([]);
  expect(existsSync(car.at('var/lib/jetson-car/car.yaml'))).toBe(true);
});

test.each([
  [['--now'], 'there is no option --now'],
  [['--root'], '--root needs a folder'],
  [['--root', ''], '--root needs a folder'],
  [['--root', '/no/such/folder'], '--root /no/such/folder is no folder'],
  [['--root', '/'], '--root / is this machine itself'],
])('%j is refused', (options, why) => {
  const { status, words } = install(car.release('1.0.0'), ...options);
  expect(status).toBe(1);
  expect(words).toContain(why);
});

describe('is refused, by name', () => {
  const ownArchitecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  test.each([
    ['the wrong processor', { architecture: 'riscv\n' }, 'this release is for riscv and this machine is'],
    ['too old a system', { architecture: `${ownArchitecture}\n`, glibc: '9.99\n' }, 'and the release needs 9.99'],
  ])('%s', (_name, files, why) => {
    const { status, words } = install(car.release('1.0.0', files), '--dry-run');
    expect(status).toBe(1);
    expect(words).toContain(why);
  });

  test.each([
    ['missing', (file: string) => rmSync(file)],
    ['cut off', (file: string) => truncateSync(file, 3)],
  ])('a release of which a file is %s, before anything is touched', (_name, spoil) => {
    const place = car.release('1.0.0');
    spoil(join(place, 'systemd', 'jetson-car.service'));
    const { status, words } = install(place, '--root', car.root);
    expect(status).toBe(1);
    expect(words).toMatch(
      /1 files of the release are missing or not as they were packed,\nsuch as systemd\/jetson-car\.service/,
    );
    expect(readdirSync(car.root)).toEqual([]);
  });

  test('a second one at the same time, and only then', async () => {
    const holder = spawn('flock', [car.root, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const { status, words } = install(car.release('1.0.0'), '--root', car.root);
    expect(status).toBe(1);
    expect(words).toContain('another install.sh is at work');
    holder.stdin.end();
    await once(holder, 'exit');
    expect(install(join(car.folder(), '1.0.0'), '--root', car.root).status).toBe(0);
  });
});

test('folders with spaces, and an archive of any user’s', () => {
  const place = join(car.folder(), 'my car');
  cpSync(car.release('1.0.0'), place, { recursive: true });
  const root = join(car.folder(), 'the root');
  mkdirSync(root);
  const { status, words } = install(place, '--root', root);
  expect(status, words).toBe(0);
  expect(existsSync(join(root, 'opt/jetson-car/current/install.sh'))).toBe(true);
});

test.each([
  ['before the new version was in its place', 'opt/jetson-car/versions/.unfinished/half'],
  ['between taking the old one away and putting the new one there', 'opt/jetson-car/versions/1.0.0.before/old'],
])('one that was ended half-way, %s, is run again', (_when, left) => {
  const place = car.release('1.0.0');
  mkdirSync(car.at(left), { recursive: true });
  symlinkSync('versions/1.0.0', car.at('opt/jetson-car/current'));
  const { status, words } = install(place, '--root', car.root);
  expect(status, words).toBe(0);
  expect(words).toContain('installing version 1.0.0\n');
  expect(readdirSync(car.at('opt/jetson-car/versions'))).toEqual(['1.0.0']);
  expect(existsSync(car.at('opt/jetson-car/current/package.json'))).toBe(true);
});

describe('a version that does not become ready is undone', () => {
  /** What install.sh does from then on, with programs of a system in trouble in the place of this machine's. */
  function goBack(place: string, before: string, programs: Readonly<Record<string, string>>) {
    const bin = join(car.folder(), 'bin');
    mkdirSync(bin);
    const asked = join(car.folder(), 'asked');
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
    const { status, stdout, stderr } = spawnSync('sh', [file, '--root', car.root], {
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
    for (const version of ['1.0.0', '1.1.0']) install(car.release(version), '--root', car.root);
    const { status, words, asked } = goBack(join(car.folder(), '1.1.0'), '1.0.0', { systemctl });
    expect(status, words).toBe(1);
    expect(words).toContain(`version 1.1.0 did not become ready; version 1.0.0 is back and ${state}`);
    expect(words).toContain('no camera');
    expect(readlinkSync(car.at('opt/jetson-car/current'))).toBe('versions/1.0.0');
    expect(readdirSync(car.at('opt/jetson-car/versions'))).toEqual(['1.0.0']);
    expect(asked).toContain('systemctl restart jetson-car.service');
  });

  test('where the same version was there before', () => {
    install(car.release('1.0.0'), '--root', car.root);
    const versions = car.at('opt/jetson-car/versions');
    cpSync(join(versions, '1.0.0'), join(versions, '1.0.0.before'), { recursive: true });
    writeFileSync(join(versions, '1.0.0.before', 'as-it-was'), '');
    const { words } = goBack(join(car.folder(), '1.0.0'), '1.0.0', { systemctl: failing('show') });
    expect(words).toContain('version 1.0.0 is back and active');
    expect(readdirSync(versions)).toEqual(['1.0.0']);
    expect(existsSync(join(versions, '1.0.0', 'as-it-was'))).toBe(true);
  });
});
