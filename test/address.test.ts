import { spawnSync } from 'node:child_process';
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

/** Asks until it is told so: a busy machine may be late to answer once. The test's own limit ends what hangs. */
async function untilTold(args: readonly string[], what: RegExp): Promise<void> {
  let said = '';
  for (let tries = 0; tries < 20; tries++) {
    const { stdout, stderr } = jetsonCar(...args);
    said = `${stdout}${stderr}`;
    if (what.test(said)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(said).toMatch(what);
}

test('of a car that only its own machine reaches the place is told where it listens, not where the configuration has it', {
  timeout: 300_000,
}, async () => {
  const car = await startCar(['--host', '127.0.0.1'], ownState);
  const place = car.url.replaceAll('.', '\\.');
  // The car opens its socket last.
  await untilTold(
    ['address', '--json'],
    new RegExp(`^{"urls":\\[\\],"from":"running-car","localUrls":\\["${place}"\\]}\n$`),
  );
  await untilTold(['address'], new RegExp(`The car that runs here is at ${place}, which only this machine`));
  await untilTold(['pair'], new RegExp(`the car that runs here \\(${place}\\) listens on its own machine alone`));
  expect(jetsonCar('pair').status).toBe(1);
  await car.end();
  expect(jetsonCar('address').stdout).toContain('No car runs here, or none that answers. By the configuration');
  expect(jetsonCar('pair').stderr).toContain(`no car runs here (looked in ${ownState.JETSON_CAR_STATE}`);
});
