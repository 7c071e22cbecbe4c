import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Settings, type SettingsPatch, settingsPatchSchema, settingsSchema } from '../protocol/settings.ts';
import { carConfigSchema } from './config.ts';
import { configOf } from './load-config.ts';
import { presets } from './presets.ts';
import { changesOf, resetChangesOf, settingsBetween, settingsOf, withSettings } from './settings.ts';

const pulse = fc.integer({ min: 500, max: 2500 });
const share = fc.double({ min: 0.1, max: 1, noNaN: true });
/** Without -0, which JSON does not know. */
const angle = fc.double({ min: -0.5, max: 1, noNaN: true }).map((value) => value + 0);
const patches: fc.Arbitrary<SettingsPatch> = fc.record(
  {
    steering: fc.record({ leftPulseUs: pulse, centrePulseUs: pulse, rightPulseUs: pulse }, { requiredKeys: [] }),
    throttle: fc.record(
      { maxForward: share, maxReverse: share, deadZone: fc.double({ min: 0, max: 0.5, noNaN: true }) },
      { requiredKeys: [] },
    ),
    motor: fc.record({ neutralPulseUs: pulse, forwardPulseUs: pulse }, { requiredKeys: [] }),
    camera: fc.record({ heightM: share, pitchRad: angle }, { requiredKeys: [] }),
    detector: fc.record({ modelFile: fc.string({ minLength: 1 }), scoreThreshold: share }, { requiredKeys: [] }),
    pilot: fc.record({ maxSpeedMps: share, stopFor: fc.array(fc.constantFrom('person', 'box')) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

test.each(Object.entries(presets))('the settings of %s fit their schema', (_name, config) => {
  expect(settingsSchema.parse(settingsOf(config))).toEqual(settingsOf(config));
});

test('what is set is what is in force, everything else stays, and the file would say the same', () => {
  const before = configOf({});
  fc.assert(
    fc.property(patches, (patch) => {
      settingsPatchSchema.parse(patch);
      const after = withSettings(before, patch);
      carConfigSchema.parse(after);
      const expected = mergeGroups(settingsOf(before), patch);
      expect(settingsOf(after)).toEqual(expected);
      expect(withSettings(after, settingsOf(before))).toEqual(before);
      expect(mergeGroups(settingsOf(before), settingsBetween(settingsOf(before), expected))).toEqual(expected);
      const text = { file: 'car.json', text: JSON.stringify(changesOf(patch)) };
      expect(configOf({ text })).toEqual(after);
    }),
  );
});

test('a key that holds undefined changes nothing', () => {
  const config = configOf({});
  expect(withSettings(config, { pilot: { maxSpeedMps: undefined }, camera: undefined } as SettingsPatch)).toEqual(
    config,
  );
});

test('a reset names every value of its group, and no other', () => {
  const settings = settingsOf(configOf({}));
  expect(resetChangesOf('steering', settings)).toEqual({
    actuators: { steering: { leftPulseUs: null, centrePulseUs: null, rightPulseUs: null } },
  });
  expect(Object.keys(resetChangesOf('camera', settings))).toEqual(['camera']);
});

function mergeGroups(settings: Settings, patch: SettingsPatch): Settings {
  const groups = Object.entries(settings).map(([group, values]) => [
    group,
    { ...values, ...patch[group as keyof SettingsPatch] },
  ]);
  return settingsSchema.parse(Object.fromEntries(groups));
}
