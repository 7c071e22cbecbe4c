import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { layoutNames } from './decoder.ts';
import { recognisers } from './recognisers.ts';

it('every layout has one recogniser, and a line in the documentation', () => {
  expect(recognisers.map(({ layout }) => layout).sort()).toEqual([...layoutNames].sort());
  const documentation = readFileSync(new URL('../../../../docs/networks.md', import.meta.url), 'utf8');
  expect(layoutNames.filter((layout) => !documentation.includes(`| \`${layout}\` |`))).toEqual([]);
});
