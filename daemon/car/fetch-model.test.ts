import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { samplesOf } from '../../test/harness/samples.ts';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { hashOf } from './download.ts';
import { fetchModel, zooEntryNamed } from './fetch-model.ts';
import { checkModelName } from './models-folder.ts';
import { readZoo, type ZooEntry } from './zoo.ts';

const ownFolder = folderForEachTest(testFolder('fetch-model'));
let folder = '';
beforeEach(() => {
  folder = ownFolder();
});

describe('a network of the zoo', () => {
  const content = Buffer.alloc(5000, 'network');
  const serve = async (body: Buffer) => {
    const server = createServer((_, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const entry: ZooEntry = {
      ...{ name: 'net', goodFor: 'tests', layout: 'yolov8', bytes: content.length, licence: 'MIT', source: 'here' },
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      sha256: createHash('sha256').update(content).digest('hex'),
      card: { input: { channels: 'bgr' } },
    };
    return { entry, server };
  };

  it('comes with its card and is then there', async () => {
    const { entry, server } = await serve(content);
    const deep = join(folder, 'deep');
    expect(await fetchModel(entry, deep, { replace: 'never' })).toMatchObject({ state: 'fetched' });
    server.close();
    expect(readdirSync(deep).sort()).toEqual(['net.json', 'net.onnx']);
    expect(JSON.parse(readFileSync(join(deep, 'net.json'), 'utf8'))).toMatchObject({
      ...{ input: { channels: 'bgr' }, licence: 'MIT', source: 'here', sha256: entry.sha256 },
    });
    expect(await fetchModel(entry, deep, { replace: 'never' })).toMatchObject({ state: 'there' });
  });

  it('replaces another of its name only when told so', async () => {
    const { entry, server } = await serve(content);
    writeFileSync(join(folder, 'net.onnx'), 'mine');
    await expect(fetchModel(entry, folder, { replace: 'never' })).rejects.toThrow(/is there already/);
    expect(readFileSync(join(folder, 'net.onnx'), 'utf8')).toBe('mine');
    await fetchModel(entry, folder, { replace: 'replace' });
    server.close();
    expect(await hashOf(join(folder, 'net.onnx'))).toBe(entry.sha256);
  });

  it('that is not right leaves nothing under its name', async () => {
    const { entry, server } = await serve(Buffer.alloc(5000, 'another'));
    await expect(fetchModel(entry, folder, { replace: 'never' })).rejects.toThrow(/SHA-256/);
    server.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is named as the zoo names it', () => {
    expect(zooEntryNamed('yolox-nano', readZoo()).bytes).toBe(3_660_102);
    expect(() => zooEntryNamed('yolox_nano', readZoo())).toThrow(/Did you mean yolox-nano\? There are: yolox-nano, /);
  });
});

const { folder: samples, areThere } = samplesOf('models');
const referenceSchema = z.object({
  sha256: z.string(),
  source: z.object({ kind: z.string(), path: z.string(), commit: z.string() }),
});

describe('the zoo', () => {
  it('has addresses that never change and names that could be given by hand', () => {
    const zoo = readZoo();
    expect(zoo.length).toBeGreaterThan(0);
    expect(new Set(zoo.map(({ name }) => name)).size).toBe(zoo.length);
    for (const { name, address } of zoo) {
      checkModelName(name);
      expect(address).toMatch(/\/[0-9a-f]{40}\//);
    }
  });

  it.skipIf(!areThere)('is of files that are known: size, hash, commit', async () => {
    const references = readdirSync(join(samples, 'references')).map((file) => {
      const reference = referenceSchema.parse(JSON.parse(readFileSync(join(samples, 'references', file), 'utf8')));
      return { ...reference, file: join(samples, file.replace('.json', '.onnx')) };
    });
    for (const { name, address, bytes, sha256 } of readZoo()) {
      const reference = references.find((each) => each.sha256 === sha256);
      expect(reference?.source.kind, name).toBe('published');
      expect(address.endsWith(`/${reference!.source.commit}/${reference!.source.path}`), name).toBe(true);
      expect(readFileSync(reference!.file).length, name).toBe(bytes);
      expect(await hashOf(reference!.file), name).toBe(sha256);
    }
  });
});
