import { expect, test } from 'vitest';
import { eventTexts } from './events.ts';

/** Beside an icon, on one line of a phone held upright. */
const longestText = 40;
/** On the second line, in smaller letters. */
const longestCure = 50;

test.each(Object.entries(eventTexts))('%s says what happened and what helps, in words that fit a phone', (_, said) => {
  expect(said.text).toMatch(/^[A-Z].*[^.]$/);
  expect(said.text.length).toBeLessThanOrEqual(longestText);
  expect(said.cure.length).toBeLessThanOrEqual(longestCure);
  // Who is alarmed wants to know what to do.
  if (said.severity === 'critical') expect(said.cure).not.toBe('');
});
