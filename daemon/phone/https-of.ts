import type { CarConfig } from '../car/config.ts';
import type { Logger } from '../platform/log.ts';
import { stateFolder } from '../platform/state-folder.ts';
import { loadCertificate } from '../remote/certificate/certificate-file.ts';
import { readMachineNames } from '../remote/machine-names.ts';
import type { DoorOptions } from '../remote/open-door.ts';

/**
 * What the door needs for https, where the configuration wants it.
 * @throws (rejects) UserError when the certificate cannot be kept.
 */
export async function httpsOf({ httpsPort }: CarConfig['remote'], log: Logger): Promise<DoorOptions['https']> {
  if (httpsPort === undefined) return undefined;
  const certificate = await loadCertificate({
    folder: stateFolder(),
    names: readMachineNames(),
    nowMs: Date.now(),
  });
  const { fingerprint, madeBecause } = certificate;
  if (madeBecause !== undefined)
    log.warn({ fingerprint, cause: madeBecause }, 'the certificate for https is a new one');
  return { port: httpsPort, certificate };
}
