import type { InstalledNetwork, NetworkFacts } from '../../../daemon/protocol/settings.ts';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import { type CarWords, inWordsOf } from '../texts/car-words.ts';
import type { Texts } from '../texts/en.ts';

export type CardRow = keyof Texts['networkCard']['rows'];

/** In the order in which they are shown, labels as the language has them; undefined for what only the network's file says, and is not read yet. */
export function cardRows(
  network: InstalledNetwork,
  facts: NetworkFacts | undefined,
  words: CarWords,
): (readonly [CardRow, string | undefined])[] {
  const labels = (facts?.labels ?? network.classes)?.map((label) => inWordsOf(words, label));
  return [
    [
      'classes',
      labels && `${labels.length}: ${labels.slice(0, mostLabels).join(', ')}${labels.length > mostLabels ? ', …' : ''}`,
    ],
    [
      'input',
      facts && `${facts.input.widthPx} × ${facts.input.heightPx}, ${facts.input.channels}, ${facts.input.type}`,
    ],
    ['layout', facts?.layout],
    ['opset', facts && `${facts.opset ?? '–'} (IR ${facts.irVersion})`],
    ['size', `${(network.bytes / 1e6).toFixed(1)} MB`],
    ['parameters', facts && `${(facts.parameters / 1e6).toFixed(2)} M`],
    ['source', textOf(network.card['source']) ?? facts?.producer],
    ['licence', network.licence ?? '–'],
  ];
}

const mostLabels = 12;

/** How long networks take on this car, each while it was in use: about the last twenty readings, a number that can be read. */
export class MeasuredTimes {
  readonly #runMs = new Map<string, number>();

  see({ model, stages }: Pick<Telemetry, 'model' | 'stages'>): void {
    if (model === undefined || stages === undefined) return;
    const name = networkName(model);
    const before = this.#runMs.get(name) ?? stages.runMs;
    this.#runMs.set(name, before + (stages.runMs - before) / 20);
  }

  /** Undefined for a network that was not in use since the page was opened. */
  of(name: string): number | undefined {
    return this.#runMs.get(name);
  }
}

/** Telemetry names the file; people know the network by its name. */
export function networkName(model: string): string {
  return (model.split('/').at(-1) ?? model).replace(/\.onnx$/, '');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
