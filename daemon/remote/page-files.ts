import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

export interface PageFile {
  readonly type: string;
  readonly etag: string;
  /** The bundler puts a hash of the content into these files' names: they never change. */
  readonly immutable: boolean;
  readonly bytes: Uint8Array;
  /** Absent where it would not be smaller. */
  readonly gzipped?: Uint8Array;
}

/** From the path in a URL to the file. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};

/**
 * Reads the built page into memory, once. Requests are answered from this map alone, so no path in a URL ever reaches
 * the file system. Links and files of types that a page has no use for (source maps, say) are left out.
 * An absent folder gives an empty map.
 */
export async function loadPageFiles(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>();
  await collect(folder, '/', files);
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

async function collect(folder: string, urlFolder: string, files: Map<string, PageFile>): Promise<void> {
  for (const entry of await listFolder(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await collect(path, `${urlFolder}${entry.name}/`, files);
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const bytes = await readFile(path);
    const gzipped = await compress(bytes, { level: 9 });
    files.set(urlFolder + entry.name, {
      type,
      etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
      immutable: urlFolder === '/assets/' && /-[\w-]{8,}\.\w+$/.test(entry.name),
      bytes,
      ...(gzipped.length < bytes.length * 0.9 && { gzipped }),
    });
  }
}

async function listFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
