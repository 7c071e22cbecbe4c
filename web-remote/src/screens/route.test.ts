import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf, parseRoute } from './route.ts';

test('an address says where in the page one is; what is no address is the start', () => {
  expect(parseRoute('#/setup/steering')).toEqual(['setup', 'steering']);
  expect(parseRoute('#/telemetry')).toEqual(['telemetry']);
  for (const hash of ['', '#', '#/', '#telemetry', '#/../etc', '#/a//b', '#/a/<script>', '#/a/']) {
    expect(parseRoute(hash), hash).toEqual([]);
  }
});

test('every place has an address that leads to it', () => {
  const word = fc.stringMatching(/^[\w-]+$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (route) => {
      expect(parseRoute(addressOf(route))).toEqual(route);
    }),
  );
});
