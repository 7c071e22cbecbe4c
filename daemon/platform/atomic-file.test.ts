import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomically } from './atomic-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jetson-car-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is whole, with its mode, whatever a crash has left beside it', () => {
  const file = join(folder, 'car.yaml');
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'not ours');
  symlinkSync(elsewhere, `${file}.new`);
  writeFileAtomically(file, 'preset: simulated\n', { mode: 0o600 });
  expect(readFileSync(file, 'utf8')).toBe('preset: simulated\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(elsewhere, 'utf8')).toBe('not ours');
});

test('what root writes belongs to whoever the folder belongs to: the car reads what sudo has written', ({ skip }) => {
  if (process.getuid?.() !== 0) return skip('only root gives files away');
  const carUser = 4321;
  chownSync(folder, carUser, carUser);
  const file = join(folder, 'car.yaml');
  writeFileAtomically(file, 'preset: simulated\n', { mode: 0o600 });
  const { uid, gid } = statSync(file);
  expect([uid, gid]).toEqual([carUser, carUser]);
});
