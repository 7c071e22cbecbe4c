import type { z } from 'zod';
import { nearestWord } from './nearest-word.ts';

/** What JSON and YAML know, for people. */
const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  object: 'keys with their values',
  record: 'keys with their values',
  array: 'a list',
  tuple: 'a list',
  null: 'nothing',
};

/** What a schema would have taken where it refused something: `expected a whole number`. For people. */
export function wantedBy(issue: z.core.$ZodIssue, given?: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values, given);
    case 'invalid_union': {
      const { options } = issue as { readonly options?: unknown };
      return Array.isArray(options) ? oneOf(options, given) : anyOf(issue.errors, given);
    }
    case 'too_small':
    case 'too_big':
      return bound(issue);
    default:
      return issue.message;
  }
}

/** What was given, as a schema tells kinds apart. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return kinds[typeof value] ?? typeof value;
}

/** More words than that say nothing beside the one that was meant. */
const mostNamed = 12;

function oneOf(values: readonly unknown[], given: unknown): string {
  // Of three letters one is a third: "gpu" is not what "cpu" was meant to be.
  const isWord = typeof given === 'string' && given.length > 3;
  const words = values.length > 1 ? values.map(String) : [];
  const sameWord = words.find((word) => word.toLowerCase() === String(given).toLowerCase());
  const near = sameWord ?? (isWord ? nearestWord(given, words) : undefined);
  const meant = near === undefined ? '' : `, perhaps ${JSON.stringify(near)}`;
  if (near !== undefined && values.length > mostNamed) return `expected one of ${values.length} words${meant}`;
  return `expected ${values.map((value) => JSON.stringify(value)).join(' or ')}${meant}`;
}

/** Of several kinds, none of which it is: what the first complaint of each wants. */
function anyOf(errors: readonly (readonly z.core.$ZodIssue[])[], given: unknown): string {
  const wanted = errors.flatMap(([first]) => (first === undefined ? [] : wantedBy(first, given)));
  return [...new Set(wanted)].map((text, at) => (at === 0 ? text : text.replace(/^expected /, ''))).join(', or ');
}

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const isSmall = issue.code === 'too_small';
  const limit = String(isSmall ? issue.minimum : issue.maximum);
  if (issue.origin !== 'string' && issue.origin !== 'array') {
    if (issue.inclusive === false) return `expected a number ${isSmall ? 'above' : 'under'} ${limit}`;
    return `expected ${limit} ${isSmall ? 'or more' : 'or less'}`;
  }
  const things = issue.origin === 'string' ? 'letters' : 'entries';
  if (isSmall && limit === '1') return issue.origin === 'string' ? 'expected a text' : 'expected an entry or more';
  return `expected ${limit} ${things} or ${isSmall ? 'more' : 'fewer'}`;
}
