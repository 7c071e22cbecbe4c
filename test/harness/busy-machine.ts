import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const hog = 'for (;;);';
/** Writes and syncs, again and again, over the same few megabytes. */
const writer = `
  const fs = require('node:fs');
  const file = fs.openSync(process.argv[1], 'w');
  const block = Buffer.alloc(4 << 20, 7);
  for (;;) { fs.writeSync(file, block, 0, block.length, 0); fs.fsyncSync(file); }`;

/** Load on processors and disk, until it is ended. It ends with this process at the latest. */
export function busyMachine(options: { readonly hogs: number }): { end(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'jetson-car-busy-'));
  const run = (...args: string[]): ChildProcess => spawn(process.execPath, args, { stdio: 'ignore' });
  const children = Array.from({ length: options.hogs }, () => run('-e', hog));
  children.push(run('-e', writer, join(folder, 'storm')));
  const end = (): void => {
    for (const child of children) child.kill('SIGKILL');
    process.off('exit', end);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', end);
  return { end };
}
