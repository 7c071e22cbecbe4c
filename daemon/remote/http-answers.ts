import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Health } from '../protocol/telemetry.ts';
import type { PageFile, PageFiles } from './page-files.ts';

/**
 * On every answer: nothing but our own scripts and styles runs on the page, nobody frames it, and no other origin is
 * let in (there is no Access-Control-Allow-Origin at all). `blob:` and `data:` are for pictures alone.
 */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
    "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Answers one request that has passed the guard. Nothing here changes anything: only GET and HEAD exist. */
export function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  from: { readonly page: PageFiles; readonly health: () => Health },
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerText(response, 405, 'only GET and HEAD', { Allow: 'GET, HEAD' });
    return;
  }
  const url = request.url ?? '';
  if (!url.startsWith('/')) {
    answerText(response, 400, 'the request names no path', { Connection: 'close' });
    return;
  }
  const path = url.split('?', 1)[0] ?? '/';
  if (path === '/healthz') {
    answer(response, 200, 'application/json; charset=utf-8', JSON.stringify(from.health()), {
      'Cache-Control': 'no-store',
    });
    return;
  }
  const file = from.page.get(path);
  if (file !== undefined) answerFile(request, response, file);
  else if (path === '/') answerText(response, 503, 'the page has not been built: npm run build');
  else answerText(response, 404, 'there is nothing here');
}

function answerFile(request: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const headers = {
    ETag: file.etag,
    Vary: 'Accept-Encoding',
    'Cache-Control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, { ...safetyHeaders, ...headers }).end();
    return;
  }
  const gzipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')) ? file.gzipped : undefined;
  answer(response, 200, file.type, gzipped ?? file.bytes, {
    ...headers,
    ...(gzipped !== undefined && { 'Content-Encoding': 'gzip' }),
  });
}

export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, 'text/plain; charset=utf-8', `${text}\n`, { 'Cache-Control': 'no-store', ...headers });
}

export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...safetyHeaders,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  // Node leaves the body out of the answer to HEAD by itself.
  response.end(body);
}
