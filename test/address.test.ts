import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startCar } from './harness/running-car.ts';
import { testFolder } from './harness/test-folders.ts';

const root = join(import.meta.dirname, '..');
const folder = testFolder('address');
const ownState = { JETSON_CAR_STATE: join(folder, 'state'), RUNTIME_DIRECTORY: '' };

function jetsonCar(...args: string[]) {
  const program = join(root, 'scripts', 'jetson-car.js');
  return spawnSync(process.execPath, [program, ...args], {
    ...{ cwd: root, encoding: 'utf8' },
    env: { ...process.env, ...ownState },
  });
}

test('of a car that only its own machine reaches the place is told where it listens, not where the configuration has it', {
  timeout: 240_000,
}, async () => {
  const car = await startCar(['--host', '127.0.0.1'], ownState);
  // The car opens its socket last.
  await car.until('the socket', () => JSON.parse(jetsonCar('address', '--json').stdout).from === 'running-car');
  expect(JSON.parse(jetsonCar('address', '--json').stdout)).toEqual({
    ...{ urls: [], from: 'running-car' },
    localUrls: [car.url],
  });
  expect(jetsonCar('address').stdout).toContain(`The car that runs here is at ${car.url}, which only this machine`);
  const pairing = jetsonCar('pair');
  expect(pairing.stderr).toContain(`the car that runs here (${car.url}) listens on its own machine alone`);
  expect(pairing.status).toBe(1);
  await car.end();
  expect(existsSync(ownState.JETSON_CAR_STATE), 'nothing is left behind').toBe(false);
  expect(jetsonCar('address').stdout).toContain('No car runs here, or none that answers. By the configuration');
  expect(jetsonCar('pair').stderr).toContain(`no car runs here (looked in ${ownState.JETSON_CAR_STATE}`);
});
