import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * A line for each file below a folder, `BYTES NAME`, in the order of their bytes as `LC_ALL=C sort` has it: what `find -printf`
 * says of it there. By it install.sh sees what a full disk or an ended tar left out or cut off.
 */
export function contentsOf(folder: string): string {
  const lines = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => Buffer.from(`${statSync(file).size} ${relative(folder, file)}\n`));
  return Buffer.concat(lines.sort(Buffer.compare)).toString();
}
