import fc from 'fast-check';
import { expect, test } from 'vitest';
import { standardMapping } from './driving/gamepad-chart.ts';
import { defaultFeel } from './driving/stick-feel.ts';
import { mappingFor, parseSettings, settingsSchema } from './settings.ts';

test('nothing kept, and rubbish kept, are the defaults', () => {
  const defaults = parseSettings(null);
  expect(defaults).toMatchObject({ ...defaultFeel, sticks: 'by-orientation', showBoxes: true });
  for (const rubbish of ['', '[]', 'null', '"x"', '{"', '7']) expect(parseSettings(rubbish)).toEqual(defaults);
});

test('a choice that is none is as if it had not been made; the others hold', () => {
  expect(parseSettings('{"throttleCap": 7, "sticks": "two", "showBoxes": 1}')).toMatchObject({
    throttleCap: defaultFeel.throttleCap,
    sticks: 'two',
    showBoxes: true,
  });
});

test('whatever is kept, what comes of it is within the limits, and is kept as it is', () => {
  fc.assert(
    fc.property(
      fc.record(Object.fromEntries(Object.keys(settingsSchema.shape).map((k) => [k, fc.anything()]))),
      (any) => {
        const settings = parseSettings(JSON.stringify(any));
        expect(settings.throttleCap).toBeGreaterThanOrEqual(0.1);
        expect(settings.throttleCap).toBeLessThanOrEqual(1);
        expect(Math.abs(settings.trim)).toBeLessThanOrEqual(0.3);
        expect(parseSettings(JSON.stringify(settings))).toEqual(settings);
      },
    ),
  );
});

test('a pad has the mapping that was made for it, others the standard one', () => {
  const made = { ...standardMapping, forward: { kind: 'button', index: 0 } } as const;
  const settings = { ...parseSettings(null), padMappings: { mine: made } };
  expect(mappingFor(settings, 'mine')).toEqual(made);
  expect(mappingFor(settings, 'toString')).toEqual(standardMapping);
});
