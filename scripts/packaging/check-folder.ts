import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../daemon/platform/reason-of.ts';
import { isElf, readElf } from './elf.ts';
import { jetPack4, misfits, newestOf } from './fits-car.ts';

export type Architecture = 'arm64' | 'x64';

export interface FolderCheck {
  /** How many ELF files were read. */
  readonly checked: number;
  /** A line for each that would not load, beginning with its name. */
  readonly problems: readonly string[];
  /** The newest glibc that one of them needs that the car cannot do without, such as `2.27`; undefined where none needs any. */
  readonly glibc: string | undefined;
}

/** Libraries that every system with glibc and GCC's runtime has, JetPack 4.6 among them. */
const everywhere = /^(ld-linux-.*|lib(c|m|dl|pthread|rt|resolv|stdc\+\+|gcc_s))\.so(\.\d+)*$/;

/** Buses and pins: packages without which the simulated car runs all the same, and says what it lacks. */
const optional = /^node_modules\/(i2c-bus|epoll)\//;

/**
 * Reads every ELF file of a release: each must be for its processor, and bring the libraries that it asks for; one for the car
 * must load on JetPack 4.6.
 */
export function checkFolder(folder: string, architecture: Architecture): FolderCheck {
  const machine = architecture === 'arm64' ? 'aarch64' : 'x86-64';
  const ceiling = architecture === 'arm64' ? jetPack4 : {};
  const problems: string[] = [];
  const glibcs: string[] = [];
  let checked = 0;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const brought = new Set(entries.map(({ name }) => name));
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !isElf(firstBytes(file))) continue;
    checked += 1;
    const name = file.slice(folder.length + 1);
    try {
      const needs = readElf(readFileSync(file));
      const missing = needs.libraries.filter((library) => !everywhere.test(library) && !brought.has(library));
      const whys = [
        ...misfits(needs, machine, ceiling),
        ...missing.map((library) => `needs ${library}, which is neither here nor on every system`),
      ];
      problems.push(...whys.map((why) => `${name} ${why}`));
      if (optional.test(name)) continue;
      glibcs.push(...[...needs.versions.values()].flat().filter((version) => version.startsWith('GLIBC_')));
    } catch (error) {
      problems.push(`${name} cannot be read: ${reasonOf(error)}`);
    }
  }
  return { checked, problems, glibc: newestOf(glibcs)?.replace('GLIBC_', '') };
}

function firstBytes(file: string): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(4);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
