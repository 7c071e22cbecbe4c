import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testFolder } from '../test/harness/test-folders.ts';
import { onnxRuntimeLibrary } from '../test/harness/tools.ts';
import { runtimeHere } from './perception/detector/model/check-facts.ts';
import { conesAndGates, networkSaver } from './perception/testing/save-networks.ts';
import { yolov8Head } from './perception/testing/tiny-network.ts';
import { checkNetwork, checkNetworkAtStart } from './setup-check.ts';

const folder = testFolder('setup-check');
const outputs = [{ name: 'out', shape: [1, 6, 84], data: yolov8Head(2, 84, []) }];
const saved = networkSaver(folder, conesAndGates);
const modelFile = saved({ outputs });
const newer = saved({ outputs, opsets: { '': 17 } });
const newest = saved({ outputs, opsets: { '': runtimeHere.opset + 1 } });

/** A file that says what a library of this version does, somewhere in it. */
function library(name: string, version: string, bytesBefore = 0): string {
  const file = join(folder, name);
  writeFileSync(file, Buffer.concat([Buffer.alloc(bytesBefore, 1), Buffer.from(`\0VERS_${version}\0OrtGetApiBase\0`)]));
  return file;
}

it('takes a network that its runtime takes', () => {
  checkNetwork({ modelFile: newer, runtime: 'node' });
  checkNetwork({ modelFile, runtime: library('old.so', '1.11.0') });
  checkNetwork({ modelFile: newer, runtime: library('new.so', '1.14.1') });
});

it.each([0, 100, 2 ** 20 - 5, 2 ** 20, 2 ** 20 + 20])(
  'refuses one that the library of the car does not know, before anything is loaded: %i bytes into it',
  (bytesBefore) => {
    const runtime = library('jetson.so', '1.11.0', bytesBefore);
    expect(() => checkNetwork({ modelFile: newer, runtime })).toThrow(
      /opset 17, and ONNX Runtime 1\.11 knows up to 16\. Export it anew/,
    );
  },
);

it('refuses a library that is not there, is a folder, or is older than what is used of it', () => {
  const check = (runtime: string) => () => checkNetwork({ modelFile, runtime });
  expect(check(join(folder, 'nowhere.so'))).toThrow(/nowhere\.so does not exist\. Change detector\.runtime/);
  expect(check(folder)).toThrow(/is a folder\. Change detector\.runtime/);
  expect(check(library('older.so', '1.10.0'))).toThrow(/older\.so is ONNX Runtime 1\.10\.0\. Change detector\.runtime/);
});

it.each([
  ['a library', { modelFile, runtime: join(folder, 'nowhere.so') }, /nowhere\.so does not exist/],
  ['a network', { modelFile: join(folder, 'nothing.onnx'), runtime: 'node' }, /nothing\.onnx.* does not exist/],
  ['a network of today', { modelFile: newest, runtime: 'node' }, /opset/],
])('starts a service without %s that it can use, to be driven by hand, and nobody else', (_, detector, why) => {
  expect(checkNetworkAtStart(detector, 'service')).toMatch(why);
  expect(() => checkNetworkAtStart(detector, 'person')).toThrow(why);
});

it('says nothing at the start of what is right', () => {
  for (const startedBy of ['service', 'person'] as const) {
    expect(checkNetworkAtStart({ modelFile, runtime: 'node' }, startedBy)).toBeUndefined();
  }
});

it('leaves it to whoever loads the library where its file does not say what it takes', () => {
  const pipe = join(folder, 'pipe.so');
  execFileSync('mkfifo', [pipe]);
  const text = join(folder, 'text.so');
  writeFileSync(text, 'VERS_1.11.0 in a text');
  for (const runtime of [pipe, text, library('future.so', '1.99.0')]) checkNetwork({ modelFile: newest, runtime });
});

it('reads the version of the library that the npm package has', ({ skip }) => {
  const runtime = onnxRuntimeLibrary();
  if (runtime === undefined) return skip('no libonnxruntime for this machine');
  checkNetwork({ modelFile, runtime });
  expect(() => checkNetwork({ modelFile: newest, runtime })).toThrow(
    `${runtimeHere.name} knows up to ${runtimeHere.opset}`,
  );
});
