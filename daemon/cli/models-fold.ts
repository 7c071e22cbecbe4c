import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { findNamedModel } from '../car/find-model.ts';
import { describeNetwork } from '../perception/detector/describe-network.ts';
import { foldPreprocessing } from '../perception/detector/model/fold-preprocessing.ts';
import { cardFileOf, type ModelCard, readModelFile } from '../perception/detector/model/model-file.ts';
import { pictureAmong } from '../perception/detector/model/picture-input.ts';
import { entryAt, whyUnwritable } from '../platform/file-trouble.ts';
import { UserError } from '../platform/user-error.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';

/**
 * Writes a network that takes bytes, and its card: what the first one's said, less what lies in the graph now.
 * @throws (rejects) UserError for a network that cannot be used or is folded already, and for a file that cannot be written.
 */
export async function foldNetwork(
  network: string,
  out: string,
  options: { readonly force?: boolean },
  output: CommandOutput = standardOutput,
): Promise<void> {
  const file = findNamedModel(network);
  const cardFile = out.replace(/\.onnx$/i, '.json');
  if (cardFile === out) throw new UserError(`${out} is no name for a network: right would be ${out}.onnx`);
  refuseTakingItsPlace(file, out, cardFile);
  for (const target of [out, cardFile]) {
    if (existsSync(target) && options.force !== true) {
      throw new UserError(`${target} is there already and is not replaced without --force`);
    }
  }
  const { input, inputs, layout, labels } = await describeNetwork(file);
  const folded = foldPreprocessing(readFileSync(file), pictureAmong(inputs)?.name ?? '', input);
  const card: ModelCard = {
    ...readModelFile(file).card?.content,
    name: basename(out, extname(out)),
    classes: [...labels],
    layout,
    input: {
      ...{ widthPx: input.widthPx, heightPx: input.heightPx },
      ...{ fit: input.fit, letterboxValue: input.paddingLevel },
    },
    sha256: createHash('sha256').update(folded).digest('hex'),
  };
  writeBoth([out, folded], [cardFile, `${JSON.stringify(card, undefined, 2)}\n`]);
  output.out(`${out} takes pictures of ${input.widthPx}x${input.heightPx} as bytes, RGB; its card is ${cardFile}\n`);
}

/** Folding is not undone. A card that is not there yet would be the network's own as well. */
function refuseTakingItsPlace(file: string, out: string, cardFile: string): void {
  if (isSameFile(file, out)) {
    throw new UserError(`${out} is the network itself, which is kept. Choose another name for the folded one.`);
  }
  const ownCard = cardFileOf(file);
  const isNamedAlike = basename(ownCard) === basename(cardFile) && isSameFile(dirname(ownCard), dirname(cardFile));
  if (isNamedAlike || isSameFile(ownCard, cardFile)) {
    throw new UserError(
      `${cardFile}, the card of ${out}, is that of ${file} too, which is kept. Choose another name for the folded one.`,
    );
  }
}

function isSameFile(one: string, other: string): boolean {
  const [entry, otherEntry] = [entryAt(one), entryAt(other)];
  return entry !== undefined && entry.dev === otherEntry?.dev && entry.ino === otherEntry.ino;
}

/** Whole under names of their own first, so that what was there stays as it was when the disk is full. */
function writeBoth([out, network]: [string, Uint8Array], [cardFile, card]: [string, string]): void {
  const [part, cardPart] = [`${out}.part`, `${cardFile}.part`];
  try {
    writeFileSync(part, network);
    writeFileSync(cardPart, card);
    renameSync(cardPart, cardFile);
    renameSync(part, out);
  } catch (error) {
    throw new UserError(`${out} ${whyUnwritable(error)}`);
  } finally {
    for (const each of [part, cardPart].filter((each) => existsSync(each))) rmSync(each);
  }
}
