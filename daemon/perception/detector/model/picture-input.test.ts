import { describe, expect, it } from 'vitest';
import { tinyNetwork } from '../../testing/tiny-network.ts';
import { readOnnxFacts } from './onnx-facts.ts';
import { pictureAmong } from './picture-input.ts';

describe('the input that takes the picture', () => {
  it('has the most sides, and of several the first', () => {
    const [told, picture, second] = [{ shape: [1, 2] }, { shape: [1, 3, 64, 64] }, { shape: [1, 3, 8, 8] }];
    expect(pictureAmong([told, picture, second])).toBe(picture);
    expect(pictureAmong([{ shape: undefined }, told])).toBe(told);
    expect(pictureAmong([])).toBeUndefined();
  });

  it('says what its whole numbers are worth wherever it stands', () => {
    const picture = {
      name: 'image',
      shape: [1, 3, 64, 64],
      type: 'uint8',
      quantised: { scale: 0.5, zero: 7 },
    } as const;
    const told = { name: 'im_shape', shape: [1, 2] };
    const outputs = [{ name: 'o', shape: [1], data: [0] }];
    for (const inputs of [
      [picture, told],
      [told, picture],
    ]) {
      const facts = readOnnxFacts(tinyNetwork({ inputs, outputs }));
      expect(facts?.pictureQuantisation).toEqual({ scale: 0.5, zero: 7 });
    }
  });
});
