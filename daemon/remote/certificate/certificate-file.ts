import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomically } from '../../platform/atomic-file.ts';
import { makeFolders, whyUnreadable, whyUnwritable } from '../../platform/file-trouble.ts';
import { closeToOthers } from '../../platform/owner.ts';
import { UserError } from '../../platform/user-error.ts';
import { isClockWrong, isMakeshift, type KeyAndCertificate, makeCertificate } from './make-certificate.ts';

const onlyOwner = 0o600;
/** One that ends sooner than this is replaced at the start: a car that starts on the last day must not stop being trusted. */
const leastLeftMs = 30 * 24 * 3600_000;

export interface Certificate extends KeyAndCertificate {
  /** SHA-256, as browsers show it: `AB:CD:…`. */
  readonly fingerprint: string;
  /** Why it is a new one, in words; undefined for the one that was there. Whoever trusted the old one is asked again. */
  readonly madeBecause: string | undefined;
}

/**
 * The car's certificate: the one of the last start, or a new one where there is none, it cannot be used, it ends within 30
 * days, it was made while the clock was wrong and that is right now, or the machine has another name. An address that is new does not replace it, although it does not stand in it: by
 * an address no phone can verify a car anyway, and it would have to be trusted anew each time.
 * @param options.nowMs since 1970.
 * @param options.names of this machine and its addresses (machine-names.ts); the loopback's are added.
 * @throws (rejects) UserError when it cannot be kept.
 */
export async function loadCertificate(options: {
  readonly folder: string;
  readonly names: readonly string[];
  readonly nowMs: number;
}): Promise<Certificate> {
  const { folder, nowMs } = options;
  const keyFile = join(folder, 'https-key.pem');
  const certificateFile = join(folder, 'https-certificate.pem');
  const kept = readKept(keyFile, certificateFile, nowMs);
  if (kept.kind === 'usable') return { ...kept.pair, fingerprint: fingerprintOf(kept.pair), madeBecause: undefined };
  const made = await makeCertificate({
    commonName: hostname(),
    names: [...new Set(['localhost', '127.0.0.1', '::1', ...options.names.map((name) => name.replace(/%.*$/, ''))])],
    serial: randomBytes(16),
    nowMs,
  });
  try {
    makeFolders(folder, 0o700);
    // The key first: a certificate without its key is seen at the next start, and replaced.
    writeFileAtomically(keyFile, made.keyPem, { mode: onlyOwner });
    writeFileAtomically(certificateFile, made.certificatePem, { mode: onlyOwner });
  } catch (error) {
    throw new UserError(
      `the key for https cannot be kept: ${folder} ${whyUnwritable(error)}. JETSON_CAR_STATE names another folder.`,
    );
  }
  return { ...made, fingerprint: fingerprintOf(made), madeBecause: kept.why };
}

type Kept =
  | { readonly kind: 'usable'; readonly pair: KeyAndCertificate }
  | { readonly kind: 'unusable'; readonly why: string };

function readKept(keyFile: string, certificateFile: string, nowMs: number): Kept {
  const unusable = (why: string): Kept => ({ kind: 'unusable', why });
  if (!existsSync(keyFile) || !existsSync(certificateFile)) return unusable('there was none yet');
  try {
    closeToOthers(keyFile);
    const pair = { keyPem: readFileSync(keyFile, 'utf8'), certificatePem: readFileSync(certificateFile, 'utf8') };
    const certificate = new X509Certificate(pair.certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return unusable('it and its key were not a pair');
    // One from the future is kept: it is the clock that is wrong, until the network has set it.
    if (Date.parse(certificate.validTo) - nowMs < leastLeftMs) return unusable('it was about to end');
    if (isMakeshift(certificate) && !isClockWrong(nowMs)) return unusable('the clock was wrong when it was made');
    if (!isNamed(certificate, hostname())) return unusable('this machine has another name');
    return { kind: 'usable', pair };
  } catch (error) {
    return unusable(`it could not be used: ${error instanceof Error ? error.message : whyUnreadable(error)}`);
  }
}

function isNamed(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

function fingerprintOf({ certificatePem }: KeyAndCertificate): string {
  return new X509Certificate(certificatePem).fingerprint256;
}
