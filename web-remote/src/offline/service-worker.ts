import { filesToKeep, handlingOf } from './caching.ts';

/** What is used of the worker's world; TypeScript's own description of it cannot stand beside the page's. */
interface WorkerEvent {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface WorkerScope {
  addEventListener(type: 'install' | 'activate', listener: (event: WorkerEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}
const worker = self as unknown as WorkerScope;

const cacheName = 'page';
const publicFiles = ['/manifest.webmanifest', '/icon.svg', '/icon-192.png'];

worker.addEventListener('install', (event) => {
  event.waitUntil(keepPage().then(() => worker.skipWaiting()));
});
worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const isNavigation = request.mode === 'navigate';
  switch (handlingOf({ method: request.method, url: request.url, isNavigation }, location.origin)) {
    case 'leave':
      return;
    case 'page':
      event.respondWith(newestPage(event));
      return;
    case 'asset':
      event.respondWith(keptOr(request));
      return;
    case 'public-file':
      event.respondWith(fetch(request).catch(() => keptOr(request)));
      return;
  }
});

/** All of the page, so that it opens without the car. What is no longer part of it goes. */
async function keepPage(): Promise<void> {
  const list: unknown = await fetch('/asset-list.json', { cache: 'no-cache' }).then((answer) => answer.json());
  const wanted = ['/', ...publicFiles, ...filesToKeep(list)];
  const cache = await caches.open(cacheName);
  await cache.addAll(wanted);
  const paths = new Set(wanted);
  for (const kept of await cache.keys()) {
    if (!paths.has(new URL(kept.url).pathname)) await cache.delete(kept);
  }
}

async function newestPage(event: FetchEvent): Promise<Response> {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(keepIfChanged(answer.headers.get('ETag')));
    return answer;
  } catch {
    return keptOr(new Request('/'));
  }
}

/** The car has a new version of the page: keep that one. */
async function keepIfChanged(etag: string | null): Promise<void> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match('/');
  if (kept?.headers.get('ETag') !== etag) await keepPage();
}

async function keptOr(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}
