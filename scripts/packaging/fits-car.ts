import type { ElfNeeds } from './elf.ts';

/** The newest that a library of the car's system gives, by the prefix of the version's name. */
export type Ceiling = Readonly<Record<string, readonly number[]>>;

/** Ubuntu 18.04 of JetPack 4.6: glibc 2.27, libstdc++ and libgcc of GCC 8 (its libstdc++ package is 8.4). */
export const jetPack4: Ceiling = { GLIBC: [2, 27], GLIBCXX: [3, 4, 25], CXXABI: [1, 3, 11], GCC: [8, 0, 0] };

/** Why a file would not load on the car; empty when it would. A version of a name that the ceiling lacks is no matter of the system. */
export function misfits(needs: ElfNeeds, machine: ElfNeeds['machine'], ceiling: Ceiling): string[] {
  const wrongMachine = needs.machine === machine ? [] : [`is for ${needs.machine}, not ${machine}`];
  const tooNew = [...needs.versions].flatMap(([library, versions]) =>
    versions
      .filter((version) => {
        const { name, numbers } = parseVersion(version);
        const limit = ceiling[name];
        return limit !== undefined && isNewer(numbers, limit);
      })
      .map((version) => `needs ${version} of ${library}`),
  );
  return [...wrongMachine, ...tooNew];
}

/** `GLIBCXX_3.4.25` → GLIBCXX, 3 4 25. `GLIBC_PRIVATE` has no number and fits nowhere but its own system. */
function parseVersion(version: string): { name: string; numbers: number[] } {
  const underscore = version.lastIndexOf('_');
  const numbers = version
    .slice(underscore + 1)
    .split('.')
    .map(Number);
  const isNumbered = underscore > 0 && numbers.every(Number.isInteger);
  return {
    name: underscore > 0 ? version.slice(0, underscore) : version,
    numbers: isNumbered ? numbers : [Number.POSITIVE_INFINITY],
  };
}

/** The newest of versions of one name; undefined of none. What has no number is of one system alone, and is left out. */
export function newestOf(versions: readonly string[]): string | undefined {
  return versions.reduce<string | undefined>((newest, version) => {
    const { numbers } = parseVersion(version);
    if (!numbers.every(Number.isFinite)) return newest;
    return newest === undefined || isNewer(numbers, parseVersion(newest).numbers) ? version : newest;
  }, undefined);
}

function isNewer(version: readonly number[], limit: readonly number[]): boolean {
  for (let place = 0; place < Math.max(version.length, limit.length); place++) {
    const difference = (version[place] ?? 0) - (limit[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
