import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import { errnoName } from '../platform/errno-name.ts';
import { isEveryAddress, isOutwardUrl, outwardUrls } from '../remote/outward-urls.ts';
import { askForAddress, pairingSockets } from '../remote/pairing/pairing-socket.ts';
import { namedCar } from './named-car.ts';
import { socketFolders } from './pair.ts';

/**
 * Where the car's remote is to be found, and a code that a phone's camera reads: as the cars say that run here, for their command
 * line may say another address than the configuration; where none does, as the configuration says.
 */
export async function address(options: { readonly config?: string; readonly json?: boolean }): Promise<void> {
  const { remote } = namedCar(options).config;
  const { running, forbidden } = await runningCars();
  const from = running.length > 0 ? 'running-car' : 'configuration';
  const all = running.flatMap((car) => car.urls);
  const urls = running.length > 0 ? all.filter(isOutwardUrl) : outwardUrls(remote, networkInterfaces());
  if (options.json === true) {
    const localUrls = all.filter((url) => !isOutwardUrl(url));
    process.stdout.write(`${JSON.stringify({ urls, from, localUrls })}\n`);
    return;
  }
  const [first] = urls;
  if (first === undefined) {
    process.stdout.write(`${running.length > 0 ? whyNoneOf(running) : whyNone(remote.host, forbidden)}\n`);
    return;
  }
  const source = from === 'running-car' ? '' : ` by the configuration (${whyNotAsked(forbidden).toLowerCase()})`;
  process.stdout.write(`${renderUnicodeCompact(first)}\n\nThe car's remote${source}: ${urls.join(' or ')}\n`);
}

type RunningCar = Awaited<ReturnType<typeof askForAddress>>;

interface Asked {
  readonly running: readonly RunningCar[];
  /** There may be a car that this user may not ask. */
  readonly forbidden: boolean;
}

async function runningCars(): Promise<Asked> {
  const looks = socketFolders().map(socketsIn);
  const answers = await Promise.allSettled(looks.flatMap((paths) => paths ?? []).map(askForAddress));
  return {
    running: answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])),
    forbidden:
      looks.includes(undefined) || answers.some((answer) => answer.status === 'rejected' && isForbidden(answer.reason)),
  };
}

/** Undefined for a folder that this user may not look into. */
function socketsIn(folder: string): string[] | undefined {
  try {
    return pairingSockets([folder]).map(({ path }) => path);
  } catch (error) {
    return isForbidden(error) ? undefined : [];
  }
}

function isForbidden(error: unknown): boolean {
  const code = errnoName(error);
  return code === 'EACCES' || code === 'EPERM';
}

function whyNotAsked(forbidden: boolean): string {
  return forbidden
    ? 'This user may not ask the car that may run here: use sudo'
    : 'No car runs here, or none that answers';
}

const noNetwork =
  'This machine is in no network, so no phone reaches it: join one (nmcli device wifi connect NAME password PASSWORD), then ask again.';

function whyNoneOf(running: readonly RunningCar[]): string {
  // One that can be paired listens for others too.
  if (running.some(({ pairingNeeded }) => pairingNeeded)) return noNetwork;
  const places = running.flatMap(({ urls }) => urls).join(' and ');
  return `The car that runs here is at ${places}, which only this machine reaches. For phones start it with --host 0.0.0.0, or with remote.host: 0.0.0.0 in its configuration.`;
}

function whyNone(host: string, forbidden: boolean): string {
  if (isEveryAddress(host)) return noNetwork;
  return `${whyNotAsked(forbidden)}. By the configuration its remote listens at ${host}, which only this machine reaches. For phones: remote.host: 0.0.0.0 in the configuration.`;
}
