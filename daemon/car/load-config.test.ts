import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { ToldError } from '../platform/user-error.ts';
import { trouble } from '../protocol/troubles.ts';
import { carConfigSchema } from './config.ts';
import { configOf, loadConfig } from './load-config.ts';
import { presets } from './presets.ts';

const folder = testFolder('jetson-car-config');

function file(text: string): string {
  const path = join(folder, `${Math.abs(text.length * 31 + text.charCodeAt(0))}.yaml`);
  writeFileSync(path, text);
  return path;
}

test.each(Object.keys(presets))('the preset %s is a valid configuration', (name) => {
  expect(carConfigSchema.safeParse(presets[name]).error).toBeUndefined();
});

test('nothing given is the simulated car', () => {
  expect(loadConfig({})).toMatchObject({ vehicle: { name: 'simulated' }, actuators: { bus: { kind: 'simulated' } } });
});

test('a file says only what differs, the command line wins over it', () => {
  const path = file('preset: hshop-1-18\nremote:\n  port: 9000\npilot:\n  maxSpeedMps: 1.5\n');
  const config = loadConfig({ file: path, overrides: { remote: { port: 9001 } } });
  expect(config.remote).toMatchObject({ host: '127.0.0.1', port: 9001 });
  expect(config.pilot).toMatchObject({ maxSpeedMps: 1.5, gripShare: 0.7 });
  expect(config.vehicle.name).toBe('hshop-1-18');
});

test.each([
  ['remote:\n  port: eighty\n', /remote\.port.*number/s],
  ['pilot:\n  gripShare: .nan\n', /pilot\.gripShare/],
  ['actuators:\n  commandLifetimeMs: 0\n', /commandLifetimeMs/],
  ['vehicle:\n  weelbaseM: 1\n', /vehicle\.weelbaseM: there is no such key\. Did you mean wheelbaseM\?/],
  [
    'actuators:\n  throttle:\n    maxForwrd: 0.3\n',
    /actuators\.throttle\.maxForwrd: there is no such key\. Did you mean maxForward\?/,
  ],
  ['__proto__: {port: 1}\n', /^ {2}__proto__: there is no such key\. Known: preset, vehicle, /m],
  ['remote: {"__proto__": {port: 1}}\n', /remote\.__proto__: there is no such key\. Known: host, port/],
  ['preset: __proto__\n', /vehicle "__proto__" is not known/],
  ['remtoe: {}\n', /remtoe: there is no such key\. Did you mean remote\?/],
  ['remote: {colour: red}\n', /remote\.colour: there is no such key\. Known: host, port/],
  ['pilot: {name: warp}\n', /pilot\.name/],
  ['detector: {runtime: nod}\n', /detector\.runtime: expected "node", or the path of a libonnxruntime\.so/],
  ['detector: {devices: []}\n', /detector\.devices/],
  ['detector: {devices: [cuda, cuda]}\n', /detector\.devices: expected each device once/],
  ['detector: {devices: [tpu]}\n', /detector\.devices\.0: expected "tensorrt" or "cuda" or "cpu"; given is "tpu"/],
  ['detector: {gpu: {cudaMemoryLimitMb: 16}}\n', /detector\.gpu\.cudaMemoryLimitMb: .*64/],
  ['detector: {gpu: {cudnnSearch: heuristic}}\n', /detector\.gpu\.cudnnSearch: .*"HEURISTIC"/],
  [
    'detector: {gpu: {engineCacheFoldr: x}}\n',
    /detector\.gpu\.engineCacheFoldr: there is no such key\. Did you mean engineCacheFolder\?/,
  ],
  ['remote: [1\n', /neither YAML nor JSON, at line 2, column 1: a "\[" is not closed: "\]" is missing\./],
  [
    'remote:\n  port: 1\n   host: x\n',
    /at line 2, column 9: a key stands where a value should end: .*\n {2}2 \| {3}port: 1\n {14}\^$/,
  ],
  ['remote:\n\tport: 1\n', /at line 2, column 1: a tab stands before this line: right would be blanks\./],
  ['remote: {port: 1 host: x}\n', /at line 1, column 16: within \{ \} or \[ \] a comma is missing here/],
  ['remote: {}\nremote: {}\n', /at line 2, column 1: this key stands twice in one group\. Leave one of them\./],
  ['pilot: "\\q"\n', /at line 1, column 9: between "double quotes" a backslash/],
  [`pilot: {name: 'x\n`, /a ' is not closed: another ' is missing\.\n/],
  ['pilot: @x\n', /at line 1, column 8: a value cannot begin like this: put it between quotes\.\n/],
  ['pilot: *name\n', /a value that begins with \* is a reference in YAML, .*Put it between quotes\.$/],
  [`${' '.repeat(3)}x: ${'y'.repeat(200)}: z\n`, /\n {2}1 \| .{1,70}\n {6,50}\^$/],
  ['a letter\n', /the whole file: expected keys with their values; given is "a letter"\nChange it in /],
  ['[1, 2]\n', /the whole file: expected keys with their values; given is \[1,2\]\nChange it in /],
  ['camera: {widthPx: 1.5}\n', /camera\.widthPx: expected a whole number \(it goes from 64 to 4096\); given is 1\.5/],
  ['safety: {lostPhoneInAuto: stpo}\n', /expected "stop" or "continue", perhaps "stop"; given is "stpo"/],
  [
    'actuators: {motors: []}\n',
    /actuators\.motors: no key of this kind of actuators\. Take it out, or change actuators\.kind\./,
  ],
  ['presett: simulated\n', /presett: there is no such key\. Did you mean preset\?/],
  ['preset: tank\n', /vehicle "tank" is not known\. Known: simulated/],
  ['preset: jetbto\n', /vehicle "jetbto" is not known\. Did you mean jetbot\? Known: simulated/],
])('the file %j is refused with its reason', (text, reason) => {
  const path = file(text);
  expect(() => loadConfig({ file: path })).toThrow(reason);
});

test('the detector runs by the npm package unless a library is named', () => {
  expect(loadConfig({}).detector).toMatchObject({ runtime: 'node' });
  expect(loadConfig({}).detector.devices).toBeUndefined();
  const path = file('detector:\n  runtime: ./lib/libonnxruntime.so\n  devices: [cuda, cpu]\n  gpu: {fp16: false}\n');
  const { detector } = loadConfig({ file: path });
  expect(detector).toMatchObject({ runtime: './lib/libonnxruntime.so', devices: ['cuda', 'cpu'] });
  expect(detector.gpu).toEqual({ deviceId: 0, cudaMemoryLimitMb: 1024, cudnnSearch: 'HEURISTIC', fp16: false });
});

test('a wrong value names the option that gave it, and only that', () => {
  const overrides = { pilot: { name: 'warp' } };
  expect(() => loadConfig({ overrides })).toThrow(
    /^the command line is not usable:\n {2}pilot\.name, given by --pilot: expected "cones"; given is "warp"\nChange --pilot\.$/,
  );
  const path = file('pilot: {name: warp9}\n');
  expect(() => loadConfig({ file: path, overrides: { remote: {} } })).toThrow(/pilot\.name: /);
});

test('a missing file is named', () => {
  expect(() => loadConfig({ file: '/nowhere/car.yaml' })).toThrow(
    /\/nowhere\/car\.yaml does not exist\. Change --config/,
  );
});

test('nothing in it can be changed afterwards, however deep', () => {
  const config = loadConfig({});
  const unfrozen: string[] = [];
  let looked = 0;
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    looked++;
    if (!Object.isFrozen(value)) unfrozen.push(path);
    for (const [key, inner] of Object.entries(value)) look(inner, `${path}.${key}`);
  };
  look(config, 'config');
  expect(unfrozen).toEqual([]);
  expect(looked).toBeGreaterThan(8);
  expect(() => Object.assign(config.actuators.throttle, { maxForward: 1 })).toThrow(TypeError);
  // The presets are not frozen with it.
  expect(Object.isFrozen(presets['simulated']!.camera)).toBe(false);
});

test('what is refused is told with nothing left open: neither a file that there is none of, nor a field of the whole', () => {
  const tooSlow = trouble('value-not-above', { field: 'pilot.maxSpeedMps', floor: 0 });
  expect(troubleOf(() => configOf({ overrides: { pilot: { maxSpeedMps: 0 } } }))).toEqual(
    trouble('command-line-unfit', {}, [tooSlow]),
  );
  const text = (value: unknown) => ({ file: 'car.yaml', text: JSON.stringify(value) });
  expect(troubleOf(() => configOf({ text: text({ pilot: { maxSpeedMps: 0 } }) }))).toEqual(
    trouble('config-unfit', { file: 'car.yaml' }, [tooSlow]),
  );
  expect(troubleOf(() => configOf({ text: text([]) }))).toEqual(
    trouble('config-unfit', { file: 'car.yaml' }, [trouble('content-unfit', {})]),
  );
});

function troubleOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof ToldError ? error.trouble : error;
  }
}
