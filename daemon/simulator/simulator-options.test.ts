import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFolder } from '../../test/harness/test-folders.ts';
import { presets } from '../car/presets.ts';
import { parseSimulatorOptions } from './simulator-options.ts';
import { TraceFile } from './trace-file.ts';

const folder = testFolder('jetson-car-simulator');

const config = presets['simulated'];
const json = JSON.stringify(config);
const needed = ['--socket', '/tmp/s', '--config', json];

describe('options of the simulator', () => {
  const file = join(folder, 'config.json');
  writeFileSync(file, json);

  test.each([
    ['JSON', json],
    ['a file', file],
  ])('the configuration as %s', (_, given) => {
    expect(parseSimulatorOptions(['--socket', '/tmp/s', '--config', given])).toEqual({
      socket: '/tmp/s',
      config,
      reverse: false,
      seed: 1,
      noise: 1,
      obstacles: [],
    });
  });

  test('all of them', () => {
    const obstacles = [{ kind: 'person', atM: 5, offsetM: -0.1 }];
    const more = ['--track', 't.npy', '--scale', '0.3', '--reverse', '--seed', '7', '--noise', '0.5'];
    expect(
      parseSimulatorOptions([...needed, ...more, '--obstacles', JSON.stringify(obstacles), '--trace', 'x.jsonl']),
    ).toMatchObject({ track: 't.npy', scale: 0.3, reverse: true, seed: 7, noise: 0.5, obstacles, trace: 'x.jsonl' });
  });

  test.each<[string, string[], RegExp]>([
    ['no socket', ['--config', json], /--socket is missing/],
    ['no configuration', ['--socket', 's'], /--config is missing/],
    ['rubbish for a configuration', ['--socket', 's', '--config', '%%%'], /--config holds no JSON/],
    ['another configuration', ['--socket', 's', '--config', '{"vehicle":1}'], /--config is no usable.*vehicle/s],
    ['a scale of 0', [...needed, '--scale', '0'], /--scale is "0"; a number from/],
    ['a seed that is a word', [...needed, '--seed', 'x'], /--seed is "x"/],
    ['an obstacle that is a cow', [...needed, '--obstacles', '[{"kind":"cow","atM":1}]'], /--obstacles/],
    ['an unknown option', [...needed, '--colour', 'red'], /--colour/],
  ])('%s is refused', (_, args, reason) => {
    expect(() => parseSimulatorOptions(args)).toThrow(reason);
  });
});

describe('the trace', () => {
  test('one JSON object a line, nothing lost between flushes', () => {
    const path = join(folder, 'trace.jsonl');
    const trace = TraceFile.open(path);
    trace.add({ atMs: 1 });
    trace.flush();
    trace.flush();
    trace.add({ atMs: 2 });
    trace.add({ atMs: 3 });
    trace.close();
    expect(readFileSync(path, 'utf8')).toBe('{"atMs":1}\n{"atMs":2}\n{"atMs":3}\n');
  });

  test('a place that cannot be written names itself and the option', () => {
    const path = join(folder, 'nowhere', 'trace.jsonl');
    expect(() => TraceFile.open(path)).toThrow(
      /nowhere\/trace\.jsonl cannot be written: its folder does not exist.*--trace/,
    );
  });
});
