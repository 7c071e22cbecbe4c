import type { Role } from '../protocol/pairing.ts';

/** One of the connections that share the places, as far as that matters. */
export interface PlaceHolder {
  /** The paired device; undefined for this machine itself. */
  readonly deviceId: string | undefined;
  readonly role: Role;
  /** It holds the lease: nobody takes its place. */
  readonly isDriving: boolean;
}

/** One that can be asked to leave. */
export interface SeatedPhone extends PlaceHolder {
  sendAway(): void;
}

export interface PlaceLimits {
  /** Pages of one device. This machine's own pages and programs are not counted as one device's. */
  readonly perDevice: number;
  readonly inAll: number;
}

export type Place<Holder> =
  | { readonly kind: 'free' }
  /** Of this one, which has to go. */
  | { readonly kind: 'instead'; readonly of: Holder }
  | { readonly kind: 'device-full' }
  | { readonly kind: 'all-full' };

/**
 * Whether one more may come in. Somebody who only watches must not be able to keep a driver out, by however many pages: a
 * device has so many places and no more, and when all are taken a driver gets one of those who watch. Among equals the device
 * that has most gives one up, if it then still has as many as the newcomer.
 * @param present oldest first.
 */
export function placeFor<Holder extends PlaceHolder>(
  present: readonly Holder[],
  comer: Pick<PlaceHolder, 'deviceId' | 'role'>,
  limits: PlaceLimits,
): Place<Holder> {
  const countOf = ({ deviceId }: Pick<PlaceHolder, 'deviceId'>): number =>
    present.filter((one) => one.deviceId === deviceId).length;
  const own = countOf(comer);
  if (comer.deviceId !== undefined && own >= limits.perDevice) return { kind: 'device-full' };
  if (present.length < limits.inAll) return { kind: 'free' };
  const outranks = (one: Holder): boolean => comer.role === 'driver' && one.role === 'viewer';
  const mayGo = present.filter(
    (one) => !one.isDriving && (outranks(one) || (one.role === comer.role && countOf(one) > own + 1)),
  );
  const watching = mayGo.filter(outranks);
  const most = (watching.length > 0 ? watching : mayGo).reduce<Holder | undefined>(
    (found, one) => (found === undefined || countOf(one) >= countOf(found) ? one : found),
    undefined,
  );
  return most === undefined ? { kind: 'all-full' } : { kind: 'instead', of: most };
}
