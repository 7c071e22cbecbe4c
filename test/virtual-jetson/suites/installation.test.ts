import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { carUnit, mainPid, unitState, untilReady } from '../testing/service.ts';

const release = '/car/release';
const configuration = '/var/lib/jetson-car/car.yaml';
const current = '/opt/jetson-car/current';

function install(folder: string, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync(join(folder, 'install.sh'), options, { encoding: 'utf8' });
  return { status, words: stdout + stderr };
}

/** The release with some files changed, without copying it. */
function changedRelease(name: string, files: Readonly<Record<string, string>>): string {
  const place = join('/run', name);
  for (const folder of ['upper', 'work', 'merged']) mkdirSync(join(place, folder), { recursive: true });
  const layers = `lowerdir=${release},upperdir=${place}/upper,workdir=${place}/work`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, join(place, 'merged')]);
  const merged = join(place, 'merged');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(merged, file), text);
  // A release says what it is made of, and is refused where it is not.
  const list = "find . -type f ! -path './*files' -printf '%s %P\\n' | LC_ALL=C sort >.files && mv .files files";
  execFileSync('sh', ['-c', list], { cwd: merged });
  return merged;
}

const packageOf = (version: string) =>
  readFileSync(join(release, 'package.json'), 'utf8').replace(/"version": "[^"]*"/, `"version": "${version}"`);
const versionOf = (text: string) => /"version": "([^"]*)"/.exec(text)?.[1];
const installed = () => versionOf(readFileSync(join(current, 'package.json'), 'utf8'));

/** Whatever an installation writes: which files, how large, when changed. */
function written(): string {
  const places = [
    '/opt/jetson-car',
    '/etc/systemd/system',
    '/etc/udev/rules.d',
    '/etc/polkit-1',
    '/usr/lib/sysusers.d',
  ];
  const options = ['-path', '/etc/systemd/system/*.wants', '-prune', '-o', '-printf', '%p %s %i %C@ %l\\n'];
  return execFileSync('find', [...places, configuration, ...options], { encoding: 'utf8', maxBuffer: 2 ** 26 });
}
/** A drive that somebody may still want to see. */
const recording = '/var/lib/jetson-car/recordings/kept-by-the-test';
const newest = '99.1.0';

test('a dry run says what it would do, and does nothing', () => {
  const before = { files: written(), pid: mainPid() };
  const { status, words } = install(release, '--dry-run');
  expect(status, words).toBe(0);
  expect(words).toContain('would run: ');
  expect({ files: written(), pid: mainPid() }).toEqual(before);
});

test('the first installation kept the configuration that was there', () => {
  expect(readFileSync(configuration, 'utf8')).toBe(readFileSync('/car/car.yaml', 'utf8'));
  expect(execFileSync('/usr/local/bin/jetson-car', ['--help'], { encoding: 'utf8' })).toContain('neutralise');
});

test('an upgrade becomes ready, and keeps configuration and recordings', async () => {
  mkdirSync(dirname(recording), { recursive: true });
  writeFileSync(recording, 'a drive');
  const before = installed();
  const { status, words } = install(changedRelease('newer', { 'package.json': packageOf(newest) }));
  expect(status, words).toBe(0);
  expect(words).toContain(`installing version ${newest} over ${before}`);
  expect(installed()).toBe(newest);
  await untilReady();
  expect(readFileSync(configuration, 'utf8')).toBe(readFileSync('/car/car.yaml', 'utf8'));
  expect(readFileSync(recording, 'utf8')).toBe('a drive');
  expect(readdirSync('/opt/jetson-car/versions').sort(), 'the one before stays').toEqual([before, newest].sort());
});

test('a version that does not become ready is undone', async () => {
  const before = readlinkSync(current);
  const broken = changedRelease('broken', {
    'package.json': packageOf('99.0.0'),
    'scripts/jetson-car.js': 'console.error("this version is broken"); process.exit(7);\n',
  });
  const { status, words } = install(broken);
  expect(status, words).toBe(1);
  expect(words).toContain('99.0.0 did not become ready');
  expect(readlinkSync(current)).toBe(before);
  expect(existsSync('/opt/jetson-car/versions/99.0.0')).toBe(false);
  await untilReady();
  expect(unitState(carUnit, 'ActiveState')['ActiveState']).toBe('active');
  expect(installed()).toBe(newest);
  expect(readFileSync(configuration, 'utf8')).toBe(readFileSync('/car/car.yaml', 'utf8'));
});

test('taken away, only what the car wrote is left', () => {
  const { status, words } = install(release, '--uninstall');
  expect(status, words).toBe(0);
  expect(existsSync('/opt/jetson-car')).toBe(false);
  expect(existsSync('/etc/systemd/system/jetson-car.service')).toBe(false);
  expect(unitState(carUnit, 'LoadState')['LoadState']).toBe('not-found');
  expect(mainPid()).toBe(0);
  expect(existsSync('/usr/local/bin/jetson-car')).toBe(false);
  expect(readFileSync(configuration, 'utf8')).toBe(readFileSync('/car/car.yaml', 'utf8'));
  expect(readFileSync(recording, 'utf8')).toBe('a drive');
});
