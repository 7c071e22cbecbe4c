import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, models/ and dist/, found from this file's own place, built or not. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
  return folder;
}

/** A built module of the daemon, for starting it as a process of its own: `daemonEntry('actuation/actuation-process')`. */
export function daemonEntry(module: string): string {
  return join(projectFolder(), 'dist', 'daemon', `${module}.js`);
}
