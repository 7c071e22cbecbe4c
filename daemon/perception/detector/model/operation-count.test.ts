import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { samplesOf } from '../../../../test/harness/samples.ts';
import { projectFolder } from '../../../platform/paths.ts';
import { describeNetwork } from '../describe-network.ts';
import { countOperations } from './operation-count.ts';

const node = (operator: string, inputShapes: readonly number[][], output: readonly number[]) => ({
  ...{ provider: 'CPUExecutionProvider', operator, microseconds: 1, inputShapes, outputShapes: [output] },
});

describe('what a network computes is counted', () => {
  it.each([
    // 2 x 8 x 10 x 10 outputs, each of 4 channels under a kernel of 9.
    { operator: 'Conv', inputs: [[2, 4, 10, 10], [8, 4, 3, 3], [8]], output: [2, 8, 10, 10], multiplyAdds: 57_600 },
    // In groups of one channel each, the weights have but one.
    {
      operator: 'Conv',
      inputs: [
        [1, 8, 10, 10],
        [8, 1, 3, 3],
      ],
      output: [1, 8, 5, 5],
      multiplyAdds: 1800,
    },
    { operator: 'ConvInteger', inputs: [[1, 4, 2, 2], [8, 4, 1, 1], []], output: [1, 8, 2, 2], multiplyAdds: 128 },
    { operator: 'QLinearConv', inputs: [[1, 4, 2, 2], [], [], [8, 4, 1, 1]], output: [1, 8, 2, 2], multiplyAdds: 128 },
    // Each of 4 x 5 x 5 numbers goes into 6 channels of 2 x 2.
    {
      operator: 'ConvTranspose',
      inputs: [
        [1, 4, 5, 5],
        [4, 6, 2, 2],
      ],
      output: [1, 6, 10, 10],
      multiplyAdds: 2400,
    },
    {
      operator: 'MatMul',
      inputs: [
        [7, 3, 4],
        [4, 5],
      ],
      output: [7, 3, 5],
      multiplyAdds: 420,
    },
    { operator: 'MatMul', inputs: [[3, 4], [4]], output: [3], multiplyAdds: 12 },
    { operator: 'QLinearMatMul', inputs: [[3, 4], [], [], [4, 5]], output: [3, 5], multiplyAdds: 60 },
    {
      operator: 'Gemm',
      inputs: [
        [3, 4],
        [4, 5],
      ],
      output: [3, 5],
      multiplyAdds: 60,
    },
    {
      operator: 'Gemm',
      inputs: [
        [4, 3],
        [4, 5],
      ],
      output: [3, 5],
      multiplyAdds: 60,
    },
  ])('$operator of $inputs', ({ operator, inputs, output, multiplyAdds }) => {
    expect(countOperations([node(operator, inputs, output)])).toEqual({ operations: 2 * multiplyAdds, uncounted: [] });
  });

  it('by every execution, and tells of what is left out', () => {
    const product = node(
      'MatMul',
      [
        [1, 4],
        [4, 1],
      ],
      [1, 1],
    );
    const nodes = [product, product, node('Relu', [[1, 8]], [1, 8]), node('Einsum', [[2, 2]], [2, 2])];
    expect(countOperations(nodes)).toEqual({ operations: 16, uncounted: ['Einsum'] });
  });

  it('as its training counted the network that ships', async () => {
    const file = join(projectFolder(), 'models', 'car-cones-384.onnx');
    const card = JSON.parse(readFileSync(file.replace('.onnx', '.json'), 'utf8'));
    const { work, parameters } = await describeNetwork(file);
    expect(work?.uncounted).toEqual([]);
    expect(work!.operations / 1e9).toBeCloseTo(card.gflops, 3);
    // The export has folded the normalisations into the convolutions.
    expect(parameters / card.parameters).toBeGreaterThan(0.99);
    expect(parameters).toBeLessThanOrEqual(card.parameters);
  });
});

const { folder, areThere } = samplesOf('models');

/** As their authors state them; YOLOX's also counts its normalisations, which the export has folded away. */
describe.skipIf(!areThere)('what networks of others compute is counted', () => {
  it.each([
    { name: 'yolox_nano', gflop: 1.08, parametersM: 0.91, tolerance: 0.04 },
    { name: 'yolov5n', gflop: 4.5, parametersM: 1.9, tolerance: 0.02 },
    // The same network, in half precision and by ONNX Runtime's quantised operators.
    { name: 'yolov5n_fp16', gflop: 4.5, parametersM: 1.9, tolerance: 0.02 },
    { name: 'yolov8n_int8_dashcam', gflop: 8.7 / 4, parametersM: 3.2, tolerance: 0.02 },
  ])('$name: $gflop GFLOP', async ({ name, gflop, parametersM, tolerance }) => {
    const { work, parameters } = await describeNetwork(join(folder, `${name}.onnx`));
    expect(Math.abs(work!.operations / 1e9 / gflop - 1)).toBeLessThan(tolerance);
    expect(Math.abs(parameters / 1e6 / parametersM - 1)).toBeLessThan(0.05);
  });
});
