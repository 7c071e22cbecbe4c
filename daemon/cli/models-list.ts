import {
  checkModelsFolder,
  type ListedModel,
  listModels,
  ownModelsFolder,
  shippedModelsFolder,
} from '../car/models-folder.ts';
import { readZoo } from '../car/zoo.ts';
import { readCard } from '../perception/detector/model/model-file.ts';
import { withoutControls } from '../platform/log-line.ts';
import { UserError } from '../platform/user-error.ts';
import { type CommandOutput, standardOutput } from './command-output.ts';

/** `shipped` with the car; the user's `own`, added or fetched; `fetchable` from the zoo, and not there. */
type State = 'shipped' | 'own' | 'fetchable';

interface Row extends Omit<ListedModel, 'file'> {
  readonly state: State;
  readonly file?: string;
  readonly goodFor?: string;
}

/** Every network that there is or could be, for people or as `{"folder","networks":[{"name","state",…}]}`. */
export function listNetworks(
  options: { readonly json?: boolean },
  output: CommandOutput = standardOutput,
  folder: string = ownModelsFolder(),
): void {
  checkModelsFolder(folder);
  const own = listModels(folder);
  const isHere = new Set(own.map(({ name }) => name));
  const rows: Row[] = [
    ...listModels(shippedModelsFolder()).map((model) => ({ ...model, state: 'shipped' as const })),
    ...own.map((model) => ({ ...model, state: 'own' as const })),
    ...readZoo()
      .filter(({ name }) => !isHere.has(name))
      .map(({ name, bytes, licence, goodFor }) => ({
        ...{ name, state: 'fetchable' as const, bytes, classes: undefined, licence, goodFor },
      })),
  ];
  if (options.json === true) {
    output.out(`${JSON.stringify({ folder, networks: rows })}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, state, file, bytes, classes, licence, goodFor } of rows) {
    const what = goodFor ?? (classes === undefined ? withoutClasses(name, file) : shortList(classes));
    const line = `${name.padEnd(width)}  ${state.padEnd(9)}  ${megabytes(bytes).padStart(8)}  ${what}${licence === undefined ? '' : `; ${licence}`}`;
    // A card is somebody else's text, and this a terminal.
    output.out(`${withoutControls(line)}\n`);
  }
  output.out(`Your own networks are in ${folder}. More of one: jetson-car models info NAME\n`);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The first few of many labels, and how many there are. */
function shortList(labels: readonly string[]): string {
  return labels.length <= mostShown ? firstFew(labels) : `${firstFew(labels)} (${labels.length})`;
}

const mostShown = 6;

/** The same without their number. */
export function firstFew(labels: readonly string[]): string {
  return `${labels.slice(0, mostShown).join(', ')}${labels.length <= mostShown ? '' : ', …'}`;
}

function withoutClasses(name: string, file: string | undefined): string {
  try {
    if (file !== undefined) readCard(file);
    return 'no card names its classes';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `its card cannot be used: jetson-car models info ${name}`;
  }
}
