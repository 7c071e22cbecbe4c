import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../platform/user-error.ts';
import { createDetector, type Detector } from './detector.ts';
import type { DetectorAnswer, DetectorFailure, DetectorRequest, DetectorWorkerData } from './worker-messages.ts';

/** The worker thread of `worker-detector.ts`: a detector behind messages, one request at a time. */

function failure(error: unknown): DetectorFailure {
  const text = error instanceof Error ? error.message : String(error);
  return { userError: error instanceof UserError, text };
}

async function serve(port: MessagePort, data: DetectorWorkerData): Promise<void> {
  const answer = (message: DetectorAnswer) => port.postMessage(message);
  let detector: Detector;
  try {
    detector = await createDetector(data.options);
  } catch (error) {
    answer({ kind: 'failed', error: failure(error) });
    return;
  }
  answer({ kind: 'ready', info: detector.info });
  const handle = async (request: DetectorRequest): Promise<void> => {
    switch (request.kind) {
      case 'detect':
        try {
          const result = await detector.detect(request.rgb, request.widthPx, request.heightPx);
          answer({ kind: 'result', result });
        } catch (error) {
          answer({ kind: 'failed', error: failure(error) });
        }
        break;
      case 'close':
        await detector.close();
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
