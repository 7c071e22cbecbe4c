import { describe, expect, it } from 'vitest';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { conesAndGates, networkSaver } from '../testing/save-networks.ts';
import { type TinyNetworkOptions, yolov8Head } from '../testing/tiny-network.ts';
import { describeNetwork } from './describe-network.ts';
import { createDetector } from './detector.ts';
import { type InputFormat, imageNetScale, levelScale, ultralyticsInput } from './preprocess/input-format.ts';
import { levelTables } from './preprocess/preprocess.ts';

const folder = testFolder('quantised');
const save = networkSaver(folder, conesAndGates);

async function look(options: TinyNetworkOptions) {
  const detector = await createDetector({
    ...{ modelFile: save(options), scoreThreshold: 0.25, iouThreshold: 0.45, threads: 1 },
  });
  try {
    return await detector.detect(new Uint8Array(64 * 64 * 3), 64, 64);
  } finally {
    await detector.close();
  }
}

const cells = 84;
const data = yolov8Head(2, cells, [{ centreX: 30, centreY: 32, width: 16, height: 8, classId: 1, score: 0.9 }]);
const output = { name: 'output0', shape: [1, 6, cells], data } as const;

describe('a network that puts out whole numbers', () => {
  it.each([
    { type: 'uint8', zero: 3 },
    { type: 'int8', zero: -120 },
  ] as const)('of $type is read by what its graph says that they are worth', async ({ type, zero }) => {
    const { detections } = await look({ outputs: [{ ...output, type, quantised: { scale: 0.2, zero } }] });
    expect(detections).toHaveLength(1);
    expect(detections[0]).toMatchObject({ label: 'gate', score: expect.closeTo(0.8, 5) });
    for (const [side, px] of Object.entries({ xPx: 22, yPx: 28, widthPx: 16, heightPx: 8 })) {
      expect(detections[0]!.box[side as 'xPx']).toBeCloseTo(px, 4);
    }
  });

  it('of a scale for each channel is read by those', async () => {
    const quantised = { scale: [0.3, 0.4, 0.2, 0.1, 0.004, 0.002], zero: [1, 2, 3, 4, 5, 6] };
    const { detections } = await look({ outputs: [{ ...output, type: 'uint8', quantised }] });
    expect(detections).toMatchObject([{ label: 'gate', score: expect.closeTo(0.498, 5) }]);
    expect(detections[0]!.box).toMatchObject({ xPx: expect.closeTo(22, 4), yPx: expect.closeTo(28, 4) });
  });

  it('is refused where nothing says so', async () => {
    const refused = look({ outputs: [{ ...output, type: 'uint8' }] });
    await expect(refused).rejects.toThrow(/"output0" of .* is uint8, and nothing .* worth; expected float32/s);
  });

  it('of the scale of its boxes has coarse scores: what is more than 1 by the step is sure, and that is told', async () => {
    // 0.9 is nearer to one step than to none.
    const network = { outputs: [{ ...output, type: 'uint8' as const, quantised: { scale: 1.4, zero: 0 } }] };
    const { detections, warning } = await look(network);
    expect(detections).toMatchObject([{ label: 'gate', score: 1 }]);
    expect(warning).toBeUndefined();
    expect((await describeNetwork(save(network))).warnings).toContainEqual(
      expect.stringMatching(/scores go in steps of 1\.40/),
    );
    const exact = await look({
      outputs: [{ ...output, data: data.map((value) => (value === data[5 * cells] ? 1.4 : value)) }],
    });
    expect(exact).toMatchObject({ detections: [], warning: expect.stringContaining('above 1') });
  });
});

describe('a network that takes whole numbers', () => {
  const format = { ...ultralyticsInput, widthPx: 64, heightPx: 64, order: 'nhwc' } as const;
  const red = (over: Partial<InputFormat> & Pick<InputFormat, 'type'>) => levelTables({ ...format, ...over })[0];

  it('gets levels as what they are worth to it, within its range', () => {
    const all = Array.from({ length: 256 }, (_, level) => level);
    expect([...red({ type: 'uint8', quantisation: { scale: 1 / 255, zero: 0 } })]).toEqual(all);
    expect([...red({ type: 'int8', quantisation: { scale: 1 / 255, zero: -128 } })]).toEqual(
      all.map((each) => each - 128),
    );
    const levels = red({ type: 'uint8', ...levelScale, quantisation: { scale: 2, zero: 10 } });
    expect([levels[0], levels[100], levels[255]]).toEqual([10, 60, 138]);
    // -2.118 to 2.249 in steps of 0.015 around 128: the ends are cut off.
    const deviations = red({ type: 'uint8', ...imageNetScale, quantisation: { scale: 0.015, zero: 128 } });
    expect([deviations[0], deviations[124], deviations[255]]).toEqual([0, 128, 255]);
  });

  it('gets levels as they are where nothing says what they are worth', () => {
    expect([red({ type: 'uint8' })[200], red({ type: 'int8' })[200]]).toEqual([200, 72]);
  });

  it('is told of with what they are worth', async () => {
    const inputs = [
      { name: 'images', shape: [1, 3, 64, 64], type: 'int8' as const, quantised: { scale: 1, zero: -128 } },
    ];
    const { input } = await describeNetwork(save({ inputs, outputs: [output] }));
    // A step of 1 means levels of 0..255, whatever is usual for the layout.
    expect(input).toMatchObject({ type: 'int8', quantisation: { scale: 1, zero: -128 }, ...levelScale });
  });
});
