import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, onTestFinished } from 'vitest';

/** A folder for the tests of a file, or of a `describe`, which goes with them. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  afterAll(() => remove(folder));
  return folder;
}

/** An empty folder for each test, inside `top`: whichever is the present one's. */
export function folderForEachTest(top: string): () => string {
  let folder = top;
  beforeEach(() => {
    folder = mkdtempSync(join(top, 'own-'));
  });
  return () => folder;
}

/** A folder for the test that asks for it, which goes with it. */
export function folderOfThisTest(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  onTestFinished(() => remove(folder));
  return folder;
}

/** More than once, as a process that is ending may still write into it. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
