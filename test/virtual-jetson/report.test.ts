import { expect, test } from 'vitest';
import { describeResults, readJunit } from './report.ts';

const xml = `<?xml version="1.0" encoding="UTF-8" ?>
<testsuites name="vitest tests" tests="3" failures="1">
  <testsuite name="suites/service.test.ts">
    <testcase classname="suites/service.test.ts" name="a &gt; &quot;b&quot;" time="1.25">
    </testcase>
    <testcase classname="suites/bus.test.ts" name="bad" time="0.5">
      <failure message="expected 1 to be 2" type="AssertionError">at x</failure>
    </testcase>
    <testcase classname="suites/bus.test.ts" name="none" time="0"><skipped/></testcase>
    <testcase classname="suites/bus.test.ts" name="short" time="0.1"/>
  </testsuite>
</testsuites>`;

test('each case has its outcome', () => {
  expect(readJunit(xml)).toEqual([
    { suite: 'suites/service.test.ts', name: 'a > "b"', outcome: 'passed', seconds: 1.25 },
    { suite: 'suites/bus.test.ts', name: 'bad', outcome: 'failed', seconds: 0.5 },
    { suite: 'suites/bus.test.ts', name: 'none', outcome: 'skipped', seconds: 0 },
    { suite: 'suites/bus.test.ts', name: 'short', outcome: 'passed', seconds: 0.1 },
  ]);
});

test('the table names what failed', () => {
  expect(describeResults(readJunit(xml), []).split('\n')[1]).toBe('FAILED     0.5 s  bus.test.ts > bad');
});

test('the table says what passed only when it was tried again, and why not before', () => {
  const retried = [{ suite: 'suites/bus.test.ts', name: 'short', tries: 2, text: 'too late' }];
  const lines = describeResults(readJunit(xml), retried).split('\n');
  expect(lines[3]).toBe('AGAIN      0.1 s  bus.test.ts > short (at try 2; the first: too late)');
  expect(lines.filter((line) => line.startsWith('AGAIN'))).toHaveLength(1);
});

test('no cases, no lines', () => {
  expect(readJunit('')).toEqual([]);
  expect(describeResults([], [])).toBe('');
});
