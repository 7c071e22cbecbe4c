import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../daemon/platform/paths.ts';
import { folderForEachTest, testFolder } from './harness/test-folders.ts';

/** `jetson-car calibrate` with real processes: motor control on the simulated bus, and a person whose answers are piped in. */
const folder = folderForEachTest(testFolder('jetson-car-calibrate'));

async function calibrate(answers: readonly string[], ...options: string[]) {
  const program = spawn(process.execPath, [join(projectFolder(), 'scripts', 'jetson-car.js'), 'calibrate', ...options]);
  let said = '';
  program.stdout.on('data', (chunk) => {
    said += chunk;
  });
  program.stderr.on('data', (chunk) => {
    said += chunk;
  });
  program.stdin.end(answers.map((answer) => `${answer}\n`).join(''));
  const [status] = await once(program, 'close');
  return { status, said };
}

test('what was set at the wheels is written into the configuration', {
  timeout: 120_000,
}, async () => {
  const file = join(folder(), 'car.yaml');
  const first = ['yes', '1490', '', '', '', '', 'n', 'f', '40 %', '', '', 'yes'];
  const { status, said } = await calibrate(first, '--config', file);
  expect(status, said).toBe(0);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/centrePulseUs: 1490/);
  expect(text).toMatch(/deadZone: 0.02/);
  expect(text).toMatch(/maxForward: 0.4/);
  expect(said).not.toContain('"level":30');
});

test('whoever leaves, or does not say that the wheels are in the air, changes nothing', {
  timeout: 120_000,
}, async () => {
  const file = join(folder(), 'car.yaml');
  for (const answers of [['no'], []]) {
    const refused = await calibrate(answers, '--config', file);
    expect(refused).toMatchObject({ status: 1, said: expect.stringContaining('nothing was changed') });
    expect(refused.said).toMatch(/^There is no file .*car\.yaml yet/);
  }
  const left = await calibrate(['yes', '1490', 'q'], '--config', file);
  expect(left).toMatchObject({ status: 1, said: expect.stringContaining('nothing was changed') });
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('a configuration that cannot be used is refused, though a good copy lies beside it', async () => {
  const file = join(folder(), 'car.yaml');
  writeFileSync(`${file}.last-good`, 'pilot: {maxSpeedMps: 1}\n');
  writeFileSync(file, 'pilot: {maxSpd: 1}\n');
  const { status, said } = await calibrate(['yes'], '--config', file);
  expect(status).toBe(1);
  expect(said).toMatch(/^jetson-car: [\s\S]*maxSpd[\s\S]*Mend that first/);
  expect(readFileSync(file, 'utf8')).toBe('pilot: {maxSpd: 1}\n');
});

test('an unknown vehicle is refused in words', async () => {
  const { status, said } = await calibrate([], '--vehicle', 'nothing');
  expect(status).toBe(1);
  expect(said).toMatch(/^jetson-car: .*nothing/);
});
