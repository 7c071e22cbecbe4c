import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../../daemon/platform/paths.ts';

/**
 * onnxruntime-node would fetch CUDA libraries when it is installed on x64: hundreds of megabytes that are not for this car, and a
 * classroom may have no internet. npm 10 runs the install scripts that the lock file tells of; npm 11 asks `allowScripts` too.
 */
test('no npm runs the install script that would fetch CUDA libraries', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(projectFolder(), name), 'utf8'));
  const onnxruntime = read('package-lock.json').packages['node_modules/onnxruntime-node'];
  expect(onnxruntime.version).toBe(read('package.json').dependencies['onnxruntime-node']);
  expect(onnxruntime, 'delete "hasInstallScript" of onnxruntime-node from package-lock.json').not.toHaveProperty(
    'hasInstallScript',
  );
  expect(read('package.json').allowScripts['onnxruntime-node']).toBe(false);
});
