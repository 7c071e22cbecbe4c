import { runtimeFolder, stateFolder } from '../platform/state-folder.ts';
import { UserError } from '../platform/user-error.ts';
import { askToPair, type PairingAnswer, pairingSockets } from '../remote/pairing/pairing-socket.ts';
import { pairingInWords } from './show-pairing.ts';

export interface PairOptions {
  readonly viewer?: boolean;
  readonly port?: number;
  readonly json?: boolean;
}

/** Where systemd keeps the running car's socket (RuntimeDirectory=). */
const serviceFolder = '/run/jetson-car';

/** Where the cars that run on this machine may have their sockets. */
export function socketFolders(): readonly string[] {
  return [...new Set([runtimeFolder(), stateFolder(), serviceFolder])];
}

/** Opens pairing at the car that runs on this machine, and prints its code. */
export async function pair(options: PairOptions): Promise<void> {
  const folders = socketFolders();
  const found = pairingSockets(folders).filter(({ port }) => options.port === undefined || port === options.port);
  const answers: PairingAnswer[] = [];
  const troubles: string[] = [];
  for (const { path } of found) {
    try {
      answers.push(await askToPair(path, options.viewer === true ? 'viewer' : 'driver'));
    } catch (error) {
      troubles.push(`${path}: ${error instanceof Error && 'code' in error ? error.code : String(error)}`);
    }
  }
  const answer = answers.find(({ code }) => code !== undefined);
  if (answer?.code === undefined || answer.role === undefined) throw new UserError(whyNone());
  if (options.json === true) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else {
    const { code, role, forS, urls, fingerprint } = answer;
    process.stdout.write(`\n${pairingInWords({ code, role, forS, urls, fingerprint })}\n`);
  }

  function whyNone(): string {
    if (troubles.some((trouble) => /EACCES|EPERM/.test(trouble))) {
      return `this user may not open pairing (${troubles.join(', ')}): use sudo, or the user that the car runs as`;
    }
    const alone = answers.flatMap(({ urls }) => urls);
    const found =
      alone.length > 0
        ? `the car that runs here (${alone.join(', ')}) listens on its own machine alone and needs no pairing`
        : `no car${options.port === undefined ? '' : ` with its remote on port ${options.port}, as --port says,`} runs here (looked in ${folders.join(', ')}), or none that answers`;
    return `${found}. One that others shall reach is started with --host 0.0.0.0.`;
  }
}
