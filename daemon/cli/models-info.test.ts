import { describe, expect, it } from 'vitest';
import { showNetwork } from './models-info.ts';
import { listen, named, networkBench } from './testing/network-bench.ts';

const { save } = networkBench('models-info');

describe('models info', () => {
  it('says what was recognised, and why', async () => {
    const { said, output } = listen();
    const file = save('info', named);
    await showNetwork(file, {}, output);
    expect(said.out).toMatch(/^.*info\.onnx\n/);
    for (const line of [
      /SHA-256 [0-9a-f]{64}\n/,
      /tiny, IR version 8, opset ONNX 13\n/,
      /504 parameters, 1 node\n/,
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
    await showNetwork(save('info', named), { json: true }, output);
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
