import { monotonicNowMs } from '../../platform/clock.ts';
import type { Detector, DetectorOptions } from './detector-types.ts';
import { type LoadedNetwork, loadNetwork } from './loaded-network.ts';
import { createExactPreprocessor } from './preprocess/exact-preprocess.ts';
import { createFastPreprocessor } from './preprocess/fast-preprocess.ts';
import { chooseRuntime } from './runtime/load-runtime.ts';
import type { LoadRuntime } from './runtime/runtime.ts';

export type * from './detector-types.ts';

/**
 * A detector in the calling thread, which the runs of the npm package's runtime block. It has run once when this resolves.
 * @throws (rejects) UserError for a network that is missing, broken or of no known layout, naming file and cure.
 */
export async function createDetector(
  options: DetectorOptions,
  loadRuntime: LoadRuntime = chooseRuntime(options),
): Promise<Detector> {
  const network = await loadNetwork(options, loadRuntime);
  try {
    return detectorOf(network, options);
  } catch (error) {
    await network.close();
    throw error;
  }
}

/** @throws RangeError when there is no memory for a picture. */
function detectorOf(network: LoadedNetwork, { resampling }: DetectorOptions): Detector {
  const create = resampling === 'exact' ? createExactPreprocessor : createFastPreprocessor;
  const preprocessor = create(network.format);
  const look = network.bind(preprocessor.input);
  let busy = false;
  let closed = false;
  return {
    info: network.info,
    async detect(rgb, widthPx, heightPx) {
      if (closed) throw new Error('the detector is closed');
      if (busy) throw new Error('a frame is in flight already');
      busy = true;
      try {
        const startedAtMs = monotonicNowMs();
        const letterbox = preprocessor.letterbox(rgb, { widthPx, heightPx });
        const preprocessMs = monotonicNowMs() - startedAtMs;
        const { detections, runMs, decodeMs, warning } = await look(letterbox);
        return { detections, timing: { preprocessMs, runMs, decodeMs }, ...(warning !== undefined && { warning }) };
      } finally {
        busy = false;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await network.close();
    },
  };
}
