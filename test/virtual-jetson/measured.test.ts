import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderOfThisTest } from '../harness/test-folders.ts';
import { describeMeasured, readMeasured } from './measured.ts';

const killed = { fault: 'the daemon is killed', drivenMs: 49.6, boundMs: 300, askedMs: 600 };

test('each harm has a line, with what it took and what was promised', () => {
  const [, line] = describeMeasured([killed]).split('\n');
  expect(line?.trim().split(/ {2,}/)).toEqual(['50 ms', '300 ms', '600 ms', 'the daemon is killed']);
});

test('a run without a campaign has no table', () => {
  const folder = folderOfThisTest('jetson-car-results');
  expect(describeMeasured(readMeasured(folder))).toBe('');
  writeFileSync(join(folder, 'campaign.jsonl'), `${JSON.stringify(killed)}\n`);
  expect(readMeasured(folder)).toEqual([killed]);
});
