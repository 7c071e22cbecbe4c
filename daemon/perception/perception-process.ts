import { monotonicNowMs } from '../platform/clock.ts';
import { parseJson, readLines } from '../platform/line-channel.ts';
import { createLogger } from '../platform/log.ts';
import { refuseInspector } from '../platform/refuse-inspector.ts';
import { perceptionShowSchema, perceptionStartSchema } from '../protocol/perception-messages.ts';
import { createWorkerDetector } from './detector/worker/worker-detector.ts';
import { type Perception, startPerception } from './perception.ts';
import { createReportSender } from './report-sender.ts';

refuseInspector();

/**
 * The perception process. Standard input: a line `start`, then lines `show`; when it closes, the process ends, and the camera program
 * with it. Standard output: packets. Standard error: the log.
 */
const log = createLogger('perception');

let perception: Perception | undefined;
let ending = false;

/** Ends the camera program, then the process; with SIGKILL where a thread stuck in native code would hold `exit`. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  const state = await perception?.stop();
  if (state === 'stuck') process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

function onLine(line: string): void {
  const json = parseJson(line);
  if (perception !== undefined) {
    const show = perceptionShowSchema.safeParse(json.ok ? json.value : undefined);
    if (show.success) perception.show(show.data.levels);
    else log.warn('a line on standard input that is no "show" is ignored');
    return;
  }
  const parsed = perceptionStartSchema.safeParse(json.ok ? json.value : undefined);
  if (!parsed.success) {
    const why = json.ok
      ? parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
      : json.text;
    log.fatal(`the first line is no "start": ${why}`);
    void end(1);
    return;
  }
  perception = startPerception({
    start: parsed.data,
    sender: createReportSender(process.stdout),
    log,
    nowMs: monotonicNowMs,
    createDetector: createWorkerDetector,
    onDetectorHang: () => void end(1),
  });
}

// A daemon that is gone reads no reports; its closed pipe ends this process by standard input as well.
process.stdout.on('error', () => void end(1));
readLines(process.stdin, onLine);
process.stdin.on('end', () => void end(0));
process.stdin.on('error', () => void end(0));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(0));
