import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addNetwork } from './models-add.ts';
import { listNetworks } from './models-list.ts';
import { listen, named, networkBench } from './testing/network-bench.ts';

const { folder, save } = networkBench('models-list');

describe('models list', () => {
  it('names what ships, what is added, and what can be fetched', async () => {
    await addNetwork(save('mine', named), { licence: 'MIT' }, listen().output, folder());
    const { said, output } = listen();
    listNetworks({ json: true }, output, folder());
    const { networks } = JSON.parse(said.out);
    expect(networks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'car-cones-384', state: 'shipped', licence: 'MIT' }),
        expect.objectContaining({ name: 'mine', state: 'own', file: join(folder(), 'mine.onnx'), licence: 'MIT' }),
        expect.objectContaining({ name: 'yolox-nano', state: 'fetchable', goodFor: expect.any(String) }),
      ]),
    );
    const table = listen();
    listNetworks({}, table.output, folder());
    expect(table.said.out).toMatch(/\nmine +own +0\.0 MB {2}stop sign, cone; MIT\n/);
  });

  it('says of a card that is damaged that it is', async () => {
    await addNetwork(save('torn', named), {}, listen().output, folder());
    writeFileSync(join(folder(), 'torn.json'), '{"classes": ["a"');
    const { said, output } = listen();
    listNetworks({}, output, folder());
    expect(said.out).toMatch(/\ntorn .*its card cannot be used: jetson-car models info torn\n/);
  });

  it('does not offer what is there', () => {
    writeFileSync(join(folder(), 'yolox-nano.onnx'), '');
    const { said, output } = listen();
    listNetworks({ json: true }, output, folder());
    const states = JSON.parse(said.out).networks.filter(({ name }: { name: string }) => name === 'yolox-nano');
    expect(states).toEqual([expect.objectContaining({ state: 'own' })]);
  });
});
