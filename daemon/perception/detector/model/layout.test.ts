import { describe, expect, it } from 'vitest';
import { headOf, type OutputSpec } from '../../testing/decoder-checks.ts';
import { emptyFacts } from '../../testing/empty-facts.ts';
import type { NetworkHints } from '../decode/decoder.ts';
import { hintsOf, recogniseLayout } from './layout.ts';
import type { ModelFile } from './model-file.ts';

/** Of 64x32 pixels. */
const cells = 42;
const model = (layout?: 'yolov8'): ModelFile => ({
  file: 'nets/mine.onnx',
  facts: emptyFacts,
  card: layout === undefined ? undefined : { file: 'nets/mine.json', content: { layout } },
});

function refusal(outputs: OutputSpec[], hints: Partial<NetworkHints>): string {
  try {
    recogniseLayout(model(), [], headOf(outputs, { hints }));
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was recognised');
}

describe('a head that fits no layout', () => {
  it('is refused with what a card could say, where only the user knows which of several it is', () => {
    const operators = new Set(['Sub', 'Sigmoid']);
    const text = refusal([[1, cells, 8]], { operators });
    expect(text).toMatch(
      /it is one of .*, say so, .* a card beside it, nets\/mine\.json, \{"layout": "yolov8", "classes"/,
    );
    for (const layout of ['yolov8', 'yolov6', 'yolox']) expect(text).toContain(`"${layout}"`);
    expect(text).toMatch(/`jetson-car models add nets\/mine\.onnx --layout \w+ --classes/);
    expect(text).not.toContain('"yolov5"');
  });

  it('is refused without such advice, where no card would help', () => {
    expect(refusal([[1, 3000, 7]], {})).not.toContain('"layout"');
    expect(refusal([[1, cells, 8]], { task: 'segment' })).not.toContain('"layout"');
  });

  it('is told its inputs and outputs and then, last, the cause and its cure alone, where there is one', () => {
    const text = refusal([[1, 1, 32, 64]], { task: 'depth' });
    expect(text.split('\n')).toEqual([
      'the head of nets/mine.onnx fits no layout that is known.',
      expect.stringMatching(/^Found inputs: .*; outputs: .*\[1, 1, 32, 64\]\.$/),
      expect.stringMatching(/^Expected for an input of \d+x\d+: the head of a detector/),
      expect.stringMatching(
        /^The cause: it says something of each pixel.*trained to detect, and change detector\.modelFile/,
      ),
    ]);
    expect(text).not.toContain('plain detector');
    expect(refusal([[1, 10, 3]], {})).toMatch(/Expected for an input of .* one of:\n.*plain detector/s);
  });

  it.each([7, 15])('and has rows of %i is not taken for a DETR alone', (columns) => {
    const text = refusal([[1, 300, columns]], {});
    expect(text).toMatch(columns === 7 ? /EfficientDet.*angle.*"layout": "detr"/s : /"keypoints": \[3, 3\]; if .*DETR/);
    expect(text).not.toContain('If you know');
  });

  it('is no DETR, though its card says so, where what stands behind its boxes are no scores', () => {
    const firstRun = (last: number) => [Float32Array.from({ length: 2100 }, (_, at) => (at % 7 === 6 ? last : 0.1))];
    const named = headOf([[1, 300, 7]], { hints: { namedLayout: 'detr' } });
    const card = { file: 'nets/mine.json', content: { layout: 'detr' } } as const;
    const asDetr: ModelFile = { ...model(), card };
    expect(recogniseLayout(asDetr, [], { ...named, firstRun: firstRun(0.2) })).toMatchObject({ classCount: 3 });
    expect(() => recogniseLayout(asDetr, [], { ...named, firstRun: firstRun(17) })).toThrow(
      /The cause: its card nets\/mine\.json says detr, and behind its boxes stand numbers that can be no scores/,
    );
  });

  it('and takes sines and cosines is refused as one of oriented boxes, and read when its card says v8', () => {
    const hints: Partial<NetworkHints> = { operators: new Set(['Sin', 'Cos']) };
    expect(refusal([[1, 20, cells]], hints)).toMatch(/oriented boxes.*train a plain detector.*"layout": "yolov8"/);
    expect(refusal([[1, 300, 7]], hints)).toMatch(
      /sines and cosines, .* one number more .* oriented boxes \(`-obb`\).*train a plain/,
    );
    expect(refusal([[1, 300, 7]], {})).not.toContain('-obb');
    const named = headOf([[1, 20, cells]], { hints: { ...hints, namedLayout: 'yolov8' } });
    expect(recogniseLayout(model('yolov8'), [], named)).toMatchObject({ layout: 'yolov8', classCount: 16 });
  });
});

describe('names of weights', () => {
  const named = (name: string) => {
    const weights = [{ name, shape: [64, 512, 1, 1] }];
    return hintsOf({ ...model(), facts: { ...emptyFacts, weights } });
  };

  it.each([
    ["DETR's", 'model.input_projection.weight', true],
    ["Deformable DETR's", 'm.model.input_proj.0.0.weight', true],
    ["RT-DETR's", 'model.encoder_input_proj.0.0.weight', false],
    ["RT-DETR's by its authors", 'encoder.input_proj.0.conv.weight', false],
  ])('tell %s parts', (_, name, isDetr) => {
    expect(named(name).hasDetrNames).toBe(isDetr);
  });
});
