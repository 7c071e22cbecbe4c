import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readLines } from '../platform/line-channel.ts';
import { parseTegrastats, type TegrastatsReadings } from './tegrastats.ts';

const program = '/usr/bin/tegrastats';
const periodMs = 1000;

/**
 * NVIDIA's own program, where it is installed: the second source beside sysfs, whose files differ between releases. A program
 * that ends is not started again: what it said last would be old, so it is forgotten.
 */
export function startTegrastats(path = program): { newest(): TegrastatsReadings; stop(): void } {
  let newest: TegrastatsReadings = {};
  if (!existsSync(path)) return { newest: () => newest, stop() {} };
  const child = spawn(path, ['--interval', String(periodMs)], { stdio: ['ignore', 'pipe', 'ignore'] });
  readLines(child.stdout, (line) => {
    newest = parseTegrastats(line);
  });
  const forget = () => {
    newest = {};
  };
  child.once('exit', forget);
  child.once('error', forget);
  return {
    newest: () => newest,
    stop: () => void child.kill(),
  };
}
