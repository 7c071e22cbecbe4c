import { monotonicNowMs } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { runtimeFolder } from '../platform/state-folder.ts';
import type { Door } from '../remote/open-door.ts';
import type { Access } from '../remote/pairing/access.ts';
import { openPairingSocket, type PairingSocket } from '../remote/pairing/pairing-socket.ts';

/** Lets people at the car itself open pairing, where it is needed. A car whose socket for it cannot be opened drives all the same. */
export async function openPairingAtCar(door: Door, access: Access, log: Logger): Promise<PairingSocket | undefined> {
  if (!access.pairingNeeded) return undefined;
  const { port, urls } = door.address;
  const { fingerprint } = door;
  const folder = runtimeFolder();
  return openPairingSocket({ access, folder, port, urls, fingerprint, nowMs: monotonicNowMs, log }).catch((error) => {
    log.error({ why: reasonOf(error), folder }, 'pairing cannot be opened by a command: its socket could not be made');
    return undefined;
  });
}

/** The code that pairs a device now, for whoever stands at the car. */
export function pairingCode(access: Access): { readonly code: string; readonly forS: number } | undefined {
  const state = access.pairing();
  return state.open ? { code: state.code, forS: (state.untilMs - monotonicNowMs()) / 1000 } : undefined;
}
