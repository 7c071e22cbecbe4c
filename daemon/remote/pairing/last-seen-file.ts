import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson } from '../../platform/line-channel.ts';
import type { Logger } from '../../platform/log.ts';
import { type LastSeenStore, lastSeenFileSchema } from './last-seen.ts';

/**
 * Beside the file of paired devices, not in it: a version of the car that does not know this must still know its devices. It is
 * worth little: what cannot be read counts as empty, and what cannot be written is said once.
 */
export function lastSeenFile(folder: string, log: Logger): LastSeenStore {
  const file = join(folder, 'devices-seen.json');
  let isFailing = false;
  let writing = Promise.resolve();
  const write = async (text: string): Promise<void> => {
    try {
      // Not forced to the disk: that would take the car's time.
      await writeFile(`${file}.next`, text, { mode: 0o600 });
      await rename(`${file}.next`, file);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.warn({ err: error, file }, 'when devices were last seen cannot be kept');
      isFailing = true;
    }
  };
  return {
    load() {
      try {
        const json = parseJson(readFileSync(file, 'utf8'));
        return lastSeenFileSchema.safeParse(json.ok ? json.value : undefined).data?.seen ?? {};
      } catch {
        return {};
      }
    },
    save(seen) {
      const text = `${JSON.stringify({ version: 1, seen })}\n`;
      writing = writing.then(() => write(text));
    },
  };
}
