import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { actuatorConfigTroubles } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { type ConfigKeeper, PassingConfig } from '../car/passing-config.ts';
import { UserError } from '../platform/user-error.ts';
import { CarSettings } from './car-settings.ts';

const folder = testFolder('jetson-car-settings');
const problemsOf = ({ actuators }: CarConfig) => actuatorConfigTroubles(actuators);
const file = join(folder, 'car.yaml');

const keepers: Record<string, () => ConfigKeeper> = {
  'in a file': () => {
    writeFileSync(file, '# my car\npreset: hshop-1-18\n');
    return new ConfigStore({ file, whenMissing: 'refuse', problemsOf });
  },
  'until the end': () => new PassingConfig({ preset: 'hshop-1-18', problemsOf }),
};

describe.each(Object.entries(keepers))('settings that are kept %s', (_name, keeperOf) => {
  let settings: CarSettings;
  let applied: CarConfig[];
  let missing: string;

  beforeEach(() => {
    applied = [];
    missing = 'none.onnx';
    settings = new CarSettings({
      // As the command line says: another camera than the file's.
      config: configOf({ preset: 'hshop-1-18', overrides: { camera: { source: 'another camera' } } }),
      keeper: keeperOf(),
      checkNetwork(modelFile) {
        if (modelFile === missing) throw new UserError(`the network ${modelFile} does not exist`);
      },
      apply: (config) => applied.push(config),
    });
  });

  test('are in force at once, beside what the command line says', () => {
    settings.change({ steering: { centrePulseUs: 1480 }, pilot: { stopFor: ['person'] } });
    expect(settings.state.settings.steering).toEqual({ leftPulseUs: 1900, centrePulseUs: 1480, rightPulseUs: 1100 });
    expect(settings.state.settings.pilot.stopFor).toEqual(['person']);
    expect(applied.at(-1)?.camera.source).toBe('another camera');
    expect(settings.state.undoable).toBe(1);
  });

  test('are taken back one by one', () => {
    const first = settings.state.settings;
    settings.change({ camera: { heightM: 0.2 } });
    settings.change({ camera: { heightM: 0.3 }, throttle: { maxForward: 0.5 } });
    settings.undo();
    expect(settings.state.settings).toEqual({ ...first, camera: { ...first.camera, heightM: 0.2 } });
    settings.undo();
    expect(settings.state.settings).toEqual(first);
    expect(() => settings.undo()).toThrow(/nothing to undo/);
  });

  test('of one group go back to the preset, which can be undone too', () => {
    const first = settings.state.settings;
    settings.change({
      motor: { neutralPulseUs: 1490 },
      throttle: { maxForward: 0.4 },
      steering: { leftPulseUs: 1800 },
    });
    const changed = settings.state.settings;
    settings.reset('motor');
    expect(settings.state.settings).toEqual({ ...changed, motor: first.motor });
    settings.undo();
    expect(settings.state.settings).toEqual(changed);
  });

  test('of the detector do not go back to a network with which the car could not drive', () => {
    const preset = settings.state.settings.detector.modelFile;
    settings.change({ detector: { modelFile: 'mine.onnx', scoreThreshold: 0.6 } });
    const before = settings.state;
    missing = preset;
    expect(() => settings.reset('detector')).toThrow(`the network ${preset} does not exist`);
    expect(settings.state).toEqual(before);
    expect(applied).toHaveLength(1);
    // Nothing of it was kept either.
    settings.change({ pilot: { maxSpeedMps: 1 } });
    expect(settings.state.settings.detector).toEqual(before.settings.detector);
    missing = 'none.onnx';
    settings.reset('detector');
    expect(settings.state.settings.detector.modelFile).toBe(preset);
  });

  test.each([
    [{ steering: { centrePulseUs: 1100 } }, /actuators\.steering\.centrePulseUs is 1100/],
    [{ detector: { modelFile: 'none.onnx' } }, /none\.onnx does not exist/],
    [{ camera: { heightM: 0.2 }, motor: { neutralPulseUs: 2000 } }, /neutralPulseUs is 2000/],
  ])('that make no sense are refused as a whole: %j', (patch, why) => {
    const before = settings.state;
    expect(() => settings.change(patch)).toThrow(why);
    expect(() => settings.change(patch)).toThrow(UserError);
    expect(settings.state).toEqual(before);
    expect(applied).toEqual([]);
    // Nothing of it was kept either: a later change does not bring it in.
    settings.change({ pilot: { maxSpeedMps: 1 } });
    expect(settings.state.settings).toEqual({
      ...before.settings,
      pilot: { ...before.settings.pilot, maxSpeedMps: 1 },
    });
  });
});

test('in the file there is what was changed, and what people wrote stays', () => {
  const keeper = keepers['in a file']?.();
  if (keeper === undefined) throw new Error('no keeper');
  const settings = new CarSettings({
    config: configOf({ preset: 'hshop-1-18' }),
    keeper,
    checkNetwork: () => {},
    apply: () => {},
  });
  settings.change({ steering: { centrePulseUs: 1480 } });
  expect(settings.state.kept).toEqual({ kind: 'file', file });
  expect(readFileSync(file, 'utf8')).toBe(
    '# my car\npreset: hshop-1-18\nactuators:\n  steering:\n    centrePulseUs: 1480\n',
  );
});

describe('what was undone', () => {
  const openFile = (text: string): CarSettings => {
    writeFileSync(file, text);
    const keeper = new ConfigStore({ file, whenMissing: 'refuse', problemsOf });
    return new CarSettings({ config: keeper.load().config, keeper, checkNetwork: () => {}, apply: () => {} });
  };
  const written = () => readFileSync(file, 'utf8');

  test.each([
    ['a value that was the preset’s', '# my car\npreset: hshop-1-18\n'],
    [
      'beside others of its group',
      'preset: hshop-1-18\nactuators:\n  steering:\n    leftPulseUs: 1800 # as far as it goes\n',
    ],
    ['a value of the file’s own', 'preset: hshop-1-18\nactuators:\n  steering:\n    centrePulseUs: 1510\n'],
    ['a list', 'preset: hshop-1-18\npilot:\n  stopFor:\n    - person\n'],
  ])('leaves the file as it was: %s', (_what, text) => {
    const settings = openFile(text);
    const before = settings.state.settings;
    const changed = { steering: { centrePulseUs: 1480 }, pilot: { stopFor: ['box'] } };
    settings.change(changed);
    settings.change({ steering: { centrePulseUs: 1490 }, camera: { heightM: 0.2 } });
    settings.reset('steering');
    for (let i = 0; i < 3; i++) settings.undo();
    expect(written()).toBe(text);
    expect(settings.state.settings).toEqual(before);
  });

  test('leaves what somebody wrote into the file meanwhile', () => {
    const settings = openFile('preset: hshop-1-18\n');
    settings.change({ steering: { centrePulseUs: 1480 } });
    writeFileSync(file, written().replace('    centrePulseUs', '    leftPulseUs: 1800\n    centrePulseUs'));
    settings.undo();
    expect(written()).toBe('preset: hshop-1-18\nactuators:\n  steering:\n    leftPulseUs: 1800\n');
  });
});
