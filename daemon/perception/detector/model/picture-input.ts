/**
 * The input that takes the picture: of several the one with the most sides, and of those the first, wherever the exporter
 * put what else the network is told (PaddleDetection begins with `im_shape`). Undefined where there is none.
 */
export function pictureAmong<Input extends { readonly shape: readonly unknown[] | undefined }>(
  inputs: readonly Input[],
): Input | undefined {
  const sides = ({ shape }: Input) => shape?.length ?? 0;
  return inputs.reduce<Input | undefined>(
    (best, input) => (best === undefined || sides(input) > sides(best) ? input : best),
    undefined,
  );
}
