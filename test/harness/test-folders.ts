import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';

/** A folder for the tests of a file, which goes with them. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  afterAll(() => rmSync(folder, { recursive: true }));
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
