import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { monotonicNowMs } from '../../platform/clock.ts';
import { Access } from '../pairing/access.ts';

let folders = 0;
let made: string | undefined;

// At the exit of a test program's worker it would be too late: that is killed.
afterAll(() => {
  if (made !== undefined) rmSync(made, { recursive: true, force: true });
  made = undefined;
});

function ownFolder(): string {
  if (made !== undefined) return made;
  const own = mkdtempSync(join(tmpdir(), 'jetson-car-state-'));
  made = own;
  return own;
}

/** As the daemon would have it for a remote that listens on this host; its files are gone when the test program ends. */
export function testAccess(options: { host: string; port: number; stateFolder?: string }): Access {
  return Access.open({
    host: options.host,
    port: options.port,
    stateFolder: options.stateFolder ?? join(ownFolder(), String(folders++)),
    startedByHand: true,
    nowMs: monotonicNowMs,
    log: pino({ level: 'silent' }),
  });
}
