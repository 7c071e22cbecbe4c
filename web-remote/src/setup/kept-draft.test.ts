import { expect, test } from 'vitest';
import { keptDraft, noDraft } from './kept-draft.ts';

function storageOf(entries: Readonly<Record<string, string>> = {}) {
  const kept = new Map(Object.entries(entries));
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return { kept, open: () => storage };
}

const wheels = { screen: 'wheels', deviceId: 'a' };

test('what was changed on one screen is there again, on that screen alone, until nothing is changed any more', () => {
  const { kept, open } = storageOf();
  const draft = { changes: { steering: { centrePulseUs: 1480 } }, from: { steering: { centrePulseUs: 1500 } } };
  keptDraft(wheels, open).write(draft);
  expect(keptDraft(wheels, open).read()).toEqual(draft);
  expect(keptDraft({ ...wheels, screen: 'camera' }, open).read()).toEqual(noDraft);
  keptDraft(wheels, open).write(noDraft);
  expect(kept.size).toBe(0);
});

test.each([
  'no JSON',
  '{"changes":{"steering":{"centrePulseUs":"1480"}},"from":{}}',
  // Without what it was changed from: whether somebody else has set it since cannot be told.
  '{"steering":{"centrePulseUs":1480}}',
  '{"changes":{"steering":{"centrePulseUs":1480}}}',
  '{"of another version":1}',
  '[]',
])('what cannot be a draft is none: %s', (text) => {
  expect(keptDraft(wheels, storageOf({ 'draft wheels a': text }).open).read()).toEqual(noDraft);
});

test('a browser that keeps nothing has no draft, and no other trouble', () => {
  const off = (): never => {
    throw new Error('storage is switched off');
  };
  const draft = keptDraft(wheels, off);
  draft.write({ changes: { throttle: { deadZone: 0.1 } }, from: { throttle: { deadZone: 0.05 } } });
  expect(draft.read()).toEqual(noDraft);
});
