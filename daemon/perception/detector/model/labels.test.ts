import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFacts } from '../../testing/empty-facts.ts';
import { cocoLabels } from './coco-labels.ts';
import { labelsFor, parseNames } from './labels.ts';
import type { ModelFile } from './model-file.ts';

function model(metadata: Record<string, string>, classes?: string[]): ModelFile {
  return {
    file: 'net.onnx',
    facts: { ...emptyFacts, metadata },
    card: classes === undefined ? undefined : { file: 'net.json', content: { classes } },
  };
}

describe('names in the metadata', () => {
  it.each([
    ["{0: 'blue cone', 1: 'stop sign'}", ['blue cone', 'stop sign']],
    ['{0: "driver\'s hat", 1: \'a "b"\'}', ["driver's hat", 'a "b"']],
    ['{"0": "person", "1": "box"}', ['person', 'box']],
    ["{1: 'second', 0: 'first'}", ['first', 'second']],
    ["{0: 'a', 2: 'c'}", ['a', 'class 1', 'c']],
    ['[\'a\', "b"]', ['a', 'b']],
    ['blue cone, yellow cone', ['blue cone', 'yellow cone']],
    ['person\nbox, large\n', ['person', 'box, large']],
    ["{0: 'ng\\u01b0\\u1eddi', 1: 'caf\\xe9', 2: 'don\\'t'}", ['người', 'café', "don't"]],
  ])('%s', (text, labels) => {
    expect(parseNames(text)).toEqual(labels);
  });

  it('are refused when they are something else', () => {
    expect(parseNames('')).toBeUndefined();
    expect(parseNames('yolov8n')).toBeUndefined();
    expect(parseNames('{}')).toBeUndefined();
    expect(parseNames('a,,b')).toBeUndefined();
    expect(parseNames("{4000000000: 'x'}")).toBeUndefined();
  });

  it('never throw', () => {
    const isLabels = (labels: readonly string[] | undefined) => labels?.every((label) => label !== '') ?? true;
    fc.assert(fc.property(fc.string(), (text) => isLabels(parseNames(`{${text}`)) && isLabels(parseNames(text))));
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 }), (labels) => {
        expect(parseNames(JSON.stringify(labels))).toHaveLength(labels.length);
      }),
    );
  });
});

describe('labels', () => {
  it('come from the card, else the metadata, else COCO, else are numbered', () => {
    expect(labelsFor(model({ names: "{0: 'a', 1: 'b'}" }, ['c', 'd']), 2)).toEqual(['c', 'd']);
    expect(labelsFor(model({ names: "{0: 'a', 1: 'b'}" }), 2)).toEqual(['a', 'b']);
    expect(labelsFor(model({}, ['c', 'd']), 2)).toEqual(['c', 'd']);
    expect(labelsFor(model({}), 80)).toBe(cocoLabels);
    const byNumber = labelsFor(model({}), 91);
    // @see https://github.com/tensorflow/models/blob/master/research/object_detection/data/mscoco_label_map.pbtxt
    expect([0, 1, 11, 12, 13, 44, 62, 90].map((number) => byNumber[number])).toEqual([
      ...['background', 'person', 'fire hydrant', 'class 12', 'stop sign', 'bottle', 'chair', 'toothbrush'],
    ]);
    expect(byNumber.slice(1).filter((label) => !label.startsWith('class '))).toEqual(cocoLabels);
    expect(labelsFor(model({}), 3)).toEqual(['class 0', 'class 1', 'class 2']);
  });

  it('must be as many as the head has classes', () => {
    expect(() => labelsFor(model({ names: "{0: 'a'}" }), 2)).toThrow(
      /has 2 classes, but "names" in the metadata of net.onnx lists 1/,
    );
    expect(() => labelsFor(model({}, ['a', 'b', 'c']), 2)).toThrow(/net.json lists 3/);
  });

  it('of COCO are 80, in their order', () => {
    expect(new Set(cocoLabels).size).toBe(80);
    expect([cocoLabels[0], cocoLabels[11], cocoLabels[36], cocoLabels[79]]).toEqual([
      ...['person', 'stop sign', 'skateboard', 'toothbrush'],
    ]);
  });
});
