import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { findModel } from '../car/find-model.ts';
import { describeNetwork } from '../perception/detector/describe-network.ts';
import { foldPreprocessing } from '../perception/detector/model/fold-preprocessing.ts';
import { readModelFile } from '../perception/detector/model/model-file.ts';
import { pictureAmong } from '../perception/detector/model/picture-input.ts';
import { whyUnwritable } from '../platform/file-trouble.ts';
import { UserError } from '../platform/user-error.ts';
import { type DetectOutput, standardOutput } from './detect.ts';

/**
 * Writes a network that takes bytes, and its card: what the first one's said, less what lies in the graph now.
 * @throws (rejects) UserError for a network that cannot be used or is folded already, and for a file that cannot be written.
 */
export async function foldNetwork(
  network: string,
  out: string,
  options: { readonly force?: boolean },
  output: DetectOutput = standardOutput,
): Promise<void> {
  const file = findModel(network);
  const cardFile = out.replace(/\.onnx$/i, '.json');
  if (cardFile === out) throw new UserError(`${out} is no name for a network: right would be ${out}.onnx`);
  for (const target of [out, cardFile]) {
    if (existsSync(target) && options.force !== true) {
      throw new UserError(`${target} is there already and is not replaced without --force`);
    }
  }
  const { input, inputs, layout, labels } = await describeNetwork(file);
  const folded = foldPreprocessing(readFileSync(file), pictureAmong(inputs)?.name ?? '', input);
  const { anchors, suppression, boxes } = readModelFile(file).card?.content ?? {};
  const card = {
    classes: labels,
    layout,
    ...(suppression !== undefined && { suppression }),
    ...(anchors !== undefined && { anchors }),
    ...(boxes !== undefined && { boxes }),
    input: { fit: input.fit, letterboxValue: input.paddingLevel },
  };
  try {
    writeFileSync(`${out}.part`, folded);
    writeFileSync(cardFile, `${JSON.stringify(card, undefined, 2)}\n`);
    renameSync(`${out}.part`, out);
  } catch (error) {
    throw new UserError(`${out} ${whyUnwritable(error)}`);
  }
  output.out(`${out} takes pictures of ${input.widthPx}x${input.heightPx} as bytes, RGB; its card is ${cardFile}\n`);
}
