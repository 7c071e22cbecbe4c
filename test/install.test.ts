import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { projectFolder } from '../daemon/platform/paths.ts';

/** install.sh below a folder of its own: what it puts where. With systemd it runs in the virtual Jetson. */
let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jetson-car-install-'));
  root = join(folder, 'root');
  mkdirSync(root);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A release with all that install.sh reads, and next to nothing of the program. */
function release(version: string): string {
  const place = join(folder, version);
  mkdirSync(join(place, 'bin'), { recursive: true });
  cpSync(join(projectFolder(), 'systemd'), join(place, 'systemd'), { recursive: true });
  cpSync(join(projectFolder(), 'scripts', 'packaging', 'install.sh'), join(place, 'install.sh'));
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name: 'jetson-car', version }, null, 2));
  writeFileSync(join(place, 'architecture'), 'arm64\n');
  writeFileSync(join(place, 'bin', 'node'), '#!/bin/sh\n', { mode: 0o755 });
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
])('%j is refused', (options, why) => {
  const { status, words } = install(release('1.0.0'), ...options);
  expect(status).toBe(1);
  expect(words).toContain(why);
});

test('the wrong machine is refused, by name', () => {
  const place = release('1.0.0');
  writeFileSync(join(place, 'architecture'), 'riscv\n');
  const { status, words } = install(place, '--dry-run');
  expect(status).toBe(1);
  expect(words).toContain('this release is for riscv');
});
