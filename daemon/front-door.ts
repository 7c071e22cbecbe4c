import type { CarConfig } from './car/config.ts';
import { httpsOf } from './phone/https-of.ts';
import { monotonicNowMs } from './platform/clock.ts';
import { claimFolder } from './platform/folder-claim.ts';
import type { Logger } from './platform/log.ts';
import { sharedStateInWords, stateFolder } from './platform/state-folder.ts';
import { type Door, openDoor } from './remote/open-door.ts';
import { Access } from './remote/pairing/access.ts';

/** The ports that phones come by, and who of them may come in. */
export interface FrontDoor {
  readonly door: Door;
  readonly access: Access;
  /** The folder that knows the phones is free for another car. */
  leave(): void;
}

/**
 * Before all else that takes time: ports are refused at once, or not at all.
 * @param options.host the address to listen on, where the command line says it
 * @throws (rejects) UserError for a port or an address that cannot be had.
 */
export async function openFrontDoor(
  { remote, vehicle }: CarConfig,
  { host, startedByHand }: { readonly host?: string; readonly startedByHand: boolean },
  log: Logger,
): Promise<FrontDoor> {
  const hostFrom = host === undefined ? 'remote.host' : '--host';
  const door = await openDoor({ ...remote, hostFrom, https: await httpsOf(remote, log) });
  try {
    const claim = await claimFolder(stateFolder(), { name: vehicle.name, pid: process.pid });
    // No refusal, though the claim is never a dead one's: two simulated cars on one laptop are nobody's mistake, and a car that drives is
    // worth more than its list of phones. Of one bus the second is refused in any case (actuation/bus/bus-lock.ts).
    if (claim.kind === 'taken') log.warn(sharedStateInWords(stateFolder(), claim.by));
    const place = { ...door.address, stateFolder: stateFolder() };
    return {
      door,
      access: Access.open({ ...place, startedByHand, nowMs: monotonicNowMs, log }),
      leave() {
        if (claim.kind === 'ours') claim.release();
      },
    };
  } catch (error) {
    door.close();
    throw error;
  }
}
