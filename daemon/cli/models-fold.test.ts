import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cardFileOf } from '../perception/detector/model/model-file.ts';
import { foldNetwork } from './models-fold.ts';
import { showNetwork } from './models-info.ts';
import { listen, named, networkBench } from './testing/network-bench.ts';

const { folder, save } = networkBench('models-fold');

function saveWithCard(name: string): string {
  const file = save(name, named);
  const card = { suppression: 'soft', source: 'here', licence: 'MIT', sha256: 'its own', input: { scale: '0-1' } };
  writeFileSync(cardFileOf(file), JSON.stringify(card));
  return file;
}

describe('models fold', () => {
  it('writes a network that takes bytes, with a card', async () => {
    const out = join(folder(), 'folded.onnx');
    const { said, output } = listen();
    await foldNetwork(saveWithCard('to-fold'), out, {}, output);
    expect(said.out).toContain('takes pictures of 64x64 as bytes');
    expect(JSON.parse(readFileSync(join(folder(), 'folded.json'), 'utf8'))).toEqual({
      ...{ name: 'folded', suppression: 'soft', source: 'here', licence: 'MIT' },
      ...{ classes: ['stop sign', 'cone'], layout: 'yolov8' },
      input: { widthPx: 64, heightPx: 64, fit: 'letterbox', letterboxValue: 114 },
      sha256: createHash('sha256').update(readFileSync(out)).digest('hex'),
    });
    expect(readdirSync(folder()).sort()).toEqual(['folded.json', 'folded.onnx']);
    const shown = listen();
    await showNetwork(out, { json: true }, shown.output);
    expect(JSON.parse(shown.said.out)).toMatchObject({
      inputs: [{ name: 'picture', type: 'uint8', shape: [1, 64, 64, 3] }],
      layout: 'yolov8',
      labels: ['stop sign', 'cone'],
    });
  });

  it('replaces a network only when told so, and folds none twice', async () => {
    const file = save('given', named);
    const out = join(folder(), 'folded.onnx');
    const { output } = listen();
    await foldNetwork(file, out, {}, output);
    await expect(foldNetwork(file, out, {}, output)).rejects.toThrow(/folded\.onnx is there already.*--force/);
    await foldNetwork(file, out, { force: true }, output);
    await expect(foldNetwork(out, join(folder(), 'twice.onnx'), {}, output)).rejects.toThrow(/nothing is left to fold/);
  });

  it('writes over neither the network itself nor its card, also where that would be of two', async () => {
    const file = saveWithCard('kept');
    const alike = file.replace('.onnx', '.ONNX');
    const before = [file, cardFileOf(file)].map((each) => readFileSync(each));
    const { output } = listen();
    await expect(foldNetwork(file, file, { force: true }, output)).rejects.toThrow(
      /is the network itself, which is kept/,
    );
    await expect(foldNetwork(file, alike, { force: true }, output)).rejects.toThrow(/kept\.json, the card of .* too/);
    expect([file, cardFileOf(file)].map((each) => readFileSync(each))).toEqual(before);
    const bare = save('no-card', named);
    await expect(foldNetwork(bare, bare.replace('.onnx', '.ONNX'), {}, output)).rejects.toThrow(/the card of .* too/);
    expect([alike, bare.replace('.onnx', '.ONNX'), cardFileOf(bare)].filter(existsSync)).toEqual([]);
  });

  it('says what would be right of a place where no network can be written', async () => {
    const file = save('placeless', named);
    const { output } = listen();
    await expect(foldNetwork(file, join(folder(), 'folded'), {}, output)).rejects.toThrow(
      /right would be .*folded\.onnx/,
    );
    await expect(foldNetwork(file, join(file, 'below.onnx'), {}, output)).rejects.toThrow(/has a file where a folder/);
    await expect(foldNetwork(file, join(folder(), 'none', 'x.onnx'), {}, output)).rejects.toThrow(
      /its folder does not exist/,
    );
  });
});
