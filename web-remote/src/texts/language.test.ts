import { expect, test } from 'vitest';
import { eventCodes, eventTexts } from '../../../daemon/protocol/events.ts';
import { carMessages } from './en/car-messages.ts';
import { drive } from './en/drive.ts';
import { page } from './en/page.ts';
import { setUp } from './en/set-up.ts';
import { telemetry } from './en/telemetry.ts';
import { en } from './en.ts';
import { languages, preferredLanguage } from './language.ts';

test('the first of the browser’s languages that the page speaks is taken, else English', () => {
  expect(preferredLanguage(['vi-VN', 'en'])).toBe('vi');
  expect(preferredLanguage(['de', 'VI', 'en'])).toBe('vi');
  expect(preferredLanguage(['en-GB', 'vi'])).toBe('en');
  expect(preferredLanguage(['de', 'fr'])).toBe('en');
  expect(preferredLanguage([])).toBe('en');
});

test('no sentence hides another of the same name in another room', () => {
  const names = [carMessages, drive, page, setUp, telemetry].flatMap((room) => Object.keys(room));
  expect(names.toSorted()).toEqual(Object.keys(en).toSorted());
});

test('every language has words for every event, and a cure wherever English has one', () => {
  for (const language of Object.values(languages)) {
    for (const code of eventCodes) {
      expect(language.events[code].text, code).not.toBe('');
      expect(language.events[code].cure === '', code).toBe(eventTexts[code].cure === '');
    }
  }
});

test('in every language events fit a phone held upright, as the English ones do', () => {
  for (const language of Object.values(languages)) {
    for (const code of eventCodes) {
      const { text, cure } = language.events[code];
      expect(text.length, text).toBeLessThanOrEqual(40);
      expect(cure.length, cure).toBeLessThanOrEqual(50);
    }
  }
});

test('no language leaves the texts in English: few are the same, such as units and "Camera"', () => {
  for (const [name, language] of Object.entries(languages)) {
    if (name === 'en') continue;
    const same = sameLeaves(en, language);
    expect(same, 'the comparison sees what is the same').toContain('speed');
    expect(same.length, same.join(', ')).toBeLessThan(sameLeaves(en, en).length / 12);
  }
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
