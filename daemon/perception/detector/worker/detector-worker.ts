import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { reasonOf } from '../../../platform/reason-of.ts';
import { troubleOf, UserError } from '../../../platform/user-error.ts';
import { type LoadedNetwork, type Look, loadNetwork } from '../loaded-network.ts';
import type { InputFormat } from '../preprocess/input-format.ts';
import { fitLetterbox, type Letterbox, type Size } from '../preprocess/letterbox.ts';
import { chooseRuntime } from '../runtime/load-runtime.ts';
import { createCoreTeller } from './keep-apart.ts';
import { createTaker } from './newest-slot.ts';
import { processorCores } from './processor-cores.ts';
import {
  type DetectorAnswer,
  type DetectorFailure,
  type DetectorRequest,
  type DetectorWorkerData,
  pictureFields,
} from './worker-messages.ts';

/** The worker thread of `worker-detector.ts`: a network that takes the newest picture by itself. */

function failure(error: unknown): DetectorFailure {
  return { userError: error instanceof UserError, text: reasonOf(error), trouble: troubleOf(error) };
}

async function serve(port: MessagePort, data: DetectorWorkerData): Promise<void> {
  const answer = (message: DetectorAnswer) => port.postMessage(message);
  let network: LoadedNetwork;
  try {
    network = await loadNetwork(data.options, chooseRuntime(data.options));
  } catch (error) {
    answer({ kind: 'failed', error: failure(error) });
    return;
  }
  let lookAtPictures: () => Promise<void> = async () => {};
  let looking: Promise<void> = Promise.resolve();
  let ending: Promise<void> | undefined;
  /** Gives back what the runtime holds outside of this thread's memory, which the thread's end would leave behind. */
  const end = (): Promise<void> => {
    ending ??= network.close().then(() => {
      answer({ kind: 'closed' });
      port.close();
    });
    return ending;
  };
  const fail = (error: unknown): Promise<void> => {
    lookAtPictures = async () => {};
    answer({ kind: 'failed', error: failure(error) });
    return end();
  };
  port.on('message', (request: DetectorRequest) => {
    switch (request.kind) {
      case 'slots':
        try {
          lookAtPictures = pictureLoop(network, request, answer);
        } catch (error) {
          looking = fail(error);
        }
        break;
      case 'wake':
        looking = lookAtPictures().catch(fail);
        break;
      case 'close':
        void looking.then(end);
        break;
    }
  });
  answer({ kind: 'ready', info: network.info, format: network.format });
}

/**
 * Looks at one picture after another until none waits. The next is taken before the last one's answer is sent.
 * @throws Error, as the function that it returns rejects, when the runtime fails.
 */
function pictureLoop(
  network: LoadedNetwork,
  { word, slots, networkCore }: Extract<DetectorRequest, { kind: 'slots' }>,
  answer: (message: DetectorAnswer) => void,
): () => Promise<void> {
  const taker = createTaker(word);
  const tellCore = createCoreTeller(processorCores(), networkCore);
  const looks = slots.map(({ input }) => network.bind(input));
  const letterboxOf = rememberedLetterbox(network.format);
  const numberIn = (slot: number): number => slots[slot]!.about[pictureFields.number]!;
  const lookAt = (slot: number): Promise<Look> => {
    const { about } = slots[slot]!;
    const image = { widthPx: about[pictureFields.widthPx]!, heightPx: about[pictureFields.heightPx]! };
    return looks[slot]!(letterboxOf(image));
  };
  return async () => {
    let slot = taker.take();
    if (slot !== undefined) answer({ kind: 'looking', number: numberIn(slot) });
    while (slot !== undefined) {
      const number = numberIn(slot);
      tellCore();
      const look = await lookAt(slot);
      slot = taker.take();
      answer({ kind: 'looked', number, look, next: slot === undefined ? undefined : numberIn(slot) });
    }
  };
}

/** Pictures of a camera are all of one size. */
function rememberedLetterbox(format: InputFormat): (image: Size) => Letterbox {
  let last: Letterbox | undefined;
  return (image) => {
    if (last?.image.widthPx !== image.widthPx || last.image.heightPx !== image.heightPx) {
      last = fitLetterbox(image, format, format.fit);
    }
    return last;
  };
}

if (parentPort !== null) void serve(parentPort, workerData as DetectorWorkerData);
