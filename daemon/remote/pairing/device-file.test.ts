import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../../../test/harness/test-folders.ts';
import type { PairedDevice } from './device.ts';
import { DeviceFile } from './device-file.ts';
import { type DeviceChange, Devices } from './devices.ts';

const folder = folderForEachTest(testFolder('devices'));

const file = () => join(folder(), 'devices.json');
const token = 'A'.repeat(43);
const start = () => {
  const store = new DeviceFile(folder());
  const loaded = store.load();
  const changes: [string, DeviceChange][] = [];
  const devices = new Devices({ devices: loaded.devices, store, onChange: (...change) => changes.push(change) });
  return { loaded, devices, changes };
};
const add = (devices: Devices, name = 'phone') =>
  devices.add({ id: `id-of-${name}`, name, role: 'driver', token, pairedAt: '2026-01-01T00:00:00.000Z' });

test('only the very first start is one', () => {
  expect(start().loaded.kind).toBe('first-start');
  expect(start().loaded).toEqual({ kind: 'loaded', devices: [] });
});

test('what was paired is known after a restart, by its token alone, which the file does not hold', () => {
  add(start().devices);
  const { devices } = start();
  expect(devices.findByToken(token)?.name).toBe('phone');
  expect(readFileSync(file(), 'utf8')).not.toContain(token);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('a file that others could read is taken away from them', () => {
  add(start().devices);
  chmodSync(file(), 0o644);
  start();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test.each([
  ['nothing', ''],
  ['half of it', '{"version":1,"devi'],
  ['another version', '{"version":2,"devices":[]}'],
  ['a device without a hash', '{"version":1,"devices":[{"id":"abcdefgh","name":"x","role":"driver"}]}'],
  ['an unknown role', '{"version":1,"devices":[{"id":"abcdefgh","name":"x","role":"root"}]}'],
])('a file that holds %s pairs nobody and is no first start', (_what, text) => {
  add(start().devices);
  writeFileSync(file(), text);
  const { loaded, devices } = start();
  expect(loaded).toMatchObject({ kind: 'lost', devices: [] });
  expect(devices.findByToken(token)).toBeUndefined();
  expect(readFileSync(`${file()}.unreadable`, 'utf8')).toBe(text);
});

test('a damaged file that cannot be put aside pairs nobody either, and says why it is still there', () => {
  add(start().devices);
  writeFileSync(file(), '');
  mkdirSync(`${file()}.unreadable`);
  const { loaded } = start();
  expect(loaded).toMatchObject({ kind: 'lost', devices: [], text: expect.stringContaining(`${file()}.unreadable `) });
});

test.skipIf(process.getuid?.() !== 0)(
  'a file that cannot be taken away from others, as on a file system without owners, still holds what is paired (root alone can try)',
  () => {
    add(start().devices);
    for (const each of [dirname(folder()), folder()]) chmodSync(each, 0o755);
    for (const name of readdirSync(folder())) chmodSync(join(folder(), name), 0o644);
    const told: string[] = [];
    const toStandardError = vi.spyOn(process.stderr, 'write').mockImplementation((line) => told.push(String(line)) > 0);
    process.seteuid?.(65_534);
    try {
      for (let time = 0; time < 2; time++) expect(start().devices.findByToken(token)?.name).toBe('phone');
    } finally {
      process.seteuid?.(0);
      toStandardError.mockRestore();
    }
    expect(told).toEqual([
      expect.stringMatching(/devices\.json may be read by other users.*\(EPERM\).*JETSON_CAR_STATE/),
    ]);
  },
);

test('a file that is gone pairs nobody and is no first start', () => {
  add(start().devices);
  rmSync(file());
  expect(start().loaded).toMatchObject({ kind: 'lost', text: expect.stringContaining('is gone') });
});

test.each(['', token.slice(1), `${token}A`, `${token.slice(1)}B`, 'A'.repeat(100_000)])(
  'a token that is not the token (%#) finds nobody',
  (wrong) => {
    const { devices } = start();
    add(devices);
    expect(devices.findByToken(wrong)).toBeUndefined();
  },
);

test('revoked is forgotten, also after a restart, and told', () => {
  const { devices, changes } = start();
  add(devices);
  expect(devices.revoke('id-of-phone')).toBe(true);
  expect(devices.revoke('id-of-phone')).toBe(false);
  expect(changes).toEqual([['id-of-phone', 'revoked']]);
  expect(start().devices.findByToken(token)).toBeUndefined();
});

test('what another car with the same folder has paired and revoked is not undone, and is known from the next change on', () => {
  const one = start();
  add(one.devices, 'first');
  const other = start();
  add(other.devices, 'second');
  one.devices.edit('id-of-first', { role: 'viewer' });
  expect(one.devices.all.map(({ id }) => id)).toEqual(['id-of-first', 'id-of-second']);
  expect(other.devices.revoke('id-of-second')).toBe(true);
  expect(other.changes).toEqual([
    ['id-of-first', 'role-changed'],
    ['id-of-second', 'revoked'],
  ]);
  add(one.devices, 'third');
  expect(one.changes).toEqual([
    ['id-of-first', 'role-changed'],
    ['id-of-second', 'revoked'],
  ]);
  expect(start().devices.all.map(({ id, role }) => [id, role])).toEqual([
    ['id-of-first', 'viewer'],
    ['id-of-third', 'driver'],
  ]);
});

test('a list that is damaged while the car runs is replaced by what the car knows', () => {
  const { devices, changes } = start();
  add(devices, 'first');
  writeFileSync(file(), '{');
  add(devices, 'second');
  expect(start().devices.all.map(({ id }) => id)).toEqual(['id-of-first', 'id-of-second']);
  expect(changes).toEqual([]);
});

test('a new role is told, a new name is not', () => {
  const { devices, changes } = start();
  add(devices);
  expect(devices.edit('id-of-phone', { name: 'Lan' })?.name).toBe('Lan');
  expect(devices.edit('id-of-phone', { role: 'viewer' })?.role).toBe('viewer');
  expect(devices.edit('nobody', { role: 'viewer' })).toBeUndefined();
  expect(changes).toEqual([['id-of-phone', 'role-changed']]);
});

test('what cannot be kept does not count', () => {
  const kept: PairedDevice[] = [];
  const devices = new Devices({
    devices: kept,
    store: {
      newest: () => undefined,
      save() {
        throw new Error('the disk is full');
      },
    },
    onChange: () => {},
  });
  expect(() => add(devices)).toThrow('the disk is full');
  expect(devices.all).toEqual([]);
});

test('there is an end to how many are paired', () => {
  const { devices } = start();
  for (let i = 0; i < 64; i++) expect(add(devices, `phone-${i}`)).toBeDefined();
  expect(add(devices, 'one-more')).toBeUndefined();
});

test('nothing is left lying about', () => {
  add(start().devices);
  expect(readdirSync(folder()).sort()).toEqual(['devices.json', 'started-before']);
  expect(existsSync(`${file()}.new`)).toBe(false);
});
