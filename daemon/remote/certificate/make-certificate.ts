import { isIP } from 'node:net';

const dayMs = 24 * 3600_000;
/** As long as browsers accept of a public authority; some hold others to it too. */
const validDays = 397;
/** This software is younger: a clock that says less (a Jetson Nano has none that runs without power) is wrong. */
const earliestMs = Date.UTC(2026, 0, 1);
/** While nobody knows how late it is: one that has ended by the phones' clocks is worse than one that is good for too long. */
const makeshiftDays = 3653;

/** @param nowMs since 1970. */
export function isClockWrong(nowMs: number): boolean {
  return nowMs < earliestMs;
}

/** Whether it was made while the clock was wrong, and so for longer than is usual. */
export function isMakeshift({ validFrom, validTo }: { readonly validFrom: string; readonly validTo: string }): boolean {
  return Date.parse(validTo) - Date.parse(validFrom) > validDays * dayMs;
}

export interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/**
 * A certificate that vouches for itself, for a TLS server alone (it cannot sign others, so that nobody comes to harm who
 * installs it), with a new key on the curve P-256.
 * @param options.names host names and addresses that it is good for (RFC 6125, 6.4: the common name counts no more).
 * @param options.serial 16 random bytes.
 * @param options.nowMs since 1970; it is good from a day before, for clocks that differ, for 397 days. While the clock is plainly
 *   wrong: from the last day of 2025, for ten years.
 */
export async function makeCertificate(options: {
  readonly commonName: string;
  readonly names: readonly string[];
  readonly serial: Uint8Array;
  readonly nowMs: number;
}): Promise<KeyAndCertificate> {
  // Loaded only on the day that one is made. What the library injects its parts with asks for this extension of Reflect.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const fromMs = Math.max(options.nowMs, earliestMs) - dayMs;
  const days = isClockWrong(options.nowMs) ? makeshiftDays : validDays;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive, as RFC 5280 (4.1.2.2) wants it: the first bit is none of the random ones.
    serialNumber: `01${Buffer.from(options.serial).toString('hex')}`,
    name: [{ CN: [options.commonName] }],
    notBefore: new Date(fromMs),
    notAfter: new Date(fromMs + days * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        options.names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
    ],
  });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    keyPem: `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    certificatePem: `${certificate.toString('pem')}\n`,
  };
}
