import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isElf, readElf } from './elf.ts';
import { jetPack4, misfits } from './fits-car.ts';
import type { Architecture } from './stage.ts';

export interface FolderCheck {
  /** How many ELF files were read. */
  readonly checked: number;
  /** A line for each that would not load, beginning with its name. */
  readonly problems: readonly string[];
}

/** Reads every ELF file of a release: each must be for its processor, and one for the car must load on JetPack 4.6. */
export function checkFolder(folder: string, architecture: Architecture): FolderCheck {
  const machine = architecture === 'arm64' ? 'aarch64' : 'x86-64';
  const ceiling = architecture === 'arm64' ? jetPack4 : {};
  const problems: string[] = [];
  let checked = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !isElf(firstBytes(file))) continue;
    checked += 1;
    const name = file.slice(folder.length + 1);
    try {
      problems.push(...misfits(readElf(readFileSync(file)), machine, ceiling).map((why) => `${name} ${why}`));
    } catch (error) {
      problems.push(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { checked, problems };
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
