import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { actuatorConfigTroubles } from '../actuation/config-check.ts';
import type { CarConfig } from '../car/config.ts';
import { ConfigStore } from '../car/config-store.ts';
import { configOf } from '../car/load-config.ts';
import { isEveryAddress, outwardUrls } from '../remote/outward-urls.ts';
import { askForUrls, pairingSockets } from '../remote/pairing/pairing-socket.ts';
import { isLoopback } from '../remote/request-guard.ts';
import { socketFolders } from './pair.ts';

/**
 * Where the car's remote is to be found, and a code that a phone's camera reads: as the cars say that run here for others to reach,
 * for their command line may say another address than the configuration; where none does, as the configuration says.
 */
export async function address(options: { readonly config?: string; readonly json?: boolean }): Promise<void> {
  const { remote } = configuration(options.config);
  const running = await runningUrls();
  const from = running.length > 0 ? 'running-car' : 'configuration';
  const urls = running.length > 0 ? running : outwardUrls(remote, networkInterfaces());
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ urls, from })}\n`);
    return;
  }
  const [first] = urls;
  if (first === undefined) {
    process.stdout.write(`${whyNone(remote.host)}\n`);
    return;
  }
  const source = from === 'running-car' ? '' : ' by the configuration (no car that runs here for phones answers)';
  process.stdout.write(`${renderUnicodeCompact(first)}\n\nThe car's remote${source}: ${urls.join(' or ')}\n`);
}

/** What phones reach; none of a car that listens on its own machine alone, which has no socket either. */
async function runningUrls(): Promise<string[]> {
  const answers = await Promise.allSettled(socketFolders().flatMap(socketsIn).map(askForUrls));
  return answers
    .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    .filter((url) => !isLoopback(new URL(url).hostname.replaceAll(/[[\]]/g, '')));
}

/** None in a folder that this user may not look into: the configuration answers then. */
function socketsIn(folder: string): string[] {
  try {
    return pairingSockets([folder]).map(({ path }) => path);
  } catch {
    return [];
  }
}

function whyNone(host: string): string {
  if (isEveryAddress(host)) {
    return 'This machine is in no network, so no phone reaches it: join one (nmcli device wifi connect NAME password PASSWORD), then ask again.';
  }
  return `The remote listens at ${host}, which only this machine reaches. For phones: remote.host: 0.0.0.0 in the configuration.`;
}

function configuration(file: string | undefined): CarConfig {
  if (file === undefined) return configOf({});
  const problemsOf = ({ actuators }: CarConfig) => actuatorConfigTroubles(actuators);
  return new ConfigStore({ file, whenMissing: 'refuse', problemsOf }).load().config;
}
