import { expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../testing/save-networks.ts';
import { createDetector } from './detector.ts';
import type { ModelCard } from './model/model-file.ts';

const save = networkSaver(testFolder('class-doubt'));

/** What is said of two pictures, by a network that finds one thing of this class in torchvision's form. */
async function warningsOf(classId: number, card: ModelCard): Promise<(string | undefined)[]> {
  const modelFile = save(
    {
      outputs: [
        { name: 'boxes', shape: [1, 4], data: [8, 4, 24, 20] },
        { name: 'labels', shape: [1], type: 'int64', data: [classId] },
        { name: 'scores', shape: [1], data: [0.75] },
      ],
    },
    { card },
  );
  const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.5, threads: 1 });
  const look = async () => (await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64)).warning;
  const warnings = [await look(), await look()];
  await detector.close();
  return warnings;
}

const classes = ['cone', 'gate'];

it('says once what the card should say where a class comes before the first', async () => {
  const [first, second] = await warningsOf(0, { classes });
  expect(first).toMatch(/something of class 0, and its classes are taken for counted from 1.*"firstClass": 0/);
  expect(second).toBeUndefined();
});

it('says once that labels are not those of the network where a class has none', async () => {
  const [first, second] = await warningsOf(2, { classes, firstClass: 0 });
  expect(first).toMatch(/class number 2, counted from 0, and has 2 labels.*"firstClass": 1/);
  expect(second).toBeUndefined();
});

it('says nothing of classes that have their labels', async () => {
  expect(await warningsOf(2, { classes })).toEqual([undefined, undefined]);
  expect(await warningsOf(1, { classes, firstClass: 0 })).toEqual([undefined, undefined]);
  expect(await warningsOf(0, { classes: ['background', ...classes] })).toEqual([undefined, undefined]);
});
