import { ToldError } from '../../../platform/user-error.ts';
import { trouble } from '../../../protocol/troubles.ts';

/** What is to be said when the runtime does not take a network: its own words, and the cure where they tell one. */
export function refusedByRuntime(modelFile: string, why: string | undefined): ToldError {
  const isForeign = /No Op registered for|is not a registered function|No opset import for domain/.test(why ?? '');
  const isUnmade = /Could not find an implementation for|NOT_IMPLEMENTED/.test(why ?? '');
  const cure = isForeign
    ? '. Export it with standard operators only, without plugins or custom operators.'
    : isUnmade
      ? '. This operator has no implementation for numbers of these types in this version of it: export the network in float32 throughout, ' +
        'or with another opset, such as one newer, or by a newer exporter.'
      : '';
  return new ToldError(
    trouble('network-refused-by-runtime', { file: modelFile }),
    `ONNX Runtime refuses the network ${modelFile}: ${why?.trim()}${cure}`,
  );
}
