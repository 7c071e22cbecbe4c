import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { address } from './address.ts';

const folder = testFolder('address');
afterEach(() => {
  vi.unstubAllEnvs();
});

async function told(state: string): Promise<string> {
  vi.stubEnv('JETSON_CAR_STATE', state);
  vi.stubEnv('RUNTIME_DIRECTORY', '');
  let text = '';
  const standardOutput = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  await address({}).finally(() => standardOutput.mockRestore());
  return text;
}

test('the configuration answers where no car runs, and that is said', async () => {
  expect(await told(join(folder, 'none'))).toMatch(
    /^No car runs here, or none that answers\. By the configuration its remote listens at 127\.0\.0\.1, which only this machine/,
  );
});

test.skipIf(process.getuid?.() !== 0)(
  'of a car that this user may not ask it is not said that none runs (root alone can be another user)',
  async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    chmodSync(folder, 0o755);
    process.seteuid?.(65_534);
    const text = await told(closed).finally(() => process.seteuid?.(0));
    expect(text).toMatch(/^This user may not ask the car that may run here: use sudo\. By the configuration/);
  },
);
