import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import type { InstalledNetwork } from '../protocol/settings.ts';
import { factsReader } from './network-facts.ts';

const described = {
  file: '/somewhere/a.onnx',
  bytes: 3,
  sha256: 'ab',
  producer: 'pytorch',
  irVersion: 7,
  opsets: { '': 13, 'com.microsoft': 1 },
  layout: 'yolov8',
  input: { widthPx: 384, heightPx: 288, type: 'float32', channels: 'rgb', mean: [0, 0, 0] },
  labels: ['cone'],
  parameters: 10,
  warnings: [],
};

const folder = folderForEachTest(testFolder('jetson-car-facts'));
let network: InstalledNetwork;
beforeEach(() => {
  const file = join(folder(), 'a.onnx');
  writeFileSync(file, 'abc');
  network = { name: 'a', modelFile: file, bytes: 3, origin: 'own', card: {} };
});

test('a network is read by another process, once as long as its file and its card stay', async () => {
  const asked: (readonly string[])[] = [];
  const read = factsReader(async (_program, args) => {
    asked.push(args);
    return JSON.stringify(described);
  });
  const facts = await read(network);
  expect(facts).toMatchObject({ name: 'a', opset: 13, labels: ['cone'], input: { widthPx: 384 } });
  expect(await read(network)).toEqual(facts);
  expect(asked.map((args) => args.slice(-5))).toEqual([
    ['models', 'info', network.modelFile, '--json', '--answer-refusal'],
  ]);
  writeFileSync(network.modelFile, 'abcd');
  await read(network);
  expect(asked).toHaveLength(2);
  const card = network.modelFile.replace('.onnx', '.json');
  for (const classes of [['cone'], ['pylon', 'gate']]) {
    writeFileSync(card, JSON.stringify({ classes }));
    await read(network);
    await read(network);
  }
  rmSync(card);
  await read(network);
  expect(asked).toHaveLength(4);
});

test('two are read one after the other, and one that cannot be used does not keep the next from it', async () => {
  let running = 0;
  let most = 0;
  let count = 0;
  const read = factsReader(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    if (count++ === 0) throw new Error('jetson-car: a.onnx is no network');
    return JSON.stringify(described);
  });
  const other = { ...network, name: 'b', modelFile: join(folder(), 'b.onnx') };
  writeFileSync(other.modelFile, 'abc');
  const both = await Promise.allSettled([read(network), read(other)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(String((both[0] as PromiseRejectedResult).reason)).toBe('UserError: a.onnx is no network');
  expect((both[0] as PromiseRejectedResult).reason.trouble).toEqual({ code: 'network-not-described', parameters: {} });
  expect(most).toBe(1);
  await expect(read(network)).rejects.toThrow('a.onnx is no network');
  expect(count).toBe(2);
});

test('why a network cannot be used comes with its code, and whole', async () => {
  const trouble = { code: 'network-layout-unknown', parameters: { file: network.modelFile } };
  const refused = { text: 'the head fits no layout.\nExpected one of: …', trouble };
  const read = factsReader(async () => JSON.stringify({ refused }));
  await expect(read(network)).rejects.toThrow(expect.objectContaining({ message: refused.text, trouble }));
});
