import { existsSync, readFileSync } from 'node:fs';
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

/** What package.json says, such as `0.1.0`. */
export function projectVersion(): string {
  const { version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** A built module of the daemon, for starting it as a process of its own: `daemonEntry('actuation/actuation-process')`. */
export function daemonEntry(module: string): string {
  return join(projectFolder(), 'dist', 'daemon', `${module}.js`);
}
