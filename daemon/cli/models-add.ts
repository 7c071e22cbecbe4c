import { basename, extname } from 'node:path';
import { findNamedModel } from '../car/find-model.ts';
import { checkModelName, checkNameIsFree, ownModelsFolder, stageModel } from '../car/models-folder.ts';
import type { LayoutName } from '../perception/detector/decode/decoder.ts';
import { describeNetwork, type NetworkDescription } from '../perception/detector/describe-network.ts';
import { type CardInput, cardFileOf, type ModelCard, readModelFile } from '../perception/detector/model/model-file.ts';
import type { Fit } from '../perception/detector/preprocess/letterbox.ts';
import { scaleName } from '../perception/detector/verify/neighbours.ts';
import { plural } from '../platform/plural.ts';
import { UserError } from '../platform/user-error.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';
import { inWords } from './models-info.ts';

export interface AddOptions {
  readonly name?: string;
  readonly classes?: readonly string[];
  readonly firstClass?: 0 | 1 | undefined;
  readonly layout?: LayoutName;
  readonly keypoints?: readonly [points: number, dimensions: 2 | 3];
  readonly channels?: 'rgb' | 'bgr';
  readonly scale?: '0-1' | '0-255' | 'imagenet';
  readonly fit?: Fit;
  readonly padding?: number;
  readonly source?: string;
  readonly licence?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * Copies a network with a card into the models folder, after it has been loaded and run there with that card.
 * @throws (rejects) UserError when it cannot be used or its name is taken; the folder is then as it was.
 */
export async function addNetwork(
  file: string,
  options: AddOptions,
  output: CommandOutput = standardOutput,
  folder: string = ownModelsFolder(),
): Promise<void> {
  const networkFile = findNamedModel(file);
  const name = options.name ?? basename(networkFile, extname(networkFile));
  checkModelName(name);
  checkNameIsFree(name, folder, options.force === true ? 'replace' : 'never');
  const given = cardOf(readModelFile(networkFile).card?.content ?? {}, options);
  const onShared = (what: string) => output.err(`${what}\n`);
  const staged = stageModel({ folder, name, networkFile, card: given, onShared });
  try {
    const description = await describeStaged(staged.file, networkFile, options);
    checkNamedLayout(description, given.classes, networkFile);
    const place = staged.commit({ name, ...given, ...knownOf(description) });
    if (options.json === true) {
      output.out(`${JSON.stringify({ name, file: place, sha256: description.sha256, layout: description.layout })}\n`);
      return;
    }
    const card = cardFileOf(place);
    const named = (text: string) => text.replaceAll(staged.file, place).replaceAll(cardFileOf(staged.file), card);
    output.out(
      inWords({
        ...description,
        file: place,
        card,
        labelsFrom: named(description.labelsFrom),
        warnings: description.warnings.map(named),
      }),
    );
    output.out(
      `Added. See what it sees: jetson-car models verify ${name} PHOTO...\nDrive with it: jetson-car run --model ${name}\n`,
    );
  } finally {
    staged.discard();
  }
}

/** The card that lies beside the network, and over it what was said on the command line. */
function cardOf(card: ModelCard, options: AddOptions): ModelCard {
  const { channels, scale, fit, padding } = options;
  const { mean, deviation, ...others } = card.input ?? {};
  const usual = scale === undefined ? { ...(mean && { mean }), ...(deviation && { deviation }) } : { scale };
  const input: CardInput = {
    ...others,
    ...usual,
    ...(channels !== undefined && { channels }),
    ...(fit !== undefined && { fit }),
    ...(padding !== undefined && { letterboxValue: padding }),
  };
  const { sha256: _, ...content } = card;
  return {
    ...content,
    ...(Object.keys(input).length > 0 && { input }),
    ...(options.classes !== undefined && { classes: [...options.classes] }),
    ...(options.firstClass !== undefined && { firstClass: options.firstClass }),
    ...(options.layout !== undefined && { layout: options.layout }),
    ...(options.keypoints !== undefined && { keypoints: [...options.keypoints] }),
    ...(options.source !== undefined && { source: options.source }),
    ...(options.licence !== undefined && { licence: options.licence }),
  };
}

/** What was found out, so that the card says all of it from now on. */
function knownOf({ layout, labels, input, sha256 }: NetworkDescription): ModelCard {
  const scale = scaleName(input);
  return {
    layout,
    classes: [...labels],
    input: {
      widthPx: input.widthPx,
      heightPx: input.heightPx,
      channels: input.channels,
      ...(scale === undefined ? { mean: [...input.mean], deviation: [...input.deviation] } : { scale }),
      fit: input.fit,
      letterboxValue: input.paddingLevel,
    },
    sha256,
  };
}

/** Complaints name the file that the user named, not its copy. */
async function describeStaged(staged: string, networkFile: string, options: AddOptions): Promise<NetworkDescription> {
  try {
    return await describeNetwork(staged);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const card = cardFileOf(staged);
    throw new UserError(asAskedFor(error.message.replaceAll(staged, networkFile), card, options));
  }
}

/** The card is not written yet: what stands in it was said by options. */
function asAskedFor(text: string, card: string, { classes, layout }: AddOptions): string {
  let said = text;
  if (classes !== undefined) {
    said = said
      .replaceAll(`"classes" in ${card}`, '--classes')
      .replaceAll("in its card, in the network's own order", "in --classes, in the network's own order");
  }
  if (layout !== undefined) said = said.replaceAll(`its card ${card} says`, '--layout says');
  return said.replaceAll(card, 'the card that was asked for');
}

/**
 * Numbers of a head that are read as if they were another's give boxes all the same. Whoever also says how many classes there
 * are knows what he does.
 */
function checkNamedLayout(
  { layout, labels, otherwise }: NetworkDescription,
  stated: readonly string[] | undefined,
  file: string,
): void {
  if (otherwise === undefined || otherwise.classCount === labels.length) return;
  if (stated !== undefined) return;
  throw new UserError(
    `${file} is recognised as layout ${otherwise.layout} with ${plural(otherwise.classCount, 'class', 'es')} (${otherwise.because}); as ${layout}, ` +
      `which was asked for, it would have ${labels.length}. Leave --layout out; or if it is that, name its classes too: --classes.`,
  );
}
