import { Worker } from 'node:worker_threads';
import { monotonicNowMs } from '../../../platform/clock.ts';
import { daemonEntry } from '../../../platform/paths.ts';
import { ToldError, UserError } from '../../../platform/user-error.ts';
import type { DetectorInfo, DetectorOptions, DetectorResult, OfferedPicture, PipelinedDetector } from '../detector.ts';
import { createFastPreprocessor } from '../preprocess/fast-preprocess.ts';
import type { InputFormat } from '../preprocess/input-format.ts';
import { createKeepApart, newNetworkCore } from './keep-apart.ts';
import { createPutter, newExchangeWord, slotCount } from './newest-slot.ts';
import { processorCores } from './processor-cores.ts';
import {
  type DetectorAnswer,
  type DetectorFailure,
  type DetectorRequest,
  type DetectorWorkerData,
  pictureFields,
} from './worker-messages.ts';

/**
 * As `createDetector`, with the network in a worker thread of its own, so that the caller's thread stays free while it
 * runs, and brings the next picture into shape meanwhile. Needs the built sources.
 * @throws (rejects) UserError as `createDetector`.
 */
export async function createWorkerDetector(options: DetectorOptions): Promise<PipelinedDetector> {
  // A worker's process.env is a copy that native code does not see: the runtime reads this one.
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const data: DetectorWorkerData = { options };
  const worker = new Worker(daemonEntry('perception/detector/worker/detector-worker'), { workerData: data });
  const { info, format } = await new Promise<{ info: DetectorInfo; format: InputFormat }>((resolve, reject) => {
    worker.once('message', (answer: DetectorAnswer) => {
      if (answer.kind === 'ready') resolve(answer);
      else reject(unexpected(answer));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(ended(code)));
  });
  const end = endOf(worker);
  try {
    return pipeline(worker, { info, format, end });
  } catch (error) {
    await end();
    throw error;
  }
}

/** Has the thread give its network back, also after it has failed, and ends it. One that ends by itself is closed as well. */
function endOf(worker: Worker): () => Promise<void> {
  const closed = deferred<void>();
  worker.on('message', ({ kind }: DetectorAnswer) => {
    if (kind === 'closed') closed.resolve();
  });
  worker.on('exit', () => closed.resolve());
  return async () => {
    worker.postMessage({ kind: 'close' } satisfies DetectorRequest);
    await closed.promise;
    await worker.terminate();
  };
}

/** A picture that was offered, until it is known what was seen in it, or that nobody looked. */
interface Pending {
  readonly preprocessMs: number;
  readonly fate: Deferred<'looked-at' | 'passed-by'>;
  readonly result: Deferred<DetectorResult>;
}

interface LoadedThread {
  readonly info: DetectorInfo;
  readonly format: InputFormat;
  end(): Promise<void>;
}

/** @throws RangeError when there is no memory for the pictures. */
function pipeline(worker: Worker, { info, format, end: endThread }: LoadedThread): PipelinedDetector {
  const word = newExchangeWord();
  const putter = createPutter(word);
  const preprocessors = Array.from({ length: slotCount }, () => createFastPreprocessor(format, 'shared'));
  const slots = preprocessors.map(({ input }) => ({
    input,
    about: new Int32Array(new SharedArrayBuffer(Object.keys(pictureFields).length * Int32Array.BYTES_PER_ELEMENT)),
  }));
  const ask = (request: DetectorRequest) => worker.postMessage(request);
  const networkCore = newNetworkCore();
  const keepApart = createKeepApart(processorCores(), networkCore);
  ask({ kind: 'slots', word, slots, networkCore });

  /** By their numbers: at most the one that is looked at and the one that waits. */
  const pending = new Map<number, Pending>();
  let newest = 0;
  let end: Error | undefined;
  let closing: Promise<void> | undefined;

  const endWith = (error: Error): void => {
    end ??= error;
    for (const { fate, result } of pending.values()) {
      fate.reject(end);
      result.reject(end);
    }
    pending.clear();
  };
  worker.on('message', (answer: DetectorAnswer) => {
    switch (answer.kind) {
      case 'looking':
        pending.get(answer.number)?.fate.resolve('looked-at');
        break;
      case 'looked': {
        const { detections, runMs, decodeMs, warning } = answer.look;
        const { preprocessMs, result } = pending.get(answer.number) ?? {};
        pending.delete(answer.number);
        if (answer.next !== undefined) pending.get(answer.next)?.fate.resolve('looked-at');
        const timing = { preprocessMs: preprocessMs ?? 0, runMs, decodeMs };
        result?.resolve({ detections, timing, ...(warning !== undefined && { warning }) });
        break;
      }
      case 'closed':
        break;
      case 'failed':
      case 'ready':
        endWith(unexpected(answer));
        break;
    }
  });
  worker.on('error', endWith);
  worker.on('exit', (code) => endWith(ended(code)));

  const offer = (rgb: Uint8Array, widthPx: number, heightPx: number): OfferedPicture => {
    if (closing !== undefined) throw new Error('the detector is closed');
    if (end !== undefined) throw end;
    const { slot } = putter;
    keepApart();
    const startedAtMs = monotonicNowMs();
    preprocessors[slot]!.letterbox(rgb, { widthPx, heightPx });
    const offered: Pending = {
      preprocessMs: monotonicNowMs() - startedAtMs,
      fate: deferred(),
      result: deferred(),
    };
    const before = newest;
    newest = (newest + 1) | 0;
    const { about } = slots[slot]!;
    about[pictureFields.number] = newest;
    about[pictureFields.widthPx] = widthPx;
    about[pictureFields.heightPx] = heightPx;
    pending.set(newest, offered);
    const { replaced, wakes } = putter.put();
    if (replaced) {
      pending.get(before)?.fate.resolve('passed-by');
      pending.delete(before);
    }
    if (wakes) ask({ kind: 'wake' });
    return { fate: offered.fate.promise, result: offered.result.promise };
  };

  return {
    info,
    offer,
    async detect(rgb, widthPx, heightPx) {
      if (pending.size > 0) throw new Error('a frame is in flight already');
      return await offer(rgb, widthPx, heightPx).result;
    },
    close() {
      closing ??= endThread();
      return closing;
    },
  };
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** A rejection that nobody asked about is no crash. */
function deferred<Value>(): Deferred<Value> {
  let settle: Pick<Deferred<Value>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return { promise, ...settle! };
}

function ended(code: number): Error {
  return new Error(`the detector's thread ended (code ${code})`);
}

function unexpected(answer: DetectorAnswer): Error {
  return answer.kind === 'failed' ? revive(answer.error) : new Error(`the detector's thread answered "${answer.kind}"`);
}

function revive({ userError, text, trouble }: DetectorFailure): Error {
  if (trouble !== undefined) return new ToldError(trouble, text);
  return userError ? new UserError(text) : new Error(text);
}
