import { join } from 'node:path';
import { pino } from 'pino';
import { testFolder } from '../../../test/harness/test-folders.ts';
import { monotonicNowMs } from '../../platform/clock.ts';
import { Access } from '../pairing/access.ts';

const top = testFolder('jetson-car-state');
let folders = 0;

/** As the daemon would have it for a remote that listens on this host; its files go with the tests of the file. */
export function testAccess(options: { host: string; port: number; stateFolder?: string }): Access {
  return Access.open({
    host: options.host,
    port: options.port,
    stateFolder: options.stateFolder ?? join(top, String(folders++)),
    startedByHand: true,
    nowMs: monotonicNowMs,
    log: pino({ level: 'silent' }),
  });
}
