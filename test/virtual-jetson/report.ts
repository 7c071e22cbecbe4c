import { z } from 'zod';
import type { Retried } from './retried.ts';

/** One test of the run, as JUnit's XML has it. */
export interface TestResult {
  readonly suite: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const attributes = z.object({ classname: z.string(), name: z.string(), time: z.coerce.number() });

/** The test cases of a JUnit file that vitest wrote; what else stands in it is no matter here. */
export function readJunit(xml: string): TestResult[] {
  return [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)].map(([, head = '', body = '']) => {
    const pairs = [...head.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value = '']) => [key, plainText(value)]);
    const { classname, name, time } = attributes.parse(Object.fromEntries(pairs));
    const outcome = /<(failure|error)\b/.test(body) ? 'failed' : /<skipped\b/.test(body) ? 'skipped' : 'passed';
    return { suite: classname, name, outcome, seconds: time };
  });
}

function plainText(text: string): string {
  return text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}

/** A table for people, a line a test; one that passed only when it was tried again says so. */
export function describeResults(results: readonly TestResult[], retried: readonly Retried[]): string {
  const marks = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' } as const;
  return results
    .map(({ outcome, seconds, suite, name }) => {
      const again = outcome === 'passed' && retried.find((each) => each.suite === suite && each.name === name);
      const mark = again ? 'AGAIN' : marks[outcome];
      const why = again ? ` (at try ${again.tries}; the first: ${again.text})` : '';
      return `${mark.padEnd(8)}${`${seconds.toFixed(1)} s`.padStart(8)}  ${suite.replace(/^.*\//, '')} > ${name}${why}\n`;
    })
    .join('');
}
