import { Worker } from 'node:worker_threads';
import { monotonicNowMs } from '../../platform/clock.ts';
import { daemonEntry } from '../../platform/paths.ts';
import { UserError } from '../../platform/user-error.ts';
import type { DetectorInfo, DetectorOptions, DetectorResult, PipelinedDetector, PreparedPicture } from './detector.ts';
import { createFastPreprocessor } from './preprocess/fast-preprocess.ts';
import type { InputFormat } from './preprocess/input-format.ts';
import type { Preprocessor } from './preprocess/preprocess.ts';
import type { DetectorAnswer, DetectorFailure, DetectorRequest, DetectorWorkerData } from './worker-messages.ts';

/**
 * As `createDetector`, with the network in a worker thread of its own, so that the caller's thread stays free while it
 * runs, and brings the next picture into shape meanwhile. Needs the built sources.
 * @throws (rejects) UserError as `createDetector`.
 */
export async function createWorkerDetector(options: DetectorOptions): Promise<PipelinedDetector> {
  // A worker's process.env is a copy that native code does not see: the runtime reads this one.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const data: DetectorWorkerData = { options };
  const worker = new Worker(daemonEntry('perception/detector/detector-worker'), { workerData: data });
  const thread = createExchange(worker);
  const answer = await thread.answer();
  if (answer.kind !== 'ready') {
    void worker.terminate();
    throw unexpected(answer);
  }
  return pipeline(worker, thread, answer);
}

/** One question, one answer. */
interface Exchange {
  /** Asks; the answer comes by `answer`. */
  ask(request: DetectorRequest): Promise<DetectorAnswer>;
  /** The next answer. @throws (rejects) when the thread ends instead. */
  answer(): Promise<DetectorAnswer>;
  readonly hasEnded: boolean;
}

function createExchange(worker: Worker): Exchange {
  let waiting: { resolve: (answer: DetectorAnswer) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  const answer = (): Promise<DetectorAnswer> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) reject(ended);
      else waiting = { resolve, reject };
    });
  const end = (error: Error) => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
  };
  worker.on('message', (message: DetectorAnswer) => {
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(message);
  });
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => end(new Error(`the detector's thread ended (code ${code})`)));
  return {
    ask(request) {
      const reply = answer();
      worker.postMessage(request);
      return reply;
    },
    answer,
    get hasEnded() {
      return ended !== undefined;
    },
  };
}

function pipeline(
  worker: Worker,
  thread: Exchange,
  { info, format }: { info: DetectorInfo; format: InputFormat },
): PipelinedDetector {
  // One is read by the thread while the other is filled.
  const slots = [createFastPreprocessor(format, 'shared'), createFastPreprocessor(format, 'shared')] as const;
  let running: Preprocessor | undefined;
  let newest: PreparedPicture | undefined;
  let inFlight: Promise<DetectorResult> | undefined;
  let closing: Promise<void> | undefined;

  const prepare = (rgb: Uint8Array, widthPx: number, heightPx: number): PreparedPicture => {
    const slot = slots[0] === running ? slots[1] : slots[0];
    const startedAtMs = monotonicNowMs();
    const letterbox = slot.letterbox(rgb, { widthPx, heightPx });
    const preprocessMs = monotonicNowMs() - startedAtMs;
    const run = async (): Promise<DetectorResult> => {
      const answer = await thread.ask({ kind: 'look', input: slot.input, letterbox });
      if (answer.kind !== 'looked') throw unexpected(answer);
      const { detections, runMs, decodeMs, warning } = answer.look;
      return { detections, timing: { preprocessMs, runMs, decodeMs }, ...(warning !== undefined && { warning }) };
    };
    const prepared: PreparedPicture = {
      async look() {
        if (closing !== undefined) throw new Error('the detector is closed');
        if (inFlight !== undefined) throw new Error('a frame is in flight already');
        if (newest !== prepared) throw new Error('another picture was prepared since, or this one was looked at');
        newest = undefined;
        running = slot;
        inFlight = run();
        try {
          return await inFlight;
        } finally {
          inFlight = undefined;
          running = undefined;
        }
      },
    };
    newest = prepared;
    return prepared;
  };

  const close = async (): Promise<void> => {
    await inFlight?.catch(() => {});
    if (thread.hasEnded) return;
    // A thread that ends instead of answering is closed as well.
    await thread.ask({ kind: 'close' }).catch(() => {});
    await worker.terminate();
  };

  return {
    info,
    prepare,
    async detect(rgb, widthPx, heightPx) {
      if (closing !== undefined) throw new Error('the detector is closed');
      if (inFlight !== undefined) throw new Error('a frame is in flight already');
      return await prepare(rgb, widthPx, heightPx).look();
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function unexpected(answer: DetectorAnswer): Error {
  return answer.kind === 'failed' ? revive(answer.error) : new Error(`the detector's thread answered "${answer.kind}"`);
}

function revive({ userError, text }: DetectorFailure): Error {
  return userError ? new UserError(text) : new Error(text);
}
