import { monotonicNowMs } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { runtimeFolder } from '../platform/state-folder.ts';
import type { Door } from '../remote/open-door.ts';
import type { Access } from '../remote/pairing/access.ts';
import { openPairingSocket, type PairingSocket } from '../remote/pairing/pairing-socket.ts';

/**
 * Lets people at the car itself ask where it is to be found, and open pairing, where that is needed. A car whose socket for it
 * cannot be opened drives all the same.
 */
export async function openPairingAtCar(door: Door, access: Access, log: Logger): Promise<PairingSocket | undefined> {
  const { address, fingerprint } = door;
  const folder = runtimeFolder();
  const socket = { access, folder, address, fingerprint, nowMs: monotonicNowMs, log };
  return openPairingSocket(socket).catch((error) => {
    log.error(
      { why: reasonOf(error), folder },
      'the address cannot be asked for, nor pairing opened, by a command: the socket could not be made',
    );
    return undefined;
  });
}

/** The code that pairs a device now, for whoever stands at the car. */
export function pairingCode(access: Access): { readonly code: string; readonly forS: number } | undefined {
  const state = access.pairing();
  return state.open ? { code: state.code, forS: (state.untilMs - monotonicNowMs()) / 1000 } : undefined;
}
