import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders, whyUnwritable } from '../platform/file-trouble.ts';

/** The newest ones are kept: a car that fails again and again must not fill its disk. */
export const mostFiles = 8;
const name = /^black-box-[\w.-]+\.jsonl$/;

/** Whether a file of that name is a black box, whole. */
export function isBlackBox(fileName: string): boolean {
  return name.test(fileName);
}

export type Written = { readonly file: string } | { readonly trouble: string };

/**
 * Writes a black box into a folder, under the time of day and what went wrong, and removes the oldest beyond the newest few. A
 * disk that is full or read-only is told and changes nothing else.
 */
export async function writeBlackBox(
  folder: string,
  box: { readonly lines: readonly string[]; readonly reason: string; readonly writtenAt: Date },
): Promise<Written> {
  const stamp = box.writtenAt.toISOString().replaceAll(':', '-').replace('Z', '');
  const file = join(folder, `black-box-${stamp}-${box.reason.replaceAll(/[^\w-]/g, '_')}.jsonl`);
  const unfinished = `${file}.part`;
  try {
    // What the camera saw is nobody else's on this machine, but the car's group.
    makeFolders(folder, 0o750);
    await writeFile(unfinished, `${box.lines.join('\n')}\n`, { mode: 0o640 });
    await rename(unfinished, file);
    await removeOldest(folder);
    return { file };
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    return { trouble: `${folder} ${whyUnwritable(error)}` };
  }
}

async function removeOldest(folder: string): Promise<void> {
  const files = (await readdir(folder)).filter(isBlackBox).toSorted();
  for (const old of files.slice(0, -mostFiles)) await rm(join(folder, old), { force: true });
}
