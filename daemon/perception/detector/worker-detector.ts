import { Worker } from 'node:worker_threads';
import { daemonEntry } from '../../platform/paths.ts';
import { UserError } from '../../platform/user-error.ts';
import type { Detector, DetectorOptions, DetectorResult } from './detector.ts';
import type { DetectorAnswer, DetectorFailure, DetectorRequest, DetectorWorkerData } from './worker-messages.ts';

/**
 * As `createDetector`, in a worker thread of its own, so that the caller's thread stays free while the network runs.
 * Frames that lie in a SharedArrayBuffer are read where they are; others are copied once. Needs the built sources.
 * @throws (rejects) UserError as `createDetector`.
 */
export function createWorkerDetector(options: DetectorOptions): Promise<Detector> {
  // A worker's process.env is a copy that native code does not see: the runtime reads this one.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const data: DetectorWorkerData = { options };
  const worker = new Worker(daemonEntry('perception/detector/detector-worker'), { workerData: data });
  const send = (request: DetectorRequest) => worker.postMessage(request);
  /** The answer that is waited for; one request is under way at a time. */
  let waiting: { resolve: (answer: DetectorAnswer) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  const next = (): Promise<DetectorAnswer> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) reject(ended);
      else waiting = { resolve, reject };
    });
  const end = (error: Error) => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  };
  worker.on('message', (answer: DetectorAnswer) => {
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(answer);
  });
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => end(new Error(`the detector's thread ended (code ${code})`)));
  let copy = new Uint8Array(new SharedArrayBuffer(0));

  return next().then((answer): Detector => {
    if (answer.kind !== 'ready') {
      void worker.terminate();
      throw unexpected(answer);
    }
    let closing: Promise<void> | undefined;
    let inFlight: Promise<DetectorResult> | undefined;
    const detect = async (rgb: Uint8Array, widthPx: number, heightPx: number): Promise<DetectorResult> => {
      let shared = rgb;
      if (!(rgb.buffer instanceof SharedArrayBuffer)) {
        if (copy.length !== rgb.length) copy = new Uint8Array(new SharedArrayBuffer(rgb.length));
        copy.set(rgb);
        shared = copy;
      }
      const reply = next();
      send({ kind: 'detect', rgb: shared, widthPx, heightPx });
      const result = await reply;
      if (result.kind !== 'result') throw unexpected(result);
      return result.result;
    };
    const close = async (): Promise<void> => {
      await inFlight?.catch(() => {});
      if (ended !== undefined) return;
      const reply = next();
      send({ kind: 'close' });
      // A thread that ends instead of answering is closed as well.
      await reply.catch(() => {});
      await worker.terminate();
    };
    return {
      info: answer.info,
      async detect(rgb, widthPx, heightPx) {
        if (closing !== undefined) throw new Error('the detector is closed');
        if (inFlight !== undefined) throw new Error('a frame is in flight already');
        inFlight = detect(rgb, widthPx, heightPx);
        try {
          return await inFlight;
        } finally {
          inFlight = undefined;
        }
      },
      close() {
        closing ??= close();
        return closing;
      },
    };
  });
}

function unexpected(answer: DetectorAnswer): Error {
  return answer.kind === 'failed' ? revive(answer.error) : new Error(`the detector's thread answered "${answer.kind}"`);
}

function revive({ userError, text }: DetectorFailure): Error {
  return userError ? new UserError(text) : new Error(text);
}
