import type { RgbImage } from '../../image-file.ts';
import { describeNetwork, type NetworkDescription } from '../describe-network.ts';
import { createDetector, type DetectorOptions } from '../detector.ts';
import type { CardInput } from '../model/model-file.ts';
import type { Fit } from '../preprocess/letterbox.ts';
import { mirrorAgreement, mirrorImage } from './mirror.ts';
import { asCard, type Convention, cardLine, neighboursOf, scaleName } from './neighbours.ts';
import {
  type Finding,
  judge,
  leastMirrorAgreement,
  pooledAgreement,
  type SeenPhoto,
  scoreSum,
} from './plausibility.ts';
import { type Rival, type Undecided, undecidedAmong } from './undecided.ts';

export interface Photo extends RgbImage {
  readonly file: string;
}

export interface Verification {
  readonly network: NetworkDescription;
  readonly photos: readonly SeenPhoto[];
  /** See `pooledAgreement`. */
  readonly mirrorAgreement: number | undefined;
  /** Empty: the network is plausible. */
  readonly findings: readonly Finding[];
  /** What the photos do not decide: believed as the card or the layout has it. */
  readonly undecided: readonly Undecided[];
}

/** Others are tried on so many photos: every one costs two runs for each of six conventions. */
const mostTrialPhotos = 4;
/**
 * A convention fits better when it finds more by this factor, and no less on any photo. Fed with red and blue exchanged,
 * networks that were measured find 0.8 to 0.9 of what they find otherwise.
 */
const muchBetter = 1.12;
/**
 * Of colours and scale, also one that finds more by this factor and on no photo much less: YOLOX's of ImageNet's mean finds
 * 1.4 times what 0..1 does, and 0.86 on one photo of four. No wrong one of those that were measured found 1.1 times as much
 * as the right one.
 */
const clearlyBetter = 1.2;
const littleWorse = 0.8;
/** Sure boxes that a convention must find at least, in scores, to be proposed where the network's own finds nothing. */
const worthTrying = 0.8;

/**
 * Looks at photos with a network and judges whether what it sees can be right: without knowing what is in them.
 * @param onProgress called with what is being done, for people
 * @throws (rejects) UserError when the network cannot be used.
 */
export async function verifyNetwork(
  options: Pick<DetectorOptions, 'modelFile' | 'scoreThreshold' | 'iouThreshold' | 'threads'>,
  photos: readonly Photo[],
  onProgress: (doing: string) => void = () => {},
): Promise<Verification> {
  const network = await describeNetwork(options.modelFile);
  onProgress(
    `looking at ${photos.length === 1 ? 'one photo, and at its mirror image' : `${photos.length} photos, and at their mirror images`}`,
  );
  const seen = await lookAt(options, photos);
  const different = differentOf(photos);
  const findings = judge(
    different.map((at) => seen[at]!),
    options.scoreThreshold,
    network.places,
  );
  // A classifier that is fed wrongly is as sure as one that is fed well, and sometimes surer.
  const conventions = network.places === 'none' ? [] : neighboursOf(network.input);
  const tried = different.slice(0, mostTrialPhotos);
  const trialPhotos = tried.map((at) => photos[at]!);
  const own = { seen: tried.map((at) => seen[at]!), finds: findings.length === 0 };
  const better: { convention: Convention; score: number }[] = [];
  const rivals: Rival[] = [];
  const ownScore = totalScore(own.seen);
  for (const convention of conventions) {
    onProgress(`trying ${convention.channels}, ${convention.scale}, ${convention.fit}`);
    const trial = await lookAt(options, trialPhotos, asCard(network.input, convention));
    const score = totalScore(trial);
    if (fitsBetter(trial, own, options.scoreThreshold, convention.fit === network.input.fit ? 'values' : 'fit')) {
      better.push({ convention, score });
    } else if (own.finds && isPlausible(trial, options.scoreThreshold)) {
      rivals.push({ convention, share: score / ownScore });
    }
  }
  const [best] = better.sort((a, b) => b.score - a.score);
  const fitOf = ({ fit }: { readonly fit: Fit }) =>
    best === undefined || best.convention.fit === network.input.fit ? '' : ` by ${fit}`;
  const proposal: Finding[] =
    best === undefined
      ? []
      : [
          {
            kind: 'other-convention',
            text:
              `pictures taken as ${best.convention.channels} in ${best.convention.scale}${fitOf(best.convention)} fit better than ` +
              `as ${network.input.channels} in ${scaleName(network.input) ?? "the card's mean and deviation"}${fitOf(network.input)}. Its card would say ${cardLine(network.input, best.convention)}`,
          },
        ];
  return {
    network,
    photos: seen,
    mirrorAgreement: pooledAgreement(seen),
    findings: [...findings, ...proposal],
    undecided: undecidedAmong(rivals, network.input),
  };
}

/**
 * Pure: whether a trial saw more than the network's own way, and saw it plausibly.
 * @param differs in what it differs from the network's own: another fit also changes how large things are.
 */
export function fitsBetter(
  trial: readonly SeenPhoto[],
  own: { readonly seen: readonly SeenPhoto[]; readonly finds: boolean },
  scoreThreshold: number,
  differs: 'values' | 'fit',
): boolean {
  const total = totalScore(trial);
  if (!isPlausible(trial, scoreThreshold)) return false;
  if (!own.finds) return total >= worthTrying;
  // One photo is no evidence against a network that finds something.
  if (trial.length < 2) return false;
  const ownTotal = totalScore(own.seen);
  const isNowhereBelow = (share: number) =>
    trial.every(({ detections }, at) => scoreSum(detections) >= share * scoreSum(own.seen[at]?.detections ?? []));
  const isClear = differs === 'values' && isNowhereBelow(littleWorse) && total > clearlyBetter * ownTotal;
  return isClear || (isNowhereBelow(0.98) && total > muchBetter * ownTotal);
}

/** What is nonsense finds hundreds of boxes, each of a high score. */
function isPlausible(trial: readonly SeenPhoto[], scoreThreshold: number): boolean {
  return judge(trial, scoreThreshold).length === 0 && (pooledAgreement(trial) ?? 0) >= leastMirrorAgreement + 0.1;
}

/** The photos' places, of those with the same pixels the first: one that is given twice proves nothing twice. */
export function differentOf(photos: readonly Photo[]): number[] {
  const isSame = (a: Photo, b: Photo) => a.widthPx === b.widthPx && Buffer.compare(a.rgb, b.rgb) === 0;
  return [...photos.keys()].filter((at) => photos.findIndex((photo) => isSame(photo, photos[at]!)) === at);
}

function totalScore(photos: readonly SeenPhoto[]): number {
  return photos.reduce((sum, { detections }) => sum + scoreSum(detections), 0);
}

async function lookAt(
  options: Omit<DetectorOptions, 'input' | 'resampling'>,
  photos: readonly Photo[],
  input?: CardInput,
): Promise<SeenPhoto[]> {
  const detector = await createDetector({ ...options, resampling: 'exact', ...(input !== undefined && { input }) });
  try {
    const seen: SeenPhoto[] = [];
    for (const photo of photos) {
      const { file, rgb, widthPx, heightPx } = photo;
      const plain = await detector.detect(rgb, widthPx, heightPx);
      const mirrored = await detector.detect(mirrorImage(photo).rgb, widthPx, heightPx);
      seen.push({
        ...{ file, widthPx, heightPx, detections: plain.detections, warning: plain.warning },
        mirrorAgreement: mirrorAgreement(plain.detections, mirrored.detections, widthPx),
      });
    }
    return seen;
  } finally {
    await detector.close();
  }
}
