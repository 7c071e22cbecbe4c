import type { CardInput } from '../model/model-file.ts';
import { type InputFormat, imageNetScale, levelScale, unitScale } from '../preprocess/input-format.ts';
import type { Fit } from '../preprocess/letterbox.ts';

/** Another way of taking pictures, as a card says it. */
export interface Convention {
  readonly channels: 'rgb' | 'bgr';
  readonly scale: ScaleName;
  readonly fit: Fit;
}

type ScaleName = '0-1' | '0-255' | 'imagenet';

const scales = { '0-1': unitScale, '0-255': levelScale, imagenet: imageNetScale } as const;
const scaleNames = ['0-1', '0-255', 'imagenet'] as const;

/** What a card would say of the scale; undefined for one that has no name. */
export function scaleName({ mean, deviation }: Pick<InputFormat, 'mean' | 'deviation'>): ScaleName | undefined {
  return scaleNames.find(
    (name) => String(scales[name].mean) === String(mean) && String(scales[name].deviation) === String(deviation),
  );
}

/** What else a picture may be brought to the network's size by. Where in the grey it lies makes no difference to see. */
const otherFit: Readonly<Record<Fit, Fit>> = {
  letterbox: 'stretch',
  'letterbox-top-left': 'stretch',
  stretch: 'letterbox',
  crop: 'letterbox',
};

/**
 * The conventions that people confuse with a network's own: colours the other way round, another scale, both, or another
 * fit. Networks of uint8 take levels as they are. A mean and deviation without a name are tried with no other fit.
 */
export function neighboursOf(format: InputFormat): readonly Convention[] {
  const { channels, fit, type } = format;
  const own = scaleName(format);
  const isWhole = type === 'uint8' || type === 'int8';
  const scales = isWhole ? [own ?? '0-1'] : scaleNames;
  const colours = (['rgb', 'bgr'] as const).flatMap((each) => scales.map((scale) => ({ channels: each, scale, fit })));
  const others = colours.filter((each) => each.channels !== channels || (!isWhole && each.scale !== own));
  return own === undefined ? others : [...others, { channels, scale: own, fit: otherFit[fit] }];
}

/** The network's own way of taking pictures, changed to this convention. */
export function asCard({ paddingLevel }: InputFormat, { channels, scale, fit }: Convention): CardInput {
  return { channels, scale, fit, letterboxValue: paddingLevel };
}

/** What of it a card must say that the network's own does not, as the card has it. */
export function cardLine(format: InputFormat, { channels, scale, fit }: Convention): string {
  const parts = [
    ...(channels === format.channels ? [] : [`"channels": "${channels}"`]),
    ...(scale === scaleName(format) ? [] : [`"scale": "${scale}"`]),
    ...(fit === format.fit ? [] : [`"fit": "${fit}"`]),
  ];
  return `"input": { ${parts.join(', ')} }`;
}
