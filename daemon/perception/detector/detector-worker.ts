import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../platform/user-error.ts';
import { type LoadedNetwork, loadNetwork } from './loaded-network.ts';
import { newInput } from './preprocess/preprocess.ts';
import { chooseRuntime } from './runtime/load-runtime.ts';
import type { DetectorAnswer, DetectorFailure, DetectorRequest, DetectorWorkerData } from './worker-messages.ts';

/** The worker thread of `worker-detector.ts`: a network behind messages, one picture at a time. */

function failure(error: unknown): DetectorFailure {
  const text = error instanceof Error ? error.message : String(error);
  return { userError: error instanceof UserError, text };
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
  // The runtime's binding refuses shared memory: the picture is copied once, a hundredth of what a network takes.
  const input = newInput(network.format);
  const look = network.bind(input);
  answer({ kind: 'ready', info: network.info, format: network.format });
  const handle = async (request: DetectorRequest): Promise<void> => {
    switch (request.kind) {
      case 'look':
        try {
          input.set(request.input);
          answer({ kind: 'looked', look: await look(request.letterbox) });
        } catch (error) {
          answer({ kind: 'failed', error: failure(error) });
        }
        break;
      case 'close':
        await network.close();
        answer({ kind: 'closed' });
        port.close();
        break;
    }
  };
  port.on('message', (request: DetectorRequest) => {
    void handle(request);
  });
}

if (parentPort !== null) void serve(parentPort, workerData as DetectorWorkerData);
