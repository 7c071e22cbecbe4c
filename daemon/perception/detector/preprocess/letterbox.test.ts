import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitLetterbox, fits, toImage, toNetwork } from './letterbox.ts';

const side = fc.integer({ min: 1, max: 5000 });
const size = fc.record({ widthPx: side, heightPx: side });
const fit = fc.constantFrom(...fits);
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('letterbox', () => {
  it('centres a 640x480 picture in 416x416', () => {
    const box = fitLetterbox({ widthPx: 640, heightPx: 480 }, { widthPx: 416, heightPx: 416 });
    expect(box).toMatchObject({
      leftPx: 0,
      topPx: 52,
      scaleX: 0.65,
      scaleY: 0.65,
      scaled: { widthPx: 416, heightPx: 312 },
    });
  });

  it('leaves an odd rest of padding to the right and bottom, as Ultralytics does', () => {
    const box = fitLetterbox({ widthPx: 1441, heightPx: 731 }, { widthPx: 640, heightPx: 640 });
    expect(box).toMatchObject({ leftPx: 0, topPx: 157, scaled: { widthPx: 640, heightPx: 325 } });
  });

  it.each([
    { fit: 'letterbox-top-left', leftPx: 0, topPx: 0, scaled: { widthPx: 416, heightPx: 312 } },
    { fit: 'stretch', leftPx: 0, topPx: 0, scaled: { widthPx: 416, heightPx: 416 } },
    { fit: 'crop', leftPx: -69, topPx: 0, scaled: { widthPx: 554, heightPx: 416 } },
  ] as const)('brings a 640x480 picture into 416x416 by $fit', ({ fit, ...wanted }) => {
    const network = { widthPx: 416, heightPx: 416 };
    expect(fitLetterbox({ widthPx: 640, heightPx: 480 }, network, fit)).toMatchObject(wanted);
  });

  // What torchvision 0.19 gives for Resize(short side) and CenterCrop.
  it.each([
    { image: [320, 180], side: 192, scaled: [341, 192], cut: [74, 0] },
    { image: [180, 320], side: 192, scaled: [192, 341], cut: [0, 74] },
    { image: [500, 375], side: 224, scaled: [298, 224], cut: [37, 0] },
    { image: [640, 480], side: 227, scaled: [302, 227], cut: [38, 0] },
    { image: [640, 360], side: 224, scaled: [398, 224], cut: [87, 0] },
    { image: [331, 240], side: 240, scaled: [331, 240], cut: [46, 0] },
    { image: [100, 1], side: 32, scaled: [3200, 32], cut: [1584, 0] },
  ])('crops $image as torchvision does', ({ image: [widthPx = 0, heightPx = 0], side, scaled, cut }) => {
    const box = fitLetterbox({ widthPx, heightPx }, { widthPx: side, heightPx: side }, 'crop');
    expect([box.scaled.widthPx, box.scaled.heightPx]).toEqual(scaled);
    expect([-box.leftPx, -box.topPx].map((offset) => offset + 0)).toEqual(cut);
  });

  it('lies within the network and fills one side of it', () => {
    fc.assert(
      fc.property(size, size, (image, network) => {
        const { leftPx, topPx, scaled } = fitLetterbox(image, network);
        expect(leftPx).toBeGreaterThanOrEqual(0);
        expect(topPx).toBeGreaterThanOrEqual(0);
        expect(leftPx + scaled.widthPx).toBeLessThanOrEqual(network.widthPx);
        expect(topPx + scaled.heightPx).toBeLessThanOrEqual(network.heightPx);
        expect(scaled.widthPx === network.widthPx || scaled.heightPx === network.heightPx).toBe(true);
      }),
    );
  });

  it('takes a box to the network and back', () => {
    fc.assert(
      fc.property(size, size, fit, fc.tuple(share, share, share, share), (image, network, how, [x1, y1, x2, y2]) => {
        const left = Math.min(x1, x2) * image.widthPx;
        const right = Math.max(x1, x2) * image.widthPx;
        const top = Math.min(y1, y2) * image.heightPx;
        const bottom = Math.max(y1, y2) * image.heightPx;
        fc.pre(right - left > 1e-3 && bottom - top > 1e-3);
        const letterbox = fitLetterbox(image, network, how);
        const back = toImage(letterbox, toNetwork(letterbox, { left, top, right, bottom }));
        expect(back?.left).toBeCloseTo(left, 5);
        expect(back?.top).toBeCloseTo(top, 5);
        expect(back?.right).toBeCloseTo(right, 5);
        expect(back?.bottom).toBeCloseTo(bottom, 5);
      }),
    );
  });

  it('clips to the image whatever the network says, and drops what is wholly outside', () => {
    const anywhere = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(size, size, fc.tuple(anywhere, anywhere, anywhere, anywhere), (image, network, [x1, y1, x2, y2]) => {
        const box = toImage(fitLetterbox(image, network), {
          ...{ left: Math.min(x1, x2), right: Math.max(x1, x2), top: Math.min(y1, y2), bottom: Math.max(y1, y2) },
        });
        if (box === undefined) return;
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.right).toBeLessThanOrEqual(image.widthPx);
        expect(box.bottom).toBeLessThanOrEqual(image.heightPx);
        expect(box.right).toBeGreaterThan(box.left);
        expect(box.bottom).toBeGreaterThan(box.top);
      }),
    );
    const padded = fitLetterbox({ widthPx: 640, heightPx: 480 }, { widthPx: 416, heightPx: 416 });
    expect(toImage(padded, { left: 10, top: 0, right: 50, bottom: 50 })).toBeUndefined();
  });

  it('refuses sizes that are none', () => {
    expect(() => fitLetterbox({ widthPx: 0, heightPx: 4 }, { widthPx: 8, heightPx: 8 })).toThrow(/0x4/);
    expect(() => fitLetterbox({ widthPx: 4, heightPx: 4 }, { widthPx: 8.5, heightPx: 8 })).toThrow(RangeError);
  });
});
