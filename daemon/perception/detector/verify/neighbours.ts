import type { CardInput } from '../model/model-file.ts';
import { type InputFormat, imageNetScale, levelScale, unitScale } from '../preprocess/input-format.ts';

/** Another way of taking pictures, as a card says it. */
export interface Convention {
  readonly channels: 'rgb' | 'bgr';
  readonly scale: '0-1' | '0-255' | 'imagenet';
}

const scales = { '0-1': unitScale, '0-255': levelScale, imagenet: imageNetScale } as const;
const scaleNames = ['0-1', '0-255', 'imagenet'] as const;

/** What a card would say of the scale; undefined for one that has no name. */
export function scaleName({
  mean,
  deviation,
}: Pick<InputFormat, 'mean' | 'deviation'>): Convention['scale'] | undefined {
  return scaleNames.find(
    (name) => String(scales[name].mean) === String(mean) && String(scales[name].deviation) === String(deviation),
  );
}

/**
 * The conventions that people confuse with a network's own: colours the other way round, another scale, or both. Networks
 * of uint8 take levels as they are, so that only the colours can be wrong.
 */
export function neighboursOf(format: InputFormat): readonly Convention[] {
  const own = scaleName(format);
  const all = (['rgb', 'bgr'] as const).flatMap((channels) => scaleNames.map((scale) => ({ channels, scale })));
  const others = all.filter(({ channels, scale }) => channels !== format.channels || scale !== own);
  return format.type === 'uint8' ? others.filter(({ scale }) => scale === (own ?? '0-1')).slice(0, 1) : others;
}

/** The network's own way of taking pictures, changed to this convention. */
export function asCard(format: InputFormat, { channels, scale }: Convention): CardInput {
  return { channels, scale, fit: format.fit, letterboxValue: format.paddingLevel };
}

/** What of it a card must say that the network's own does not, as the card has it. */
export function cardLine(format: InputFormat, { channels, scale }: Convention): string {
  const parts = [
    ...(channels === format.channels ? [] : [`"channels": "${channels}"`]),
    ...(scale === scaleName(format) ? [] : [`"scale": "${scale}"`]),
  ];
  return `"input": { ${parts.join(', ')} }`;
}
