import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardFileOf, type ModelCard } from '../detector/model/model-file.ts';
import { type TinyNetworkOptions, tinyNetwork } from './tiny-network.ts';

/** What detectors of cones and gates say of themselves. */
export const conesAndGates = { metadata: { names: "{0: 'cone', 1: 'gate'}", task: 'detect' } } as const;

/** One that is no detector, where anything that may be run will do. */
export const plainNetwork: TinyNetworkOptions = {
  outputs: [{ name: 'y', shape: [1, 5, 2], data: new Float32Array(10) }],
};

export interface SavedAs {
  /** Of the file, without `.onnx`; one that no other has unless told. */
  readonly name?: string;
  /** Lies beside it. */
  readonly card?: ModelCard | undefined;
}

/**
 * Writes networks into a folder, each into a file of its own, and tells the file.
 * @param common what they have unless told otherwise
 */
export function networkSaver(
  folder: string,
  common: Partial<TinyNetworkOptions> = {},
): (options: TinyNetworkOptions, as?: SavedAs) => string {
  let files = 0;
  return (options, { name = `network-${files++}`, card } = {}) => {
    const file = join(folder, `${name}.onnx`);
    writeFileSync(file, tinyNetwork({ ...common, ...options }));
    if (card !== undefined) writeFileSync(cardFileOf(file), JSON.stringify(card));
    return file;
  };
}
