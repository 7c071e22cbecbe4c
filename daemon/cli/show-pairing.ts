import { renderUnicodeCompact } from 'uqr';
import type { Role } from '../protocol/pairing.ts';
import { roleInWords } from '../remote/api/route.ts';
import { isOutwardUrl } from '../remote/outward-urls.ts';

export interface ShownPairing {
  readonly code: string;
  readonly role: Role;
  readonly forS: number;
  readonly urls: readonly string[];
  readonly fingerprint: string | undefined;
}

/** What a terminal on the car shows: where to go, as a QR code too, and the code to type in there. */
export function pairingInWords({ code, role, forS, urls, fingerprint }: ShownPairing): string {
  // The others are for a browser on the car.
  const outward = urls.filter(isOutwardUrl);
  const address = outward[0] ?? urls[0] ?? '';
  return [
    renderUnicodeCompact(address),
    '',
    `  To pair a device, open   ${(outward.length > 0 ? outward : urls).join(' or ')}`,
    `  and type this code       ${code.slice(0, 3)} ${code.slice(3)}`,
    `  It may then ${roleInWords(role)}. The code is good for ${Math.round(forS / 60)} min, for as many devices as you like.`,
    ...(fingerprint === undefined
      ? []
      : ['  The browser warns of a certificate it does not know. Go on if its SHA-256 is', `  ${fingerprint}`]),
    '',
  ].join('\n');
}
