import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filesToKeep, handlingOf } from './caching.ts';

const origin = 'http://car.local:8080';
const handling = (path: string, more: { method?: string; isNavigation?: boolean } = {}) =>
  handlingOf(
    { method: more.method ?? 'GET', url: `${origin}${path}`, isNavigation: more.isNavigation ?? false },
    origin,
  );

test('only the page’s own files are kept', () => {
  expect(handling('/', { isNavigation: true })).toBe('page');
  expect(handling('/?x=1#/telemetry', { isNavigation: true })).toBe('page');
  expect(handling('/assets/index-a1b2c3d4.js')).toBe('asset');
  expect(handling('/icon-192.png')).toBe('public-file');
  expect(handling('/manifest.webmanifest')).toBe('public-file');
});

test('what the car says is never kept, whoever asks for it and how', () => {
  const rest = fc.constantFrom(
    '/api/session',
    '/api/pair',
    '/api',
    '/video.mjpg',
    '/healthz',
    '/ws/control',
    '/ws/video',
  );
  fc.assert(
    fc.property(rest, fc.webQueryParameters(), fc.boolean(), (path, query, isNavigation) => {
      expect(handling(`${path}?${query}`, { isNavigation })).toBe('leave');
    }),
  );
  expect(handling('/', { method: 'POST', isNavigation: true })).toBe('leave');
  expect(handlingOf({ method: 'GET', url: 'http://elsewhere/assets/x.js', isNavigation: false }, origin)).toBe('leave');
  expect(handling('/assets/../api/session')).toBe('leave');
});

test('the bundler’s list becomes the paths of what it names, each once; rubbish names nothing', () => {
  const list = {
    'index.html': { file: 'assets/index-1.js', css: ['assets/index-2.css'], assets: ['assets/inter-3.woff2'] },
    'src/x.tsx': { file: 'assets/x-4.js', assets: ['assets/inter-3.woff2'] },
    'src/offline/service-worker.ts': { file: 'service-worker.js' },
  };
  expect(filesToKeep(list)).toEqual([
    '/assets/index-1.js',
    '/assets/index-2.css',
    '/assets/inter-3.woff2',
    '/assets/x-4.js',
  ]);
  fc.assert(fc.property(fc.anything(), (any) => filesToKeep(any).every((path) => path.startsWith('/assets/'))));
});
