/**
 * What the service worker does with a request. Only the page itself is ever kept: what the car says (its API, telemetry,
 * pictures) is true for a moment, and an old answer in its place would be a lie.
 */
export type Handling =
  /** Not ours: the browser asks the car as if there were no service worker. */
  | 'leave'
  /** The newest page if the car answers, else the kept one, which says that the car is off. */
  | 'page'
  /** The name holds a hash of the content: what is kept is what the car would send. */
  | 'asset'
  /** Icons and the manifest: the car's if it answers, else the kept ones. */
  | 'public-file';

export interface AskedFor {
  readonly method: string;
  readonly url: string;
  readonly isNavigation: boolean;
}

export function handlingOf(asked: AskedFor, origin: string): Handling {
  const url = new URL(asked.url);
  if (asked.method !== 'GET' || url.origin !== origin) return 'leave';
  if (url.pathname === '/' || url.pathname === '/index.html') return asked.isNavigation ? 'page' : 'leave';
  if (/^\/assets\/[\w.-]+$/.test(url.pathname)) return 'asset';
  return /^\/(icon[\w-]*\.(svg|png)|manifest\.webmanifest)$/.test(url.pathname) ? 'public-file' : 'leave';
}

/** From the bundler's list of files to what has to be kept for the page to open without the car. */
export function filesToKeep(list: unknown): string[] {
  if (typeof list !== 'object' || list === null) return [];
  const files = Object.values(list).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { file, css, assets } = entry as { file?: unknown; css?: unknown; assets?: unknown };
    return [file, ...(Array.isArray(css) ? css : []), ...(Array.isArray(assets) ? assets : [])];
  });
  const named = files.filter((file): file is string => typeof file === 'string' && file.startsWith('assets/'));
  return [...new Set(named)].map((file) => `/${file}`);
}
