import { expect, test } from 'vitest';
import { lockSchema, neededModules } from './needed-modules.ts';

const lock = lockSchema.parse({
  packages: {
    '': { dependencies: { a: '1' } },
    'node_modules/a': { dependencies: { b: '2', c: '1' }, optionalDependencies: { native: '1' } },
    'node_modules/a/node_modules/b': { dependencies: { c: '1', d: '1' } },
    'node_modules/b': { dependencies: { unneeded: '1' } },
    'node_modules/c': { peerDependencies: { a: '1' } },
    'node_modules/d': {},
    'node_modules/native': {},
    'node_modules/unneeded': {},
  },
});

test('each package finds its own, first beside itself, then above', () => {
  expect([...neededModules(lock, ['a'], () => true)].sort()).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/c',
    'node_modules/d',
    'node_modules/native',
  ]);
});

test('what is not installed is left out', () => {
  expect(neededModules(lock, ['a'], (place) => place !== 'node_modules/native').has('node_modules/native')).toBe(false);
  expect(neededModules(lock, ['nowhere'], () => true).size).toBe(0);
});
