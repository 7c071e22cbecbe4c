import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { networkSaver } from '../testing/save-networks.ts';
import type { TinyNetworkOptions } from '../testing/tiny-network.ts';
import { createDetector } from './detector.ts';
import type { ModelCard } from './model/model-file.ts';

/** Heads whose shapes are those of others: what they answer to an empty picture tells, or they are refused in words. */

const save = networkSaver(testFolder('first-run-tells'));
type Outputs = TinyNetworkOptions['outputs'];

const thing = { xPx: 20, yPx: 12, widthPx: 16, heightPx: 24 };
const corners = [20, 12, 36, 36];
const centred = [28, 24, 16, 24];
/** 64x64 pixels: of strides 8, 16 and 32. */
const cells = 84;

/** Rows by their number, but for the one of the thing. */
function rowsOf(count: number, hit: readonly number[], others: (row: number) => readonly number[]): number[] {
  return Array.from({ length: count }, (_, row) => (row === 30 ? hit : others(row))).flat();
}

function transposed(rows: readonly number[], count: number): number[] {
  const columns = rows.length / count;
  return Array.from(rows, (_, at) => rows[(at % count) * columns + Math.floor(at / count)]!);
}

/** Where a box that nobody sees lies: in its cell. */
const placeOf = (row: number): [number, number] => [(row % 8) * 8, 8 * (Math.floor(row / 8) % 8)];
const cornersAt = (row: number): number[] => [...placeOf(row), ...placeOf(row).map((side) => side + 9)];
const centredAt = (row: number): number[] => [...placeOf(row).map((side) => side + 4), 7, 9];

async function read(options: TinyNetworkOptions, card?: ModelCard) {
  const modelFile = save(options, { card });
  const detector = await createDetector({ modelFile, scoreThreshold: 0.25, iouThreshold: 0.5, threads: 1 });
  const { detections } = await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64);
  await detector.close();
  const { layout, because } = detector.info;
  return { layout, because, detections: detections.map(({ classId, box }) => ({ classId, box })) };
}

const of = (data: readonly number[], ...shape: number[]): Outputs => [{ name: 'out', shape, data }];

describe('rows of a box, its score and its class for each cell, as DeepStream takes them', () => {
  const rows = (count: number, classes = 3) =>
    of(
      rowsOf(count, [...corners, 0.9, classes - 1], (row) => [...cornersAt(row), 0.01, row % classes]),
      1,
      count,
      6,
    );

  it.each([cells, 3 * cells])('are no YOLOX or YOLOv5 of one class: %i', async (count) => {
    expect(await read({ outputs: rows(count) })).toMatchObject({
      layout: 'labelled-rows',
      detections: [{ classId: 2, box: thing }],
    });
    expect((await read({ outputs: rows(count, 2) })).detections).toEqual([{ classId: 1, box: thing }]);
  });

  it('are suppressed', async () => {
    const [output] = rows(cells);
    const data = Array.from(output!.data);
    data.splice(31 * 6, 6, 21, 12, 36, 37, 0.8, 2);
    expect((await read({ outputs: of(data, 1, cells, 6) })).detections).toHaveLength(1);
  });

  it('are of one class where the graph chooses it, else nobody knows what their last number is', async () => {
    const outputs = rows(cells, 1);
    await expect(read({ outputs })).rejects.toThrow(/one of "labelled-rows", .*"yolox".*"layout"/);
    expect((await read({ outputs }, { layout: 'labelled-rows' })).detections).toEqual([{ classId: 0, box: thing }]);
  });

  it('may be apart, with a side of 1 behind', async () => {
    const whole = rows(cells)[0]!.data;
    const part = (first: number, end: number) =>
      Array.from({ length: cells }, (_, row) => Array.from(whole).slice(row * 6 + first, row * 6 + end)).flat();
    const outputs: Outputs = [
      { name: 'boxes', shape: [1, cells, 4], data: part(0, 4) },
      { name: 'scores', shape: [1, cells, 1], data: part(4, 5) },
      { name: 'classes', shape: [1, cells, 1], data: part(5, 6) },
    ];
    expect(await read({ outputs })).toMatchObject({
      ...{ layout: 'labelled-boxes', detections: [{ classId: 2, box: thing }] },
    });
  });
});

describe("a v8's columns", () => {
  const columns = (hit: readonly number[], at: (row: number) => readonly number[]) =>
    of(
      transposed(
        rowsOf(cells, [...hit, 0.01, 0.9], (row) => [...at(row), 0.01, 0.01]),
        cells,
      ),
      1,
      6,
      cells,
    );
  it('are centres and sizes, or corners where no box of an empty picture is crossed', async () => {
    const detections = [{ classId: 1, box: thing }];
    expect(await read({ outputs: columns(centred, centredAt) })).toMatchObject({ layout: 'yolov8', detections });
    const cut = await read({ outputs: columns(corners, cornersAt) });
    expect(cut).toMatchObject({ layout: 'yolov8', detections, because: expect.stringMatching(/corners/) });
  });

  it('are corners also where they are transposed', async () => {
    const rows = rowsOf(cells, [...corners, 0.9], (row) => [...cornersAt(row), 0.01]);
    const cut = await read({ outputs: of(rows, 1, cells, 5) });
    expect(cut).toMatchObject({ layout: 'yolov8', detections: [{ classId: 0, box: thing }] });
  });

  it('are centres also where every box is larger than it is far from an edge, as barely trained networks have them', async () => {
    const largeAt = (row: number): number[] => [
      ...centredAt(row).slice(0, 2),
      70 + ((row * 37) % 40),
      70 + ((row * 53) % 41),
    ];
    const large = await read({ outputs: columns([28, 24, 66, 70], largeAt) });
    expect(large.because).not.toMatch(/corners/);
    expect(large.detections).toEqual([{ classId: 1, box: { xPx: 0, yPx: 0, widthPx: 61, heightPx: 59 } }]);
  });

  it("or a v5's rows alike", async () => {
    const rows = (hit: readonly number[], at: (row: number) => readonly number[]) =>
      of(
        rowsOf(252, [...hit, 0.95, 0.01, 0.95], (row) => [...at(row), 0.01, 0.01, 0.01]),
        1,
        252,
        7,
      );
    const detections = [{ classId: 1, box: thing }];
    expect(await read({ outputs: rows(centred, centredAt) })).toMatchObject({ layout: 'yolov5', detections });
    const cornered = await read({ outputs: rows(corners, cornersAt) });
    expect(cornered).toMatchObject({ layout: 'yolov5', detections, because: expect.stringMatching(/corners/) });
  });

  it('are centres and sizes where all lie in one corner, of which nothing is known', async () => {
    const { detections } = await read({ outputs: columns(centred, () => [1, 1, 2, 2]) });
    expect(detections).toEqual([{ classId: 1, box: thing }]);
  });
});

describe("a YOLOX's boxes", () => {
  const rows = (
    hit: readonly number[],
    others: (row: number) => readonly number[],
    scores: readonly number[] = [0.01, 0.01, 0.1, 0.3],
  ) =>
    of(
      rowsOf(cells, [...hit, 0.9, 0.01, 0.01, 0.9], (row) => [...others(row), ...scores]),
      1,
      cells,
      8,
    );
  const relative = (row: number) => [0.5, 0.25, row % 3 === 0 ? -0.5 : 0.5, -0.25];

  it('are in pixels where they lie all over an empty picture, without an Exp in the graph too', async () => {
    expect(await read({ outputs: rows(centred, centredAt) })).toMatchObject({
      ...{ layout: 'yolox', detections: [{ classId: 2, box: thing }] },
    });
  });

  it('may be those of a v8 with a class more where no class is likely anywhere: its card must say', async () => {
    const outputs = rows(centred, centredAt, [0.01, 0.01, 0.01, 0.01]);
    await expect(read({ outputs })).rejects.toThrow(/one of "yolov8", .*"yolox".*"layout"/);
    for (const [layout, classId] of [
      ['yolox', 2],
      ['yolov8', 0],
    ] as const) {
      expect(await read({ outputs }, { layout })).toMatchObject({ layout, detections: [{ classId, box: thing }] });
    }
  });

  it('are relative to their cells where sizes are below 0', async () => {
    const { because, detections } = await read({ outputs: rows([0.5, 0.5, 0, 0], relative) });
    expect(because).toMatch(/relative to their cells, as some of their sizes are below 0/);
    expect(detections[0]?.box).toEqual({ xPx: 48, yPx: 24, widthPx: 8, heightPx: 8 });
  });
});

it("reads an objectness that is always 1 as YOLOv6's", async () => {
  const rows = rowsOf(cells, [...centred, 1, 0.01, 0.9], (row) => [...centredAt(row), 1, 0.01, 0.01]);
  expect(await read({ outputs: of(rows, 1, cells, 7) })).toMatchObject({
    ...{ layout: 'yolov6', detections: [{ classId: 1, box: thing }], because: expect.stringMatching(/always 1$/) },
  });
});

describe("an SSD's boxes", () => {
  const outputs = (boxAt: (row: number) => readonly number[]): Outputs => [
    { name: 'scores', shape: [1, 50, 3], data: rowsOf(50, [0.05, 0.05, 0.9], () => [0.98, 0.01, 0.01]) },
    {
      name: 'boxes',
      shape: [1, 50, 4],
      data: rowsOf(
        50,
        corners.map((side) => side / 64),
        boxAt,
      ),
    },
  ];
  it('are refused in words where they are shifts of anchors, unless its card knows better', async () => {
    const detections = [{ classId: 1, box: thing }];
    expect(await read({ outputs: outputs(() => [0.1, 0.1, 0.2, 0.3]) })).toMatchObject({ layout: 'ssd', detections });
    const shifts = outputs((row) => [0.1, 0.3, (row % 5) / 4 - 0.5, 0.2]);
    await expect(read({ outputs: shifts })).rejects.toThrow(/shifts of anchors.*"layout": "ssd"/s);
    expect((await read({ outputs: shifts }, { layout: 'ssd' })).detections).toEqual(detections);
  });
});

describe('rows of six that a network has chosen', () => {
  const rows = (hit: readonly number[], others: readonly number[] = [0, 0, 0, 0, 0, 0]) =>
    of(
      rowsOf(50, hit, () => others),
      1,
      50,
      6,
    );
  const detections = [{ classId: 2, box: thing }];
  it('end in class and score where their numbers say so', async () => {
    for (const others of [undefined, [8, 8, 16, 16, 1, 0.01]]) {
      expect(await read({ outputs: rows([...corners, 2, 0.9], others) })).toMatchObject({
        layout: 'nms-free',
        detections,
      });
    }
    for (const others of [undefined, [8, 8, 16, 16, 0.01, 1]]) {
      expect((await read({ outputs: rows([...corners, 0.9, 2], others) })).detections).toEqual(detections);
    }
  });

  it('are an RT-DETR whose metadata are lost where they are centres and sizes, and refused in pixels', async () => {
    const shares = centred.map((side) => side / 64);
    const centredRows = (scale: number) =>
      rows(
        [...shares, 0.9, 2].map((x, at) => (at < 4 ? x * scale : x)),
        [0.5 * scale, 0.5 * scale, 0.1 * scale, 0.2 * scale, 0.01, 0],
      );
    const rtdetr = await read({ outputs: centredRows(1) });
    expect(rtdetr).toMatchObject({ layout: 'detr', because: expect.stringMatching(/centres and sizes/) });
    expect(rtdetr.detections[0]).toMatchObject({
      classId: 2,
      box: { xPx: expect.closeTo(20, 3), widthPx: expect.closeTo(16, 3) },
    });
    await expect(read({ outputs: centredRows(64) })).rejects.toThrow(/fits no layout/);
    expect((await read({ outputs: centredRows(64) }, { layout: 'nms-free' })).layout).toBe('nms-free');
  });

  it('are of two classes where they end in shares and are centres and sizes, else refused', async () => {
    const shares = centred.map((side) => side / 64);
    const rtdetr = await read({ outputs: rows([...shares, 0.1, 0.9], [0.5, 0.5, 0.1, 0.2, 0.01, 0.02]) });
    expect(rtdetr).toMatchObject({ layout: 'detr', detections: [{ classId: 1 }] });
    await expect(read({ outputs: rows([...corners, 0.1, 0.9], [8, 8, 16, 16, 0.01, 0.02]) })).rejects.toThrow(
      /fits no layout/,
    );
    const beside = rows([...corners, 0.9, 2.04], [8, 8, 16, 16, 0.01, 0.98]);
    expect(await read({ outputs: beside })).toMatchObject({ layout: 'nms-free', detections });
  });

  it("are PaddleDetection's by its input, without their count too", async () => {
    const images = { name: 'image', shape: [1, 3, 64, 64] };
    const inputs = [images, { name: 'scale_factor', shape: [1, 2] }];
    const outputs = of([2, 0.9, ...corners, -1, 0, 0, 0, 0, 0], 2, 6);
    expect(await read({ inputs, outputs })).toMatchObject({ layout: 'paddle', detections });
    await expect(read({ inputs: [images], outputs })).rejects.toThrow(/fits no layout/);
  });
});
