import { z } from 'zod';
import { type Child, startChild } from '../platform/child.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { parseJson, readLines, writeJsonLine } from '../platform/line-channel.ts';
import type { Logger } from '../platform/log.ts';
import { readPackets } from '../platform/packet-channel.ts';
import { daemonEntry } from '../platform/paths.ts';
import { type ActuationCommand, type ActuationReport, actuationReportSchema } from '../protocol/actuation-messages.ts';
import {
  type PerceptionReport,
  type PerceptionShow,
  type PerceptionStart,
  perceptionReportSchema,
} from '../protocol/perception-messages.ts';
import { rates } from '../protocol/rates.ts';
import { type SimulatorCommand, type SimulatorReport, simulatorReportSchema } from '../protocol/simulator-messages.ts';
import { SilenceWatch } from './silence-watch.ts';

/** What starting a process of ours needs: where its log lines and its rubbish go. */
export interface ProcessLog {
  readonly log: Logger;
  childLine(name: string, line: string): void;
}

/** Reads JSON lines of a child as `schema`; what does not fit is logged and dropped. */
function readReports<T>(child: Child, schema: z.ZodType<T>, output: ProcessLog, onReport: (report: T) => void): void {
  readLines(child.stdout, (line) => {
    const json = parseJson(line);
    const parsed = json.ok ? schema.safeParse(json.value) : undefined;
    if (parsed?.success) onReport(parsed.data);
    else output.log.warn({ process: child.name, line: line.slice(0, 200) }, 'a report that fits no schema was dropped');
  });
}

/** Ends a process of ours that reports all the time and has stopped doing so: it hangs. From its first word on. */
function endWhenSilent(child: Child, limitMs: number, log: Logger): { heard(): void } {
  const silence = new SilenceWatch(limitMs);
  const watch = setInterval(() => {
    if (!silence.isSilent(monotonicNowMs())) return;
    silence.reset();
    log.error({ process: child.name }, 'it is silent: it is ended');
    child.kill('SIGKILL');
  }, rates.controlPeriodMs);
  void child.exited.then(() => clearInterval(watch));
  return { heard: () => silence.heard(monotonicNowMs()) };
}

export interface ActuationProcess {
  readonly child: Child;
  send(command: ActuationCommand): void;
}

export function spawnActuation(output: ProcessLog, onReport: (report: ActuationReport) => void): ActuationProcess {
  const child = startChild({
    name: 'actuation',
    entry: daemonEntry('actuation/actuation-process'),
    onLogLine: (line) => output.childLine('actuation', line),
  });
  const silence = endWhenSilent(child, rates.actuationSilentMs, output.log);
  readReports(child, actuationReportSchema, output, (report) => {
    silence.heard();
    onReport(report);
  });
  return { child, send: (command) => void writeJsonLine(child.stdin, command) };
}

export interface PerceptionProcess {
  readonly child: Child;
  send(command: PerceptionShow): void;
}

export function spawnPerception(
  output: ProcessLog,
  start: PerceptionStart,
  onReport: (report: PerceptionReport, payload: Uint8Array) => void,
): PerceptionProcess {
  const child = startChild({
    name: 'perception',
    entry: daemonEntry('perception/perception-process'),
    onLogLine: (line) => output.childLine('perception', line),
  });
  const silence = endWhenSilent(child, rates.perceptionSilentMs, output.log);
  readPackets(
    child.stdout,
    (header, payload) => {
      silence.heard();
      const parsed = perceptionReportSchema.safeParse(header);
      if (parsed.success) onReport(parsed.data, payload);
      else output.log.warn({ process: 'perception', why: z.prettifyError(parsed.error) }, 'a report was dropped');
    },
    (text) => {
      output.log.error({ process: 'perception', text }, 'its output is no packets; it is ended');
      child.kill('SIGKILL');
    },
  );
  writeJsonLine(child.stdin, start);
  return { child, send: (command) => void writeJsonLine(child.stdin, command) };
}

export interface SimulatorProcess {
  readonly child: Child;
  send(command: SimulatorCommand): void;
}

export function spawnSimulator(
  output: ProcessLog,
  args: readonly string[],
  onReport: (report: SimulatorReport) => void,
): SimulatorProcess {
  const child = startChild({
    name: 'simulator',
    entry: daemonEntry('simulator/simulator-process'),
    args,
    onLogLine: (line) => output.childLine('simulator', line),
  });
  readReports(child, simulatorReportSchema, output, onReport);
  return { child, send: (command) => void writeJsonLine(child.stdin, command) };
}
