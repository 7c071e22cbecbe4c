import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyNetwork, yolov8Head } from '../daemon/perception/testing/tiny-network.ts';
import { startCar } from './harness/running-car.ts';
import { folderOfThisTest, testFolder } from './harness/test-folders.ts';

const root = join(import.meta.dirname, '..');
const folder = testFolder('jetson-car-bad-input');

interface Ended {
  readonly code: number | null;
  readonly errors: string;
}

function jetsonCar(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, 'scripts', 'jetson-car.js'), ...args], { cwd: root });
  child.stdout.resume();
  return endOf(child);
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    let errors = '';
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('close', (code) => resolve({ code, errors }));
  });
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Where the first shard of a data set meets what a full disk answers. */
function fullFolder(): string {
  const path = folderOfThisTest('full');
  symlinkSync('/dev/full', join(path, 'images-000.bin'));
  return path;
}

/** What takes a whole picture for a person. */
function classifier(): string {
  const path = join(folder, 'classifier.onnx');
  const metadata = { task: 'classify', names: "{0: 'person', 1: 'stop sign'}" };
  writeFileSync(path, tinyNetwork({ outputs: [{ name: 'output0', shape: [1, 2], data: [0.9, 0.1] }], metadata }));
  return path;
}

/** Finds nothing that a track is made of. */
function withoutCones(): string {
  const path = join(folder, 'people.onnx');
  const metadata = { names: "{0: 'person', 1: 'dog', 2: 'cat', 3: 'bus'}" };
  writeFileSync(
    path,
    tinyNetwork({ outputs: [{ name: 'output0', shape: [1, 8, 84], data: yolov8Head(4, 84, []) }], metadata }),
  );
  return path;
}

// Only what hangs takes so long: on a machine with twenty others' work a command that draws two pictures was seen to take half a minute.
describe('bad input ends with an error that says what to change', { timeout: 240_000 }, () => {
  test.each<[string, () => string[], RegExp]>([
    [
      'an unknown track format',
      () => ['run', '--track', file('shapes.txt', 'round and round')],
      /shapes\.txt[\s\S]*--track/,
    ],
    ['a missing track', () => ['lap', '--track', join(folder, 'none.npy')], /none\.npy[\s\S]*--track/],
    [
      'a doctor without the car it was sent to',
      () => ['doctor', '--config', 'nowhere.yaml'],
      /nowhere\.yaml does not exist.*--config/,
    ],
    ['an address of no car', () => ['address', '--config', 'nowhere.yaml'], /nowhere\.yaml does not exist.*--config/],
    [
      'a command of the networks without its network',
      () => ['models', 'info'],
      /"jetson-car models info" needs <network>: .*--help/,
    ],
    [
      'a full disk, met by pictures that threads draw',
      () => ['dataset', '--out', fullFolder(), '--count', '2', '--seed', '1'],
      /images-000\.bin cannot be written: the disk is full[\s\S]*--out/,
    ],
    ['a missing model', () => ['run', '--model', 'nowhere.onnx'], /nowhere\.onnx does not exist[\s\S]*--model/],
    ['a model that is none', () => ['lap', '--model', file('fake.onnx', 'not a network')], /fake\.onnx.*not.*ONNX/i],
    [
      'a model that is none, for the car itself',
      () => ['run', '--port', '0', '--for', '20', '--model', file('notes.onnx', 'This is a text about networks.')],
      /notes\.onnx is not an ONNX network: it is text[\s\S]*--model/,
    ],
    [
      'a model that says what, but not where',
      () => ['lap', '--model', classifier()],
      /classifier\.onnx says what a picture shows, but not where[\s\S]*--model/,
    ],
    [
      'a model that says what, but not where, for the car itself',
      () => ['run', '--port', '0', '--for', '20', '--model', classifier()],
      /classifier\.onnx says what a picture shows, but not where[\s\S]*--model/,
    ],
    [
      'a model without cones, at once',
      () => ['lap', '--model', withoutCones()],
      /people\.onnx knows no cones \(4 classes: person, dog, cat, …\)[\s\S]*--model[\s\S]*"blue cone"/,
    ],
    [
      'an obstacle off the track',
      () => ['run', '--port', '0', '--for', '20', '--obstacle', 'person@5000'],
      /person@5000 is not on the track: built-in is [\d.]+ m round[\s\S]*--obstacle/,
    ],
    [
      'a video in no folder',
      () => ['lap', '--video', join(folder, 'none', 'lap.mp4')],
      /lap\.mp4 cannot be written[\s\S]*--video/,
    ],
    [
      'a data set in a file',
      () => ['dataset', '--count', '1', '--seed', '1', '--out', file('taken', '')],
      /taken is a file, not a folder[\s\S]*--out/,
    ],
    [
      'a malformed configuration',
      () => ['run', '--config', file('bad.yaml', 'remote: {port: "x"')],
      /bad\.yaml is neither YAML nor JSON/,
    ],
    [
      'a wrong value',
      () => ['run', '--config', file('far.yaml', 'camera: {heightM: 40}')],
      /camera\.heightM[\s\S]*far\.yaml/,
    ],
    ['an unknown vehicle', () => ['run', '--vehicle', 'tank'], /"tank" is not known\. Known: simulated/],
    ['a port out of range', () => ['run', '--port', '70000'], /--port[\s\S]*0 to 65535/],
    [
      'a seed that is none',
      () => ['run', '--seed', 'x'],
      /--seed is "x"\. Right would be a whole number from 0 to 2147483648\. Change --seed\./,
    ],
    [
      'an obstacle that is none',
      () => ['run', '--obstacle', 'tree'],
      /--obstacle is "[^\n]*"\. Right would be something like person@5/,
    ],
    [
      'an obstacle before the beginning of the track',
      () => ['run', '--obstacle', 'box@-5'],
      /--obstacle is "[^\n]*"\. Right would be something like person@5/,
    ],
    ['an unknown command', () => ['fly'], /"jetson-car" has no command "fly"\. There are: run, doctor/],
  ])('%s', async (_name, args, reason) => {
    const ended = await jetsonCar(...args());
    expect(ended.errors).toMatch(reason);
    expect(ended.errors, 'no stack for what a user can mend').not.toMatch(/\n\s+at /);
    expect(ended.code).not.toBe(0);
  });

  test('a model without cones is warned of in the log, and the car can be driven by hand', async () => {
    const car = await startCar(['--model', withoutCones()]);
    const warning = /people\.onnx knows no cones \(4 classes: person, dog, cat, …\): [^"]*by hand works/;
    await car.until('the warning', () => warning.test(car.output()));
    await car.end();
    expect(await car.exited).toBe(0);
  });

  test.skipIf(process.platform !== 'linux')(
    'a second car in one state folder says so, and both drive (Linux alone tells)',
    async () => {
      const state = { JETSON_CAR_STATE: folderOfThisTest('state') };
      const first = await startCar([], state);
      const second = await startCar([], state);
      const warning = new RegExp(
        `state folder ${state.JETSON_CAR_STATE} is in use by another running car \\([^)]*process ${first.process.pid}\\)[^"]*JETSON_CAR_STATE=`,
      );
      await second.until('the warning', () => warning.test(second.output()));
      expect(first.output()).not.toContain('is in use by');
      await Promise.all([first.end(), second.end()]);
      const third = await startCar([], state);
      await third.end();
      expect(third.output()).not.toContain('is in use by');
    },
  );

  test('a configuration that no car started with is not what the next mistake is hidden behind', async () => {
    const config = file('host.yaml', 'remote: {host: 192.0.2.1}');
    const first = await jetsonCar('run', '--port', '0', '--for', '1', '--config', config);
    expect(first).toMatchObject({ code: 1, errors: expect.stringContaining('"192.0.2.1" is no address') });
    expect(existsSync(`${config}.last-good`)).toBe(false);
    // As one that was good once, at another place.
    file('host.yaml.last-good', 'remote: {host: 192.0.2.1}');
    file('host.yaml', 'camera: {heightM: 40}');
    const second = await jetsonCar('run', '--port', '0', '--for', '1', '--config', config);
    expect(second.errors).toMatch(
      /^jetson-car: [^\n]*\n?[^\n]*camera\.heightM[\s\S]*host\.yaml\.last-good[\s\S]*192\.0\.2\.1/m,
    );
    expect(second.code).toBe(1);
  });

  test('a configuration that the car runs with is kept, and in force where the next one is wrong', async () => {
    const config = file('kept.yaml', 'pilot: {maxSpeedMps: 1.5}\n');
    expect(await jetsonCar('run', '--port', '0', '--for', '1', '--config', config)).toMatchObject({ code: 0 });
    expect(readFileSync(`${config}.last-good`, 'utf8')).toBe('pilot: {maxSpeedMps: 1.5}\n');
    file('kept.yaml', 'camera: {heightM: 40}');
    const { code, errors } = await jetsonCar('run', '--port', '0', '--for', '1', '--config', config);
    expect(errors).toMatch(
      /camera\.heightM[\s\S]*last good copy is in force: [^\n]*kept\.yaml\.last-good, kept at \d{4}-/,
    );
    expect(code).toBe(0);
  });

  test('a bus that is not there is said once by each who knows, not every second', async () => {
    const config = file('no-bus.yaml', 'preset: hshop-1-18\nactuators: {bus: {kind: linux, number: 97}}\n');
    const ended = await jetsonCar('run', '--port', '0', '--for', '8', '--config', config, '--camera', 'sleep 100');
    expect(ended.errors.match(/"there is no \/dev\/i2c-97/g)).toHaveLength(2);
    expect(ended.code).toBe(0);
  });

  test('a reader who has what he wanted ends a command, without a word', async () => {
    const child = spawn(process.execPath, [join(root, 'scripts', 'jetson-car.js'), 'vehicles'], { cwd: root });
    child.stdout.destroy();
    expect(await endOf(child)).toEqual({ code: 141, errors: '' });
  });

  test('an answer that nobody can keep is no success', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [join(root, 'scripts', 'jetson-car.js'), 'vehicles'], {
      cwd: root,
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    const errors = 'jetson-car: the standard output cannot be written: the disk is full.\n';
    expect(await endOf(child)).toEqual({ code: 1, errors });
  });

  test('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const trace = join(folder, 'port.jsonl');
    const ended = await jetsonCar('run', '--port', String(port), '--trace', trace);
    server.close();
    expect(ended.errors).toMatch(new RegExp(`port ${port} .*in use[\\s\\S]*--port`));
    expect(ended.code).toBe(1);
    expect(existsSync(trace), 'the simulator was not even started').toBe(false);
  });
});
