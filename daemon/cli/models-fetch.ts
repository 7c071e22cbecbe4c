import { fetchModel, zooEntryNamed } from '../car/fetch-model.ts';
import { ownModelsFolder } from '../car/models-folder.ts';
import { readZoo, type ZooEntry } from '../car/zoo.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';
import { megabytes } from './models-list.ts';
import { createProgress, type Progress } from './progress.ts';

/**
 * Fetches a network of the zoo into the models folder; says before what it is and under which licence.
 * @throws (rejects) UserError when it cannot be fetched, or is interrupted.
 */
export async function fetchNetwork(
  name: string,
  options: { readonly force?: boolean; readonly json?: boolean },
  output: CommandOutput = standardOutput,
  {
    folder = ownModelsFolder(),
    zoo = readZoo(),
  }: { readonly folder?: string; readonly zoo?: readonly ZooEntry[] } = {},
): Promise<void> {
  const entry = zooEntryNamed(name, zoo);
  output.err(`${name}: ${entry.goodFor}\n`);
  output.err(`licence: ${entry.licence}\nfrom: ${entry.source}, ${megabytes(entry.bytes)}\n`);
  const { file, state } = await withProgress(entry, {
    folder,
    output,
    replace: options.force === true ? 'replace' : 'never',
  });
  if (options.json === true) {
    output.out(`${JSON.stringify({ name, file, state, licence: entry.licence })}\n`);
    return;
  }
  output.out(`${file} ${state === 'there' ? 'was there already' : 'is there, whole and proven by its hash'}.\n`);
  output.out(`See what it sees: jetson-car models verify ${name} PHOTO...\n`);
}

/** Ctrl-C ends it in order: what has come is kept. */
async function withProgress(
  entry: ZooEntry,
  { folder, output, replace }: { folder: string; output: CommandOutput; replace: 'never' | 'replace' },
) {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  // Not once: the bar ends the process where nobody else listens any more.
  process.on('SIGINT', interrupt);
  // Not before something comes: a network that is there already shows no bar that stays empty.
  let progress: Progress | undefined;
  try {
    const onProgress = (bytes: number) => {
      progress ??= createProgress(`fetching ${entry.name}, MB`, Number((entry.bytes / 1e6).toFixed(1)));
      progress.update(bytes / 1e6);
    };
    const say = (text: string) => (progress === undefined ? output.err(`${text}\n`) : progress.say(text));
    let toldOf: string | undefined;
    return await fetchModel(entry, folder, {
      ...{ signal: stop.signal, onProgress, replace, onShared: say },
      onSilence: ({ host, silentS, givenUpAfterS }) => {
        if (progress === undefined && toldOf === host) return;
        toldOf = host;
        say(
          progress === undefined
            ? `nothing comes from ${host} yet; it is waited for up to ${givenUpAfterS} s`
            : `nothing for ${silentS} s`,
        );
      },
      onRetry: (trouble) => {
        toldOf = undefined;
        say(progress === undefined ? `${trouble}; trying again` : 'trying again');
      },
    });
  } finally {
    progress?.end();
    process.removeListener('SIGINT', interrupt);
  }
}
