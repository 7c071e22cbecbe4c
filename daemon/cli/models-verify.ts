import { basename, extname, join } from 'node:path';
import { findNamedModel } from '../car/find-model.ts';
import type { NetworkDescription } from '../perception/detector/describe-network.ts';
import { scaleName } from '../perception/detector/verify/neighbours.ts';
import {
  differentOf,
  type Photo,
  type Verification,
  verifyNetwork,
} from '../perception/detector/verify/verify-network.ts';
import { readImage } from '../perception/image-file.ts';
import { prepareFolder } from '../platform/file-trouble.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';
import { freeName, refuseOverwriting, writePicture } from './detect.ts';
import { describeInput, roundDetection } from './detect-report.ts';

export interface VerifyOptions {
  readonly network: string;
  readonly photos: readonly string[];
  readonly out?: string;
  readonly score: number;
  readonly iou: number;
  readonly threads: number;
  readonly json?: boolean;
}

/**
 * Whether what a network sees in photos can be right, for people or as
 * `{"model","layout","plausible","mirrorAgreement","findings":[{"kind","text"}],"undecided":[{"about","other","share"}],
 * "inputs":[…]}`, inputs as `detect` has them.
 * @returns the exit code: 0 only when it is plausible.
 * @throws (rejects) UserError when the network or a photo cannot be used.
 */
export async function verify(options: VerifyOptions, output: CommandOutput = standardOutput): Promise<number> {
  if (options.out !== undefined) prepareFolder(options.out, '--out');
  const modelFile = findNamedModel(options.network);
  const pictureFiles = options.out === undefined ? [] : picturesIn(options.out, options.photos);
  const photos: Photo[] = [];
  for (const file of options.photos) photos.push({ file, ...(await readImage(file)) });
  const { score, iou, threads } = options;
  const verification = await verifyNetwork(
    { modelFile, scoreThreshold: score, iouThreshold: iou, threads },
    photos,
    (doing) => output.err(`${doing}\n`),
  );
  const { network, findings, mirrorAgreement, undecided } = verification;
  for (const [at, file] of pictureFiles.entries()) {
    await writePicture(photos[at]!, verification.photos[at]?.detections ?? [], file, options.photos);
  }
  const inputs = verification.photos.map(({ file, widthPx, heightPx, detections }) => ({
    file,
    widthPx,
    heightPx,
    detections: detections.map(roundDetection),
  }));
  const plausible = findings.length === 0;
  if (options.json === true) {
    const head = { model: options.network, layout: network.layout, plausible, mirrorAgreement, findings, undecided };
    output.out(`${JSON.stringify({ ...head, inputs })}\n`);
  } else {
    for (const input of inputs) output.out(describeInput(input));
    for (const { text } of findings) output.out(`suspicious: ${text}.\n`);
    for (const warning of [...network.warnings, ...unusualOf(network)]) output.out(`note: ${warning}\n`);
    if (differentOf(photos).length === 1) output.out(`note: ${aloneText}\n`);
    output.out(`not told by photos: ${untold(network, undecided)}\n`);
    const mirrored =
      mirrorAgreement === undefined ? '' : `, ${Math.round(mirrorAgreement * 100)} % of it in the mirror too`;
    output.out(
      plausible
        ? `${options.network} (${network.layout}) is plausible: what it sees could be right${mirrored}. Look at the ${network.places === 'none' ? 'labels' : 'boxes'} (--out) to be sure.\n`
        : `${options.network} (${network.layout}) is not plausible.\n`,
    );
  }
  return plausible ? 0 : 1;
}

const aloneText =
  'one photo says less than two: whether the network sees the same on all, and so not the picture, was not judged. Give it more';

/** Where a card says something else than is usual: right for some networks, and by photos alone hard to prove or disprove. */
function unusualOf({ input, inputFrom, usualInput, layout, card }: NetworkDescription): string[] {
  return (['channels', 'fit'] as const).flatMap((key) =>
    inputFrom[key] !== 'card' || input[key] === usualInput[key]
      ? []
      : [`${card} says "${key}": "${input[key]}"; networks of layout ${layout} usually take ${usualInput[key]}`],
  );
}

/** What is believed as the card or the layout has it, for people. */
function untold({ input, places }: NetworkDescription, undecided: Verification['undecided']): string {
  if (places === 'none') return 'the order of the colours, their scale and the fit, as no boxes show them';
  const own = { channels: input.channels, scale: scaleName(input) ?? 'its mean and deviation', fit: input.fit };
  const rivals = undecided.map(
    ({ about, other, share }) => `${own[about]} from ${other} (which finds ${Math.round(share * 100)} % as much)`,
  );
  return [...rivals, 'a picture that is cut (crop) from one that is not, and where in the grey it lies'].join('; ');
}

/** Where the photos with their boxes go. @throws UserError where one of them would take a photo's place. */
function picturesIn(folder: string, photos: readonly string[]): string[] {
  const names = new Set<string>();
  return photos.map((file) => {
    const picture = join(folder, `${freeName(basename(file, extname(file)), names)}.jpg`);
    refuseOverwriting(picture, photos);
    return picture;
  });
}
