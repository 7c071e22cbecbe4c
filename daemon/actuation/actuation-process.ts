import { monotonicNowMs } from '../platform/clock.ts';
import { parseJson, readLines, writeJsonLine } from '../platform/line-channel.ts';
import { createLogger } from '../platform/log.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { refuseInspector } from '../platform/refuse-inspector.ts';
import { type ActuationCommand, type ActuationReport, actuationCommandSchema } from '../protocol/actuation-messages.ts';
import { ActuationSession } from './actuation-session.ts';
import type { BoardEnd } from './board-types.ts';
import { actuatorConfigProblems } from './config-check.ts';

refuseInspector();

/**
 * The actuation process: commands on standard input, reports on standard output, one JSON object a line
 * (protocol/actuation-messages). A closed pipe, a signal and a bug all end it through one door, and that door is neutral.
 * Exit code 0 when the board confirmed neutral, or no `start` ever named one; 1 when it did not, when it was never reached
 * or after a bug; 2 for a bad `start`. Whoever sees another code than 0 must take the wheels for driven (`neutralise`).
 */
const maxLineBytes = 64 << 10;
/** A parent that does not read must not fill this process's memory. */
const maxUnreadBytes = 256 << 10;
const exitLimitMs = 2800;

const log = createLogger('actuation');
let session: ActuationSession | undefined;
let ending = false;
let crashed = false;

function report(message: ActuationReport): void {
  if (process.stdout.writableLength < maxUnreadBytes) writeJsonLine(process.stdout, message);
}

type Line =
  | { readonly command: ActuationCommand }
  /** No usable command, what kind it called itself if it did, and why. */
  | { readonly command: undefined; readonly kind: string | undefined; readonly problem: string };

function interpret(line: string): Line {
  const parsed = parseJson(line);
  if (!parsed.ok) return { command: undefined, kind: undefined, problem: `no JSON: ${parsed.text}` };
  const message = actuationCommandSchema.safeParse(parsed.value);
  if (!message.success) {
    const problems = message.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
    return { command: undefined, kind: kindOf(parsed.value), problem: problems.join('; ') };
  }
  const command = message.data;
  if (command.kind !== 'start') return { command };
  if (session !== undefined) return { command: undefined, kind: undefined, problem: 'a second start' };
  const problems = actuatorConfigProblems(command.config);
  if (problems.length > 0) return { command: undefined, kind: 'start', problem: problems.join('; ') };
  return { command };
}

function onLine(text: string): void {
  if (ending) return;
  const line = interpret(text);
  if (line.command === undefined) {
    refuse(line.kind, line.problem);
  } else if (line.command.kind === 'start') {
    log.info({ bus: line.command.config.bus }, 'started');
    session = new ActuationSession(line.command.config, { report, log });
  } else if (session === undefined) {
    refuse(undefined, `${line.command.kind} before start`);
  } else if (line.command.kind === 'show') {
    session.show(Buffer.from(line.command.picture, 'base64'));
  } else {
    session.apply(line.command);
  }
}

/** A line that is no command. One that wanted to take authority away is obeyed all the same. */
function refuse(kind: string | undefined, text: string): void {
  if (session !== undefined) {
    session.refuse(kind, text);
  } else if (kind === 'start') {
    log.error(text);
    report({ kind: 'fault', atMs: monotonicNowMs(), cause: 'bad-start', text: `the car's configuration: ${text}` });
    process.exit(2);
  } else {
    log.warn({ text }, 'line before start ignored');
  }
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  return typeof value.kind === 'string' ? value.kind : undefined;
}

function end(reason: string): void {
  if (ending) return;
  ending = true;
  if (session === undefined) process.exit(0);
  log.info({ reason }, 'ending');
  exitAfter(session.end(reason), 0);
}

/** After a bug nothing is known of the gate: throttle neutral, two periods, no more pulses, the end. */
function crash(error: unknown): void {
  if (crashed) return;
  crashed = true;
  ending = true;
  log.fatal({ err: error }, 'a bug: the wheels go neutral and the process ends');
  const text = `actuation failed: ${reasonOf(error)}`;
  report({ kind: 'fault', atMs: monotonicNowMs(), cause: 'bug', text });
  if (session === undefined) process.exit(1);
  exitAfter(session.abandon(), 1);
}

function exitAfter(ended: Promise<BoardEnd>, exitCode: number): void {
  setTimeout(() => process.exit(1), exitLimitMs);
  ended.then((end) => {
    if (end !== 'neutral') log.error({ board: end }, 'the wheels are not known to be neutral');
    process.exit(end === 'neutral' ? exitCode : 1);
  }, crash);
}

// Nobody may be left to read: that must not disturb the stopping.
process.stdout.on('error', () => {});
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end(signal));
// Its default opens the debugger's port to everyone on the machine.
process.on('SIGUSR1', () => {});
process.stdin.on('end', () => end('the daemon closed the pipe'));
process.stdin.on('close', () => end('the daemon closed the pipe'));
process.stdin.on('error', () => end('the pipe from the daemon broke'));
readLines(process.stdin, onLine, { maxLineBytes, onOverlong: () => refuse(undefined, 'a line without end') });
