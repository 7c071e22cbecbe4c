import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compactJson } from './compact-json.ts';

test('what is calculated is told to the thousandth, what is counted as it is', () => {
  const told = {
    xM: 0.8328544730008088,
    yM: -1e-9,
    atMs: 14759298.141788,
    frameId: 123456,
    list: [1 / 3],
    text: '1.23456',
  };
  expect(compactJson(told)).toBe(
    '{"xM":0.833,"yM":0,"atMs":14759298.142,"frameId":123456,"list":[0.333],"text":"1.23456"}',
  );
});

test('no number moves by more than half a thousandth, and none grows longer', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (value) => {
      const text = compactJson([value]);
      expect(Math.abs(JSON.parse(text)[0] - value)).toBeLessThanOrEqual(0.0005 + 1e-9);
      expect(text.length).toBeLessThanOrEqual('[-1000000.123]'.length);
    }),
  );
});
