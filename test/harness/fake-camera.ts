import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testSize } from '../../daemon/perception/camera/camera-reader.contract.ts';
import { projectFolder } from '../../daemon/platform/paths.ts';

const fakeCamera = join(projectFolder(), 'daemon', 'perception', 'testing', 'fake-camera.mjs');
const { widthPx, heightPx, framesPerSecond } = testSize;

/** A fake camera's command line. `tag` marks it in the list of processes. */
export function fake(
  mode: string,
  options: { framing?: 'stamped' | 'raw'; width?: number; tag?: string } = {},
): string[] {
  const size = [options.width ?? widthPx, heightPx, framesPerSecond].map(String);
  return [process.execPath, fakeCamera, mode, options.framing ?? 'stamped', ...size, options.tag ?? ''];
}

/** Live processes with these words on their command line; a zombie has none. */
export function processesWith(words: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(words);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Children of this process that ended and were not reaped. */
export function zombies(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' && Number(parent) === process.pid ? [stat] : [];
      } catch {
        return [];
      }
    });
}
