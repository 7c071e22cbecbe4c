import { homedir } from 'node:os';
import { join } from 'node:path';
import type { FolderUser } from './folder-claim.ts';

/**
 * What one car must remember from start to start and nobody else may read: `JETSON_CAR_STATE` names the folder, or systemd
 * does (StateDirectory=), else it is the user's own.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/ (XDG_STATE_HOME)
 */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return (
    given(environment['JETSON_CAR_STATE']) ??
    given(environment['STATE_DIRECTORY']?.split(':')[0]) ??
    join(given(environment['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), 'jetson-car')
  );
}

/** Where a running car has its socket for people on the same machine: systemd's RuntimeDirectory=, else with its state. */
export function runtimeFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return given(environment['RUNTIME_DIRECTORY']?.split(':')[0]) ?? stateFolder(environment);
}

/** For a car that starts with a state folder which another one has: they share a list of paired devices, each with its own idea of it. */
export function sharedStateInWords(folder: string, by: FolderUser | undefined): string {
  const who = by === undefined ? 'another running car' : `another running car (${by.name}, process ${by.pid})`;
  return (
    `the state folder ${folder} is in use by ${who}: what is paired with one of them the other knows at its next start. ` +
    'End that one, or give this one a folder of its own: JETSON_CAR_STATE=/another/folder'
  );
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
