import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { testFolder } from '../../test/harness/test-folders.ts';
import { type DiskSteps, disk } from '../platform/atomic-file.ts';
import { UserError } from '../platform/user-error.ts';
import { type ToldTrouble, trouble } from '../protocol/troubles.ts';
import type { carConfigSchema } from './config.ts';
import { ConfigStore, fallbackInWords } from './config-store.ts';
import { presets } from './presets.ts';

const folder = testFolder('jetson-car-store');

let file: string;
let count = 0;
beforeEach(() => {
  const own = join(folder, String(count++));
  mkdirSync(own);
  file = join(own, 'car.yaml');
});

/** What the composition root adds: how the numbers stand to each other. */
const problemsOf = ({ actuators: { steering } }: z.infer<typeof carConfigSchema>): ToldTrouble[] =>
  !('centrePulseUs' in steering) || steering.centrePulseUs < Math.max(steering.leftPulseUs, steering.rightPulseUs)
    ? []
    : [
        {
          text: 'actuators.steering.centrePulseUs lies beyond the ends',
          trouble: trouble('value-unfit', { field: 'actuators.steering.centrePulseUs' }),
        },
      ];

function store(over: Partial<ConstructorParameters<typeof ConfigStore>[0]> = {}): ConfigStore {
  return new ConfigStore({ file, whenMissing: 'refuse', problemsOf, ...over });
}

/** As a start that nothing refuses. @returns why no copy was kept. */
function started(over?: Parameters<typeof store>[0]): string | undefined {
  const own = store(over);
  own.load();
  return own.keepLoaded();
}

const good = '# the class car\npilot:\n  maxSpeedMps: 1.5 # not faster in the hall\n';

describe('a file that is good', () => {
  it('is in force, and a copy is kept', () => {
    writeFileSync(file, good);
    expect(store().load()).toMatchObject({ config: { pilot: { maxSpeedMps: 1.5 } }, fallback: undefined });
    expect(started()).toBeUndefined();
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good);
  });

  it('is no copy to fall back to before the car has started with it', () => {
    writeFileSync(file, good);
    started();
    writeFileSync(file, 'remote: {host: 192.0.2.1}');
    expect(store().load().config.remote.host).toBe('192.0.2.1');
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good);
    store().change({ pilot: { maxSpeedMps: 2 } });
    // The change, and not what else the file says by now.
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good.replace('1.5', '2'));
  });

  it('is kept as it was loaded: what was written since is not what the car started with', () => {
    writeFileSync(file, good);
    const own = store();
    own.load();
    writeFileSync(file, 'remote: {host: 192.0.2.1}');
    own.keepLoaded();
    expect(readFileSync(own.lastGoodFile, 'utf8')).toBe(good);
  });

  it('is kept as good only when it is so without the command line of this run', () => {
    writeFileSync(file, good);
    started();
    writeFileSync(file, 'pilot:\n  maxSpeedMps: 1000\n');
    const overrides = { pilot: { maxSpeedMps: 1 } };
    expect(store({ overrides }).load().config.pilot.maxSpeedMps).toBe(1);
    expect(started({ overrides })).toMatch(/only good together with this command line.*pilot\.maxSpeedMps/s);
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good);
    store({ overrides: { pilot: { maxSpeedMps: 1 } } }).change({ pilot: { maxSpeedMps: 2 } });
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good.replace('1.5', '2'));
    expect(store().load()).toMatchObject({ config: { pilot: { maxSpeedMps: 2 } }, fallback: undefined });
  });

  it('stays as private as it was, and so does its copy', () => {
    writeFileSync(file, good);
    chmodSync(file, 0o600);
    const modes = () => [file, store().lastGoodFile].map((each) => statSync(each).mode & 0o777);
    // As a power cut leaves it.
    writeFileSync(`${file}.new`, good, { mode: 0o644 });
    writeFileSync(`${store().lastGoodFile}.new`, good, { mode: 0o644 });
    started();
    expect(modes()).toEqual([0o600, 0o600]);
    store().change({ pilot: { maxSpeedMps: 2 } });
    expect(modes()).toEqual([0o600, 0o600]);
    rmSync(file);
    rmSync(store().lastGoodFile);
    store({ whenMissing: 'start-empty' }).change({ pilot: { maxSpeedMps: 2 } });
    expect(statSync(file).mode & 0o007).toBe(0);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'stays with its owner although root changes it, and so does its copy (only root gives files away)',
    () => {
      const carUser = 4321;
      writeFileSync(file, good);
      chownSync(file, carUser, carUser);
      const owners = () => [file, store().lastGoodFile].map((each) => statSync(each).uid);
      started();
      expect(owners()).toEqual([carUser, carUser]);
      chownSync(store().lastGoodFile, 0, 0);
      store().change({ pilot: { maxSpeedMps: 2 } });
      expect(owners()).toEqual([carUser, carUser]);
    },
  );

  it('is in force although what lies in the place of its copy cannot be read', () => {
    writeFileSync(file, good);
    mkdirSync(store().lastGoodFile);
    expect(store().load().config.pilot.maxSpeedMps).toBe(1.5);
    expect(started()).toMatch(/car\.yaml\.last-good is a folder/);
  });

  it('is in force although no copy can be kept, and that is told', () => {
    writeFileSync(file, good);
    const full: DiskSteps = {
      ...disk,
      write() {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    };
    expect(store({ steps: full }).load().fallback).toBeUndefined();
    expect(started({ steps: full })).toMatch(/car\.yaml\.last-good cannot be written: the disk is full/);
  });
});

describe('a file that cannot be used', () => {
  it.each<[string, () => void]>([
    ['cut off', () => truncateSync(file, good.indexOf('maxSpeedMps') + 13)],
    ['empty of sense', () => writeFileSync(file, '\0'.repeat(200))],
    ['with a value beyond its bounds', () => writeFileSync(file, 'pilot: {maxSpeedMps: -1}')],
    [
      'with values that contradict each other',
      () => writeFileSync(file, 'actuators: {steering: {centrePulseUs: 2400}}'),
    ],
    ['no longer there', () => rmSync(file)],
  ])('%s: the last good one is in force, and what is wrong is told', (_, spoil) => {
    writeFileSync(file, good);
    started();
    spoil();
    const broken = store();
    const { config, fallback } = broken.load();
    expect(broken.keepLoaded()).toBeUndefined();
    expect(config.pilot.maxSpeedMps).toBe(1.5);
    expect(fallback?.text).toContain('car.yaml');
    expect(fallback?.trouble).toBeDefined();
    expect(fallback?.copy).toEqual({ file: broken.lastGoodFile, keptAt: statSync(broken.lastGoodFile).mtime });
    // Nor is the bad one kept as good.
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good);
  });

  it('is refused where there is no copy', () => {
    writeFileSync(file, 'pilot: {maxSpeedMps: -1}');
    expect(() => store().load()).toThrow(/pilot\.maxSpeedMps.*\(it goes from above 0 to 30\); given is -1/);
  });

  it('and a copy that is no better: the file’s own trouble is told', () => {
    writeFileSync(file, 'pilot: {maxSpeedMps: -1}');
    writeFileSync(store().lastGoodFile, 'camera: {widthPx: 1}');
    expect(() => store().load()).toThrow(/pilot\.maxSpeedMps/);
  });

  it('is told together with the copy in its stead', () => {
    writeFileSync(file, good);
    started();
    writeFileSync(file, 'pilot: {maxSpeedMps: -1}');
    const { fallback } = store().load();
    if (fallback === undefined) throw new Error('the copy is not in force');
    expect(fallbackInWords(fallback)).toMatch(/pilot\.maxSpeedMps[\s\S]*last good copy.*car\.yaml\.last-good.*\d{4}-/);
  });

  it('may be missing where nothing was changed so far', () => {
    expect(store({ whenMissing: 'start-empty' }).load()).toMatchObject({ config: { vehicle: { name: 'simulated' } } });
    expect(() => store().load()).toThrow(/car\.yaml does not exist/);
  });
});

describe('a change', () => {
  it('is written, keeps comments and the rest, and the file before it is kept', () => {
    writeFileSync(file, good);
    store().change({ remote: { port: 9000 }, pilot: { gripShare: 0.5 } });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# the class car');
    expect(text).toContain('maxSpeedMps: 1.5 # not faster in the hall');
    expect(readFileSync(store().lastGoodFile, 'utf8')).toBe(good);
    expect(store().load().config).toMatchObject({
      remote: { port: 9000 },
      pilot: { gripShare: 0.5, maxSpeedMps: 1.5 },
    });
  });

  it('to null gives the value back to the preset', () => {
    writeFileSync(file, good);
    store().change({ pilot: { maxSpeedMps: null, gripShare: null }, remote: { port: null } });
    expect(store().load().config.pilot).toEqual(presets['simulated']!.pilot);
  });

  it('makes a file where there was none, and mends a broken one from its copy', () => {
    store({ whenMissing: 'start-empty' }).change({ remote: { port: 9000 } });
    expect(readFileSync(file, 'utf8')).toBe('remote:\n  port: 9000\n');
    started();
    writeFileSync(file, 'remote: {port: 9');
    store().change({ pilot: { gripShare: 0.5 } });
    expect(store().load()).toMatchObject({
      config: { remote: { port: 9000 }, pilot: { gripShare: 0.5 } },
      fallback: undefined,
    });
  });

  it.each<[string, string | undefined]>([
    ['half edited', 'pilot: {oops'],
    ['gone', undefined],
  ])('is not lost when the file is %s before the next one, and what was found is kept', (_, found) => {
    const notices: string[] = [];
    const own = store({ onNotice: (text) => notices.push(text) });
    writeFileSync(file, good);
    own.load();
    own.keepLoaded();
    own.change({ remote: { port: 9000 } });
    rmSync(file);
    if (found !== undefined) writeFileSync(file, found);
    // A start in between has it too.
    expect(store().load()).toMatchObject({ config: { remote: { port: 9000 } }, fallback: expect.anything() });
    own.change({ pilot: { gripShare: 0.5 } });
    expect(store().load()).toMatchObject({
      config: { remote: { port: 9000 }, pilot: { gripShare: 0.5, maxSpeedMps: 1.5 } },
      fallback: undefined,
    });
    expect(readFileSync(own.lastGoodFile, 'utf8')).toBe(readFileSync(file, 'utf8'));
    expect(existsSync(own.unusableFile) ? readFileSync(own.unusableFile, 'utf8') : undefined).toBe(found);
    expect(notices).toEqual(found === undefined ? [] : [expect.stringContaining('car.yaml.unusable')]);
  });

  it('after an edit by hand that was good, and one that is not, loses neither', () => {
    const own = store();
    writeFileSync(file, good);
    own.load();
    own.keepLoaded();
    writeFileSync(file, `${good}camera: {heightM: 0.2}\n`);
    own.change({ remote: { port: 9000 } });
    writeFileSync(file, 'pilot: {oops');
    own.change({ pilot: { gripShare: 0.5 } });
    expect(store().load().config).toMatchObject({
      camera: { heightM: 0.2 },
      remote: { port: 9000 },
      pilot: { gripShare: 0.5, maxSpeedMps: 1.5 },
    });
  });

  it('without a copy does not lose what was loaded with the file', () => {
    const own = store();
    writeFileSync(file, good);
    own.load();
    rmSync(file);
    own.change({ pilot: { gripShare: 0.5 } });
    expect(store().load().config.pilot).toMatchObject({ gripShare: 0.5, maxSpeedMps: 1.5 });
  });

  it('that is taken back is so in the copy as well', () => {
    const own = store();
    writeFileSync(file, good);
    own.load();
    own.keepLoaded();
    const changes = { pilot: { maxSpeedMps: 2 } };
    const takeBack = own.takingBack(changes);
    own.change(changes);
    takeBack();
    expect([file, own.lastGoodFile].map((each) => readFileSync(each, 'utf8'))).toEqual([good, good]);
  });

  it('is made although the copy cannot be renewed, and that is told', () => {
    const notices: string[] = [];
    writeFileSync(file, good);
    started();
    const copyFails: DiskSteps = {
      ...disk,
      write(name, ...rest) {
        if (name.includes('last-good')) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return disk.write(name, ...rest);
      },
    };
    store({ steps: copyFails, onNotice: (text) => notices.push(text) }).change({ pilot: { maxSpeedMps: 2 } });
    expect(store().load().config.pilot.maxSpeedMps).toBe(2);
    expect(notices).toEqual([expect.stringMatching(/last-good cannot be written: the disk is full/)]);
  });

  it('of a JSON file leaves JSON', () => {
    writeFileSync(file, '{\n  "remote": { "port": 9000 }\n}\n');
    store().change({ remote: { port: 9001 }, pilot: { gripShare: 0.5 } });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ remote: { port: 9001 }, pilot: { gripShare: 0.5 } });
  });

  it.each<[string, object, RegExp]>([
    ['NaN', { pilot: { gripShare: Number.NaN } }, /pilot\.gripShare: .*\(it goes from 0\.1 to 1\)/],
    [
      'infinite',
      { pilot: { maxSpeedMps: Number.POSITIVE_INFINITY } },
      /pilot\.maxSpeedMps: .*\(it goes from above 0 to 30\)/,
    ],
    ['no time-out', { actuators: { commandLifetimeMs: 0 } }, /commandLifetimeMs: .*\(it goes from 20 to 250\)/],
    ['negative', { camera: { heightM: -0.1 } }, /camera\.heightM/],
    ['a word', { pilot: { maxSpeedMps: 'fast' } }, /pilot\.maxSpeedMps: .*; given is "fast"/],
    ['an address, which may hold a password', { pilot: { name: 'rtsp://me:secret@there' } }, /^((?!secret)[\s\S])*$/],
    ['an unknown name', { pilot: { name: '99' } }, /pilot\.name: .*cones/],
    [
      'min over max',
      { actuators: { steering: { centrePulseUs: 2400 } } },
      /actuators\.steering\.centrePulseUs lies beyond/,
    ],
    ['an unknown key', { remote: { portt: 1 } }, /Did you mean port\?/],
    ['a group where a value is', { pilot: { maxSpeedMps: { fast: 3 } } }, /pilot\.maxSpeedMps\.fast cannot be changed/],
    ['a prototype', JSON.parse('{"__proto__": {"polluted": 1}}'), /__proto__/],
  ])('to %s is refused with name and bounds, and the file stays as it is', (_, changes, reason) => {
    writeFileSync(file, good);
    expect(() => store().change(changes as { [key: string]: unknown })).toThrow(UserError);
    expect(() => store().change(changes as { [key: string]: unknown })).toThrow(reason);
    expect(readFileSync(file, 'utf8')).toBe(good);
    expect({}).not.toHaveProperty('polluted');
  });

  it('that cannot be written is refused, and the file stays as it is', () => {
    writeFileSync(file, good);
    const readOnly: DiskSteps = {
      ...disk,
      write() {
        throw Object.assign(new Error('read-only'), { code: 'EROFS' });
      },
    };
    expect(() => store({ steps: readOnly }).change({ remote: { port: 9000 } })).toThrow(
      /read-only.*Nothing was changed/,
    );
    expect(readFileSync(file, 'utf8')).toBe(good);
  });
});
