/** Those of MMDetection's heads that take pictures in another way than most, and all others. */
export type MmdetectionHead = 'rtmdet' | 'yolox' | 'other';

/**
 * The names of parts that no other has, the rarer first.
 * @see https://github.com/open-mmlab/mmdetection/blob/main/mmdet/models/dense_heads/rtmdet_head.py (rtm_cls)
 * @see https://github.com/open-mmlab/mmdetection/blob/main/mmdet/models/dense_heads/yolox_head.py (multi_level_conv_cls)
 */
const partNames: readonly (readonly [MmdetectionHead, RegExp])[] = [
  ['rtmdet', /(^|[./])bbox_head\.rtm_/],
  ['yolox', /(^|[./])bbox_head\.multi_level_conv_/],
  ['other', /(^|[./])(bbox|rpn|roi)_head\./],
];

/** Which head a network has, by the names of its weights; undefined where they are not MMDetection's. */
export function mmdetectionHeadOf(weights: readonly { readonly name: string }[]): MmdetectionHead | undefined {
  return partNames.find(([, part]) => weights.some(({ name }) => part.test(name)))?.[0];
}
