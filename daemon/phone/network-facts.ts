import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { findModel } from '../car/find-model.ts';
import { cardFileOf } from '../perception/detector/model/model-file.ts';
import { entryAt } from '../platform/file-trouble.ts';
import { parseJson } from '../platform/line-channel.ts';
import { projectFolder } from '../platform/paths.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { ToldError } from '../platform/user-error.ts';
import {
  type InstalledNetwork,
  type NetworkFacts,
  networkFactsSchema,
  networkRefusalSchema,
} from '../protocol/settings.ts';
import { trouble } from '../protocol/troubles.ts';

/** Of what `models info --json` prints. */
const describedSchema = z.looseObject({
  ...networkFactsSchema.omit({ name: true, opset: true }).shape,
  opsets: z.record(z.string(), z.int()),
});

/** Loading a network of a hundred megabytes takes a while on the car. */
const patienceMs = 30_000;

/** The first that the system ends when memory is short, and nobody's rival for the processor. */
const humbly = 'echo 800 > /proc/self/oom_score_adj; exec nice -n 10 "$@"';

/**
 * Reads what networks say of themselves: in a process of its own, for that loads and runs them, and the car has to stay free
 * and safe from what a file may hold. One at a time; a file that has not changed, nor
 * its card, is read once, also one that cannot be used.
 */
export function factsReader(
  ask: (program: string, args: readonly string[], limitMs: number) => Promise<string>,
): (network: InstalledNetwork) => Promise<NetworkFacts> {
  const known = new Map<string, Promise<NetworkFacts>>();
  let last: Promise<unknown> = Promise.resolve();
  const readFacts = async (file: string, name: string): Promise<NetworkFacts> => {
    const program = join(projectFolder(), 'scripts', 'jetson-car.js');
    const text = await ask(
      'sh',
      ['-c', humbly, 'sh', process.execPath, program, 'models', 'info', file, '--json', '--answer-refusal'],
      patienceMs,
    ).catch((error: unknown) => {
      throw new ToldError(trouble('network-not-described', {}), reasonOf(error).replace(/^jetson-car: /, ''));
    });
    const json = parseJson(text);
    const refusal = networkRefusalSchema.safeParse(json.ok ? json.value : undefined).data?.refused;
    if (refusal?.trouble !== undefined) throw new ToldError(refusal.trouble, refusal.text);
    if (refusal !== undefined) throw new ToldError(trouble('network-not-described', {}), refusal.text);
    const { opsets, ...described } = describedSchema.parse(json.ok ? json.value : undefined);
    const opset = opsets[''];
    return networkFactsSchema.parse({ ...described, name, ...(opset !== undefined && { opset }) });
  };
  return (network) => {
    const file = findModel(network.modelFile);
    const { size, mtimeMs } = statSync(file);
    // What a card says goes before what the network says itself.
    const card = entryAt(cardFileOf(file));
    const key = `${file} ${size} ${mtimeMs} ${card?.size} ${card?.mtimeMs}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const reading = last.catch(() => {}).then(() => readFacts(file, network.name));
    known.set(key, reading);
    last = reading;
    return reading;
  };
}
