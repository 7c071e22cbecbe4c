import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TinyNetworkOptions, tinyNetwork } from './tiny-network.ts';

/** Writes detectors of cones and gates, each into a file of its own, and tells the file. */
export function networkSaver(folder: string): (options: TinyNetworkOptions) => string {
  let files = 0;
  return (options) => {
    const file = join(folder, `network-${files++}.onnx`);
    writeFileSync(file, tinyNetwork({ metadata: { names: "{0: 'cone', 1: 'gate'}", task: 'detect' }, ...options }));
    return file;
  };
}
