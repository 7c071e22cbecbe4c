import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
/** What is read of package-lock.json, version 3: each package by the place it lies at. */
export const lockSchema = z.looseObject({
  packages: z.record(
    z.string(),
    z.looseObject({ dependencies: names, optionalDependencies: names, peerDependencies: names }),
  ),
});
export type Lock = z.infer<typeof lockSchema>;

/**
 * The places, such as `node_modules/vitest`, of packages and of all that they need, as Node would find it: beside the package
 * that needs it, or in a folder above. What is not installed, as an optional package of another platform, is left out by `isThere`.
 */
export function neededModules(lock: Lock, roots: readonly string[], isThere: (place: string) => boolean): Set<string> {
  const found = new Set<string>();
  const toDo = roots.map((name) => ({ name, from: '' }));
  for (let next = toDo.pop(); next !== undefined; next = toDo.pop()) {
    const place = resolvePlace(lock, next.name, next.from);
    if (place === undefined || found.has(place) || !isThere(place)) continue;
    found.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[place]!;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      toDo.push({ name, from: place });
    }
  }
  return found;
}

function resolvePlace(lock: Lock, name: string, from: string): string | undefined {
  for (let folder = from; ; ) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (lock.packages[place] !== undefined) return place;
    if (folder === '') return undefined;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
}
