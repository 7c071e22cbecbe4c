import { expect, test } from 'vitest';
import { eventCodes, eventTexts } from '../../../daemon/protocol/events.ts';
import { en } from './en.ts';
import { languages, preferredLanguage } from './language.ts';
import { vi } from './vi.ts';

test('the first of the browser’s languages that the page speaks is taken, else English', () => {
  expect(preferredLanguage(['vi-VN', 'en'])).toBe('vi');
  expect(preferredLanguage(['de', 'VI', 'en'])).toBe('vi');
  expect(preferredLanguage(['en-GB', 'vi'])).toBe('en');
  expect(preferredLanguage(['de', 'fr'])).toBe('en');
  expect(preferredLanguage([])).toBe('en');
});

test('every language has words for every event, and a cure wherever English has one', () => {
  for (const language of Object.values(languages)) {
    for (const code of eventCodes) {
      expect(language.events[code].text, code).not.toBe('');
      expect(language.events[code].cure === '', code).toBe(eventTexts[code].cure === '');
    }
  }
});

test('no text of the page is left in English by mistake: those that are the same are the same on purpose', () => {
  const same = sameLeaves(en, vi);
  expect(same.sort()).toEqual(['rows.camera', 'speed', 'speedBadge()']);
});

/** The paths at which both say the very same. Functions are called with 2. */
function sameLeaves(a: object, b: object, path = ''): string[] {
  return Object.entries(a).flatMap(([key, one]) => {
    const other: unknown = (b as Record<string, unknown>)[key];
    const at = `${path}${key}`;
    if (typeof one === 'function' && typeof other === 'function') {
      return one(2) === other(2) ? [`${at}()`] : [];
    }
    if (typeof one === 'object' && one !== null) return sameLeaves(one, other as object, `${at}.`);
    return one === other && one !== '' ? [at] : [];
  });
}
