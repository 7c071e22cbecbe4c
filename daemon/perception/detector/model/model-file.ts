import { readFileSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { whyUnreadable } from '../../../platform/file-trouble.ts';
import { reasonOf } from '../../../platform/reason-of.ts';
import { ToldError, UserError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';
import { layoutNames } from '../decode/decoder.ts';
import { fits } from '../preprocess/letterbox.ts';
import { refusedFields, unreadFields } from './card-words.ts';
import { checkFacts, checkVersion, type RuntimeLimits, runtimeHere } from './check-facts.ts';
import { guessContent } from './guess-content.ts';
import { type OnnxFacts, readOnnxFacts } from './onnx-facts.ts';
import { ProtobufError } from './protobuf.ts';

const positive = z.number().positive().finite();
/** Of red, green and blue, in levels of 0..255. */
const perColour = z.tuple([z.number().finite(), z.number().finite(), z.number().finite()]);

/** Far more than any pose or face has. */
const mostKeypoints = 10_000;

/** The JSON beside a network, of the same name: what the network does not say about itself. */
const modelCardSchema = z.looseObject({
  classes: z.array(z.string().min(1)).min(1).optional(),
  /** The head's layout, where its shape alone misleads. */
  layout: z.enum(layoutNames).optional(),
  /** The network's number for the first of its classes: 1 where its 0 is the background. Asked of networks that choose their boxes. */
  firstClass: z.literal([0, 1]).optional(),
  /**
   * What becomes of boxes of one class that share a place: above the detector's overlap the worse one goes; below it,
   * `soft` lowers its score, `hard` (usual) does not. A network that finds its own doubles is not asked.
   */
  suppression: z.enum(['hard', 'soft']).optional(),
  /** What the sides of boxes are that a network has chosen itself; without it, the first that are found show it. */
  boxes: z.enum(['pixels', 'shares']).optional(),
  /** Of networks that find points (`-pose`): how many, and how many numbers each has, 3 with how visible it is. */
  keypoints: z.tuple([z.int().min(1).max(mostKeypoints), z.literal([2, 3])]).optional(),
  /**
   * Of networks whose raw heads are decoded here: for each grid, the finest first, width, height, width, height, … of its
   * anchors in network pixels. Without them, the published ones are taken.
   */
  anchors: z.array(z.array(positive).min(2)).min(1).optional(),
  /** How the network takes pictures, as far as that differs from what is usual for its layout. */
  input: z
    .looseObject({
      channels: z.enum(['rgb', 'bgr']).optional(),
      /** What the levels 0..255 become; `imagenet`: less ImageNet's mean, by its deviation. `mean` and `deviation` go before. */
      scale: z.enum(['0-1', '0-255', 'imagenet']).optional(),
      mean: perColour.optional(),
      deviation: z.tuple([positive, positive, positive]).optional(),
      fit: z.enum(fits).optional(),
      letterboxValue: z.int().min(0).max(255).optional(),
      /** Noted by `models add`; the network itself says it. */
      widthPx: z.unknown().optional(),
      heightPx: z.unknown().optional(),
    })
    .optional(),
});
export type ModelCard = z.infer<typeof modelCardSchema>;
export type CardInput = NonNullable<ModelCard['input']>;

export interface ModelFile {
  readonly file: string;
  readonly facts: OnnxFacts;
  readonly card: { readonly file: string; readonly content: ModelCard } | undefined;
}

/** Protobuf holds no more. */
const maxModelBytes = 2 ** 31 - 1;
/** The names of twenty thousand classes are less. */
const maxCardBytes = 1 << 20;

/**
 * Reads what a network says about itself, and its card if there is one; runs nothing.
 * @param limits of the runtime that is to run it; `asked-later`: they are not known before it is loaded (`RuntimeOptions`)
 * @throws UserError for a file that is missing, no ONNX network, not whole, or nothing to be run, naming file and cure.
 */
export function readModelFile(file: string, limits: RuntimeLimits | 'asked-later' = runtimeHere): ModelFile {
  const bytes = readBytes(file);
  let facts: OnnxFacts | undefined;
  try {
    facts = readOnnxFacts(bytes);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new ToldError(
      trouble('network-not-onnx', { file }),
      `${file} is not an ONNX network: ${guessContent(file, bytes) ?? `it is damaged or of another kind (${error.message})`}. ${cure}`,
    );
  }
  if (facts === undefined) {
    throw new ToldError(
      trouble('network-not-onnx', { file }),
      `${file} is not an ONNX network: ${guessContent(file, bytes) ?? 'no graph is in it'}. ${cure}`,
    );
  }
  if (facts.externalFiles.length > 0) {
    throw new ToldError(
      trouble('network-weights-elsewhere', { file }),
      `${file} keeps its weights in another file (${facts.externalFiles.slice(0, 3).join(', ')}). ` +
        'A network must be one file: load it with onnx.load and save it with onnx.save(network, file), ' +
        'which puts all in one, or export it anew without external data.',
    );
  }
  checkFacts(file, facts, bytes.length);
  if (limits !== 'asked-later') checkVersion(file, facts, limits);
  return { file, facts, card: readCard(file) };
}

/** Where a network is named that a car drives by. A command that is given one says another place (`cli/named-network.ts`). */
export const whereNamed = 'detector.modelFile or --model';

const cure = `Right would be a file that \`yolo export format=onnx\` or torch.onnx.export wrote. Change ${whereNamed}.`;

function readBytes(file: string): Uint8Array {
  try {
    const entry = statSync(file);
    // Whoever reads a pipe or a device may wait for ever, or be given bytes for ever.
    if (!entry.isFile() && !entry.isDirectory()) {
      throw new ToldError(trouble('network-not-onnx', { file }), `the network ${file} is a device or a pipe. ${cure}`);
    }
    if (entry.size > maxModelBytes) {
      throw new ToldError(
        trouble('network-too-large', { file }),
        `${file} is larger than any ONNX network can be (${entry.size} bytes)`,
      );
    }
    return readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new ToldError(
      trouble('network-unreadable', { file }),
      `the network ${file} ${whyUnreadable(error)}. Change ${whereNamed}.`,
    );
  }
}

/** Where a network's card lies, if it has one. */
export function cardFileOf(modelFile: string): string {
  return `${modelFile.slice(0, modelFile.length - extname(basename(modelFile)).length)}.json`;
}

/** The card of a network, if it has one. @throws UserError for one that cannot be used. */
export function readCard(modelFile: string): ModelFile['card'] {
  const file = cardFileOf(modelFile);
  let text: string;
  try {
    const entry = statSync(file);
    if (!entry.isFile() || entry.size > maxCardBytes) {
      throw refusedCard(
        file,
        `the network's card ${file} is no file of at most ${maxCardBytes >> 20} MiB. Take it away.`,
      );
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refusedCard(file, `the network's card ${file} ${whyUnreadable(error)}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = reasonOf(error);
    throw refusedCard(file, `the network's card ${file} is not JSON: ${why}`);
  }
  const parsed = modelCardSchema.safeParse(value);
  if (!parsed.success) {
    const where = refusedFields(parsed.error, value);
    throw refusedCard(
      file,
      `the network's card ${file} is not usable: ${where}. Change it there, or take the card away.`,
    );
  }
  return { file, content: parsed.data };
}

/** The fields of `input`, and those beside it. */
const cardFields = {
  whole: [...Object.keys(modelCardSchema.shape), 'sha256'],
  input: Object.keys(modelCardSchema.shape.input.unwrap().shape),
};

/** What a network's card says in vain, for people; undefined where there is no such thing. */
export function cardDoubt({
  card,
}: Pick<ModelFile, 'card'>): { readonly text: string; readonly fields: string } | undefined {
  const fields = card === undefined ? [] : unreadFields(card.content, cardFields);
  if (card === undefined || fields.length === 0) return undefined;
  return {
    text: `its card ${card.file} has fields that are not read: ${fields.join(', ')}`,
    fields: fields.join(', '),
  };
}

function refusedCard(file: string, text: string): ToldError {
  return new ToldError(trouble('network-card-unfit', { file }), text);
}
