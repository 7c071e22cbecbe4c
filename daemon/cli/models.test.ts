import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import type { ZooEntry } from '../car/zoo.ts';
import { type TinyNetworkOptions, tinyNetwork, yolov8Head } from '../perception/testing/tiny-network.ts';
import { makeCertificate } from '../remote/certificate/make-certificate.ts';
import { addNetwork } from './models-add.ts';
import { modelsCommand } from './models-command.ts';
import { fetchNetwork } from './models-fetch.ts';
import { foldNetwork } from './models-fold.ts';
import { showNetwork } from './models-info.ts';
import { listNetworks } from './models-list.ts';
import { verify } from './models-verify.ts';

const top = testFolder('models');
const ownFolder = folderForEachTest(top);
let folder = '';
beforeEach(() => {
  folder = ownFolder();
});

const middle = { centreX: 32, centreY: 32, width: 16, height: 8, classId: 0, score: 0.75 };
function save(name: string, options: Partial<TinyNetworkOptions> = {}, box = middle): string {
  const file = join(top, name);
  const outputs = [{ name: 'output0', shape: [1, 6, 84], data: yolov8Head(2, 84, [box]) }];
  writeFileSync(file, tinyNetwork({ outputs, ...options }));
  return file;
}
const named = { metadata: { names: "{0: 'stop sign', 1: 'cone'}" } };

/** What a command says, while it runs. */
function listen() {
  const said = { out: '', err: '' };
  const output = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
  };
  return { said, output };
}

async function grey(name: string, background = '#777'): Promise<string> {
  const file = join(top, name);
  await sharp({ create: { width: 128, height: 64, channels: 3, background } }).toFile(file);
  return file;
}

describe('models info', () => {
  it('says what was recognised, and why', async () => {
    const { said, output } = listen();
    const file = save('info.onnx', named);
    await showNetwork(file, {}, output);
    expect(said.out).toMatch(/^.*info\.onnx\n/);
    for (const line of [
      /SHA-256 [0-9a-f]{64}\n/,
      /tiny, IR version 8, opset ONNX 13\n/,
      /504 parameters, 1 nodes\n/,
      /work {6}0\.00 GFLOP a picture\n/,
      /images float32 \[1, 3, 64, 64\]\n/,
      /output0 float32 \[1, 6, 84\]\n/,
      /yolov8: "output0" has a column/,
      /64x64 float32 nchw, rgb \(layout\), in 0-1 \(layout\), letterbox \(layout\), padded with 114 \(layout\)\n/,
      /2: stop sign, cone \("names" in the metadata/,
      /card {6}none\n/,
    ]) {
      expect(said.out).toMatch(line);
    }
  });

  it('prints one JSON document', async () => {
    const { said, output } = listen();
    await showNetwork(save('info.onnx', named), { json: true }, output);
    expect(JSON.parse(said.out)).toMatchObject({ layout: 'yolov8', labels: ['stop sign', 'cone'], opsets: { '': 13 } });
  });

  it('knows the shipped network by its name', async () => {
    const { said, output } = listen();
    await showNetwork('car-cones-384', { json: true }, output);
    expect(JSON.parse(said.out)).toMatchObject({
      layout: 'yolov8',
      warnings: [],
      parameters: expect.any(Number),
      work: { uncounted: [] },
    });
  });
});

describe('models verify', () => {
  const options = { score: 0.25, iou: 0.45, threads: 1 };

  it('is content with what could be right, and draws it', async () => {
    const { said, output } = listen();
    const photos = [await grey('one.png')];
    const out = join(folder, 'seen');
    expect(await verify({ ...options, network: save('good.onnx', named), photos, out }, output)).toBe(0);
    expect(said.out).toMatch(/stop sign +0\.75.*is plausible: what it sees could be right, 100 % of it in the mirror/s);
    expect(readdirSync(out)).toEqual(['one.jpg']);
  });

  it('says what is suspicious, with exit code 1, and in JSON', async () => {
    const { said, output } = listen();
    const network = save('bad.onnx', named, { ...middle, centreX: 8 });
    const photos = [await grey('one.png'), await grey('two.png', '#999')];
    expect(await verify({ ...options, network, photos, json: true }, output)).toBe(1);
    const document = JSON.parse(said.out);
    expect(document).toMatchObject({ layout: 'yolov8', plausible: false, mirrorAgreement: 0 });
    expect(document.findings.map(({ kind }: { kind: string }) => kind)).toEqual(['same-everywhere', 'mirror-differs']);
    expect(document.inputs[1]).toMatchObject({ widthPx: 128, detections: [{ label: 'stop sign' }] });
  });

  it('says that one photo tells less, also one that is given twice', async () => {
    const network = save('good.onnx', named);
    const said = async (...photos: string[]) => {
      const heard = listen();
      await verify({ ...options, network, photos }, heard.output);
      return heard.said.out;
    };
    const [one, two] = [await grey('one.png'), await grey('two.png', '#999')];
    expect(await said(one)).toMatch(/note: one photo says less than two: .*Give it more\n/);
    expect(await said(one, one)).toMatch(/one photo says less/);
    expect(await said(one, two)).not.toMatch(/says less/);
  });

  it('refuses photos that cannot be read', async () => {
    const network = save('good.onnx', named);
    await expect(verify({ ...options, network, photos: ['none.jpg'] }, listen().output)).rejects.toThrow(/none\.jpg/);
    await expect(verify({ ...options, network, photos: ['/dev/zero'] }, listen().output)).rejects.toThrow(
      /the picture \/dev\/zero is a device or a pipe/,
    );
    const loop = join(folder, 'loop.png');
    symlinkSync(loop, loop);
    await expect(verify({ ...options, network, photos: [loop] }, listen().output)).rejects.toThrow(
      /loop\.png cannot be read \(ELOOP\)/,
    );
  });

  it('does not begin where a drawn picture would take the place of a photo', async () => {
    const { said, output } = listen();
    const network = save('good.onnx', named);
    const photos = [await grey('kept.jpg')];
    const before = readFileSync(photos[0]!);
    await expect(verify({ ...options, network, photos, out: top }, output)).rejects.toThrow(
      /kept\.jpg is the picture .* itself and is not overwritten\. Change --out/,
    );
    expect(said).toEqual({ out: '', err: '' });
    expect(readFileSync(photos[0]!).equals(before)).toBe(true);
  });
});

describe('a file that is no network', () => {
  it.each([
    ['info', []],
    ['verify', ['photo.jpg']],
    ['add', []],
    ['fold', ['out.onnx']],
  ])('is refused by `models %s` without a word of the options of other commands', async (command, others) => {
    const network = join(top, 'notes.onnx');
    writeFileSync(network, 'This is a text about networks.');
    const photo = await grey('photo.jpg');
    const given = others.map((name) => (name === 'photo.jpg' ? photo : join(folder, name)));
    const refused = modelsCommand().parseAsync([command, network, ...given], { from: 'user' });
    const text = await refused.then(
      () => 'not refused',
      (error: unknown) => String(error),
    );
    expect(text).toMatch(/notes\.onnx is not an ONNX network.*Change the file that is named\.$/s);
    expect(text).not.toMatch(/--model|detector\.modelFile/);
  });
});

describe('models add', () => {
  const cardOf = (name: string) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

  it('copies the network with a card that says everything of it', async () => {
    const file = save('my-cones.onnx');
    const { said, output } = listen();
    const options = { classes: ['blue', 'yellow'], channels: 'bgr', licence: 'MIT', source: 'mine' } as const;
    await addNetwork(file, options, output, folder);
    expect(readdirSync(folder).sort()).toEqual(['my-cones.json', 'my-cones.onnx']);
    expect(cardOf('my-cones')).toEqual({
      ...{ name: 'my-cones', licence: 'MIT', source: 'mine', layout: 'yolov8', classes: ['blue', 'yellow'] },
      input: {
        ...{ widthPx: 64, heightPx: 64, channels: 'bgr', scale: '0-1', fit: 'letterbox', letterboxValue: 114 },
      },
      sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
    });
    expect(said.out).toMatch(/bgr \(card\).*run --model my-cones\n/s);
    expect(said.out).toContain(`("classes" in ${join(folder, 'my-cones.json')})`);
    expect(said.out).not.toContain('staging');
  });

  it('takes over a card that lies beside it, and what is asked for goes before that', async () => {
    const file = save('carded.onnx');
    writeFileSync(
      file.replace('.onnx', '.json'),
      JSON.stringify({
        classes: ['a', 'b'],
        input: { mean: [1, 2, 3], deviation: [4, 5, 6], fit: 'stretch' },
        by: 'x',
      }),
    );
    await addNetwork(file, { name: 'as-it-was' }, listen().output, folder);
    expect(cardOf('as-it-was')).toMatchObject({ by: 'x', input: { mean: [1, 2, 3], fit: 'stretch' } });
    await addNetwork(file, { name: 'changed', scale: '0-255', padding: 0 }, listen().output, folder);
    expect(cardOf('changed').input).toEqual({
      ...{ widthPx: 64, heightPx: 64, channels: 'rgb', scale: '0-255', fit: 'stretch', letterboxValue: 0 },
    });
  });

  it('takes labels that are asked for instead of those in the network, and says so', async () => {
    const { said, output } = listen();
    await addNetwork(save('renamed.onnx', named), { classes: ['stop', 'pylon'] }, output, folder);
    expect(cardOf('renamed').classes).toEqual(['stop', 'pylon']);
    const file = join(folder, 'renamed.onnx');
    const where = `("classes" in ${join(folder, 'renamed.json')}, instead of "names" in the metadata of ${file})`;
    expect(said.out).toContain(`2: stop, pylon ${where}\n`);
    const shown = listen();
    await showNetwork(file, {}, shown.output);
    expect(shown.said.out).toContain(where);
  });

  it('takes a layout that is named as the network has it, though only its numbers tell it from another', async () => {
    // 18 channels are a box and 13 classes, or three anchors of one class each.
    const outputs = [8, 4, 2].map((side, index) => {
      const data = Float32Array.from({ length: 18 * side * side }, (_, at) => (at < 4 * side * side ? 0 : -6));
      return { name: `grid${index}`, shape: [1, 18, side, side], data };
    });
    const { said, output } = listen();
    const file = save('grids.onnx', { outputs });
    await addNetwork(file, { layout: 'yolox-raw-heads' }, output, folder);
    expect(cardOf('grids')).toMatchObject({ layout: 'yolox-raw-heads', classes: { length: 13 } });
    expect(said.out).not.toMatch(/without that it would be taken/);
    await expect(addNetwork(file, { layout: 'yolo-raw-heads', name: 'x' }, output, folder)).rejects.toThrow(
      /layout yolox-raw-heads with 13 classes .*it would have 1\./,
    );
  });

  it('counts a single class in the singular', async () => {
    // Of one class, YOLOX's columns are six as v8's of two are.
    const file = save('single.onnx', {
      outputs: [{ name: 'output0', shape: [1, 84, 6], data: new Float32Array(504) }],
    });
    await expect(addNetwork(file, { layout: 'yolov8' }, listen().output, folder)).rejects.toThrow(
      /recognised as layout \S+ with 1 class \(/,
    );
  });

  it('believes a layout that is named with its classes, and notes what it would be taken for', async () => {
    const outputs = [{ name: 'output', shape: [1, 189, 85], data: new Float32Array(189 * 85) }];
    const inputs = [{ name: 'images', shape: [1, 3, 96, 96] }];
    const file = save('unusual.onnx', { inputs, outputs });
    const classes = Array.from({ length: 81 }, (_, at) => `kind ${at}`);
    await addNetwork(file, { layout: 'yolov8', classes }, listen().output, folder);
    expect(cardOf('unusual')).toMatchObject({ layout: 'yolov8', classes });
    const { said, output } = listen();
    await addNetwork(file, { layout: 'yolov6', name: 'other' }, output, folder);
    expect(said.out).toMatch(/warning +its card names layout yolov6; without that it would be taken for yolox/);
  });

  it('replaces a network only when told so', async () => {
    await addNetwork(save('twice.onnx'), {}, listen().output, folder);
    const other = save('twice.onnx', named);
    await expect(addNetwork(other, {}, listen().output, folder)).rejects.toThrow(
      /twice\.onnx is there already.*--force/,
    );
    expect(cardOf('twice').classes).toEqual(['class 0', 'class 1']);
    await addNetwork(other, { force: true }, listen().output, folder);
    expect(cardOf('twice').classes).toEqual(['stop sign', 'cone']);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'no detector',
      () =>
        addNetwork(
          save('cls.onnx', { outputs: [{ name: 'x', shape: [1, 9], data: new Float32Array(9) }] }),
          {},
          listen().output,
          folder,
        ),
      /cls\.onnx/,
    ],
    [
      'the wrong number of classes',
      () => addNetwork(save('few.onnx'), { classes: ['a'] }, listen().output, folder),
      /few\.onnx has 2 classes, but "classes" in the card that was asked for lists 1/,
    ],
    [
      'another layout than it has',
      () => addNetwork(save('layout.onnx'), { layout: 'yolov5' }, listen().output, folder),
      /layout\.onnx fits no layout.*says yolov5/s,
    ],
    [
      'a layout that makes other classes of its numbers',
      () => {
        const outputs = [{ name: 'output', shape: [1, 189, 85], data: new Float32Array(189 * 85) }];
        const inputs = [{ name: 'images', shape: [1, 3, 96, 96] }];
        return addNetwork(save('yolox.onnx', { inputs, outputs }), { layout: 'yolov8' }, listen().output, folder);
      },
      /yolox\.onnx is recognised as layout yolox with 80 classes .*; as yolov8.* it would have 81.*--classes/,
    ],
    ['a name that is none', () => addNetwork(save('a b.onnx'), {}, listen().output, folder), /"a b" cannot name/],
  ])('refuses a network of %s and leaves nothing behind', async (_, add, text) => {
    const refused = add();
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.not.toThrow(/staging/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('models fold', () => {
  it('writes a network that takes bytes, with a card, and finds the same by it', async () => {
    const file = save('to-fold.onnx', named);
    writeFileSync(
      join(top, 'to-fold.json'),
      JSON.stringify({
        suppression: 'soft',
        source: 'here',
        licence: 'MIT',
        sha256: 'its own',
        input: { scale: '0-1' },
      }),
    );
    const out = join(folder, 'folded.onnx');
    const { said, output } = listen();
    await foldNetwork(file, out, {}, output);
    expect(said.out).toContain('takes pictures of 64x64 as bytes');
    expect(JSON.parse(readFileSync(join(folder, 'folded.json'), 'utf8'))).toEqual({
      ...{ name: 'folded', suppression: 'soft', source: 'here', licence: 'MIT' },
      ...{ classes: ['stop sign', 'cone'], layout: 'yolov8' },
      input: { widthPx: 64, heightPx: 64, fit: 'letterbox', letterboxValue: 114 },
      sha256: createHash('sha256').update(readFileSync(out)).digest('hex'),
    });
    expect(readdirSync(folder).sort()).toEqual(['folded.json', 'folded.onnx']);
    await foldNetwork(file, out, { force: true }, output);
    await expect(foldNetwork(file, file, { force: true }, output)).rejects.toThrow(
      /is the network itself, which is kept/,
    );
    const shown = listen();
    await showNetwork(out, { json: true }, shown.output);
    expect(JSON.parse(shown.said.out)).toMatchObject({
      inputs: [{ name: 'picture', type: 'uint8', shape: [1, 64, 64, 3] }],
      layout: 'yolov8',
      labels: ['stop sign', 'cone'],
    });
    const alike = file.replace('.onnx', '.ONNX');
    const card = readFileSync(file.replace('.onnx', '.json'), 'utf8');
    await expect(foldNetwork(file, alike, { force: true }, output)).rejects.toThrow(
      /to-fold\.json, the card of .* too/,
    );
    expect([existsSync(alike), readFileSync(file.replace('.onnx', '.json'), 'utf8')]).toEqual([false, card]);
    const bare = save('no-card.onnx', named);
    await expect(foldNetwork(bare, bare.replace('.onnx', '.ONNX'), {}, output)).rejects.toThrow(/the card of .* too/);
    expect(existsSync(bare.replace('.onnx', '.json'))).toBe(false);
    await expect(foldNetwork(file, out, {}, output)).rejects.toThrow(/folded\.onnx is there already.*--force/);
    await expect(foldNetwork(out, join(folder, 'twice.onnx'), {}, output)).rejects.toThrow(/nothing is left to fold/);
    await expect(foldNetwork(file, join(folder, 'folded'), {}, output)).rejects.toThrow(
      /right would be .*folded\.onnx/,
    );
    await expect(foldNetwork(file, join(out, 'below.onnx'), {}, output)).rejects.toThrow(/has a file where a folder/);
    await expect(foldNetwork(file, join(folder, 'none', 'x.onnx'), {}, output)).rejects.toThrow(
      /its folder does not exist/,
    );
  });
});

describe('models list', () => {
  it('names what ships, what is added, and what can be fetched', async () => {
    await addNetwork(save('mine.onnx', named), { licence: 'MIT' }, listen().output, folder);
    const { said, output } = listen();
    listNetworks({ json: true }, output, folder);
    const { networks } = JSON.parse(said.out);
    expect(networks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'car-cones-384', state: 'shipped', licence: 'MIT' }),
        expect.objectContaining({ name: 'mine', state: 'own', file: join(folder, 'mine.onnx'), licence: 'MIT' }),
        expect.objectContaining({ name: 'yolox-nano', state: 'fetchable', goodFor: expect.any(String) }),
      ]),
    );
    const table = listen();
    listNetworks({}, table.output, folder);
    expect(table.said.out).toMatch(/\nmine +own +0\.0 MB {2}stop sign, cone; MIT\n/);
  });

  it('does not offer what is there', () => {
    writeFileSync(join(folder, 'yolox-nano.onnx'), '');
    const { said, output } = listen();
    listNetworks({ json: true }, output, folder);
    const states = JSON.parse(said.out).networks.filter(({ name }: { name: string }) => name === 'yolox-nano');
    expect(states).toEqual([expect.objectContaining({ state: 'own' })]);
  });
});

describe('models fetch', () => {
  const network = readFileSync(save('zoo.onnx', named));
  const serve = async (bytes: Buffer, answer = (response: ServerResponse) => void response.end(bytes)) => {
    const server = createServer((_, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const entry: ZooEntry = {
      ...{ name: 'zoo-net', goodFor: 'tests', layout: 'yolov8', bytes: network.length, licence: 'MIT', source: 'here' },
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      sha256: createHash('sha256').update(network).digest('hex'),
      card: {},
    };
    return { server, zoo: [entry] };
  };

  it('shows the licence, and the network can then be used', async () => {
    const { server, zoo } = await serve(network);
    const { said, output } = listen();
    await fetchNetwork('zoo-net', { json: true }, output, { folder, zoo });
    server.close();
    expect(said.err).toMatch(/licence: MIT\n/);
    expect(JSON.parse(said.out)).toMatchObject({ name: 'zoo-net', state: 'fetched', licence: 'MIT' });
    const info = listen();
    await showNetwork(join(folder, 'zoo-net.onnx'), {}, info.output);
    expect(info.said.out).toMatch(/zoo-net\.json\n/);
  });

  it('shows no bar for a network that is there already', async () => {
    const { server, zoo } = await serve(network);
    const drawn = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      await fetchNetwork('zoo-net', {}, listen().output, { folder, zoo });
      expect(drawn.mock.calls.flat().join('')).toMatch(/fetching zoo-net/);
      drawn.mockClear();
      const { said, output } = listen();
      await fetchNetwork('zoo-net', {}, output, { folder, zoo });
      expect(said.out).toMatch(/zoo-net\.onnx was there already/);
      expect(drawn).not.toHaveBeenCalled();
    } finally {
      drawn.mockRestore();
      server.close();
    }
  });

  it('tells a user who interrupts it what is kept, bar or none', async () => {
    const listenersBefore = process.listenerCount('SIGINT');
    const sent = network.subarray(0, 200);
    const { server, zoo } = await serve(network, (response) => {
      response.writeHead(200, { 'content-length': network.length }).write(sent);
    });
    const part = join(folder, 'zoo-net.onnx.part');
    const fetching = fetchNetwork('zoo-net', {}, listen().output, { folder, zoo });
    const refused = expect(fetching).rejects.toThrow(/it was interrupted\. 200 of \d+ bytes are here and kept/);
    await vi.waitFor(() => expect(statSync(part).size).toBe(sent.length), { timeout: 20_000 });
    // The bar is drawn right after the bytes are written.
    await new Promise((resolve) => setImmediate(resolve));
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    try {
      process.emit('SIGINT', 'SIGINT');
      await refused;
      expect(kill).not.toHaveBeenCalled();
    } finally {
      kill.mockRestore();
      server.closeAllConnections();
      server.close();
    }
    expect(process.listenerCount('SIGINT')).toBe(listenersBefore);
  });

  describe('from a server of https', () => {
    const secure = async (location: string) => {
      const { keyPem, certificatePem } = await makeCertificate({
        ...{ commonName: 'zoo', names: ['127.0.0.1'], serial: new Uint8Array(16).fill(7), nowMs: Date.now() },
      });
      let requests = 0;
      const server = createSecureServer({ key: keyPem, cert: certificatePem }, (_, response) => {
        requests++;
        response.writeHead(302, { location }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      return { server, address, requestsSoFar: () => requests };
    };

    it('is refused where nobody vouches for it, and where it leads to one of http', async () => {
      const plain = await serve(network);
      const { server, address, requestsSoFar } = await secure(plain.zoo[0]!.address);
      const zoo = [{ ...plain.zoo[0]!, address }];
      const fetched = () => fetchNetwork('zoo-net', {}, listen().output, { folder, zoo });
      await expect(fetched()).rejects.toThrow(
        /does not prove that it is who it says \(DEPTH_ZERO_SELF_SIGNED_CERT\)\. .*, and does its network ask for a sign-in first\?$/,
      );
      expect(requestsSoFar()).toBe(0);
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      try {
        await expect(fetched()).rejects.toThrow(/leads to http:.*, which is not encrypted, and is not followed there/);
      } finally {
        vi.unstubAllEnvs();
      }
      expect(requestsSoFar()).toBe(1);
      expect(readdirSync(folder)).toEqual([]);
      for (const each of [plain.server, server]) each.close();
    });
  });

  it('is refused for what the zoo has not and what is not right', async () => {
    const listenersBefore = process.listenerCount('SIGINT');
    const { server, zoo } = await serve(Buffer.alloc(network.length));
    await expect(fetchNetwork('zoo-nets', {}, listen().output, { folder, zoo })).rejects.toThrow(
      /Did you mean zoo-net/,
    );
    await expect(fetchNetwork('zoo-net', {}, listen().output, { folder, zoo })).rejects.toThrow(/SHA-256/);
    server.close();
    expect(existsSync(join(folder, 'zoo-net.onnx'))).toBe(false);
    expect(process.listenerCount('SIGINT')).toBe(listenersBefore);
  });
});

it('every command of models says what it is for', () => {
  const commands = modelsCommand().commands;
  expect(commands.map((command) => command.name())).toEqual(['list', 'info', 'verify', 'add', 'fold', 'fetch']);
  for (const command of commands) expect(command.helpInformation()).toMatch(/Usage: models [a-z]+.*\n\n[a-z].{20}/s);
});
