import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../platform/user-error.ts';
import { startTestCar, type TestCar } from '../testing/phone.ts';
import { whenClosed } from '../testing/when-closed.ts';
import { change, noBody, type Route, read } from './route.ts';

let car: TestCar;
let armed: boolean;
let changes: unknown[];

const routes: Route[] = [
  read({
    path: '/api/echo/:name',
    leastRole: 'none',
    summary: 'What it was given.',
    handle: ({ parameters, query }) => ({ kind: 'json', body: { ...parameters, query: query.get('q') } }),
  }),
  change({
    method: 'PUT',
    path: '/api/limit',
    leastRole: 'driver',
    whileArmed: 'refused',
    summary: 'A setting.',
    maxBodyBytes: 100,
    body: z.strictObject({ limit: z.number().min(0).max(1) }),
    handle({ body }) {
      if (body.limit === 0.5) throw new UserError('limit: a half is never right');
      if (body.limit === 0.25) throw new Error('a bug, with a secret in it');
      changes.push(body);
      return { kind: 'json', body };
    },
  }),
  change({
    method: 'POST',
    path: '/api/blink',
    leastRole: 'none',
    whileArmed: 'allowed',
    summary: 'Does something.',
    body: noBody,
    handle() {
      changes.push('blink');
      return { kind: 'json', body: {} };
    },
  }),
  read({
    path: '/api/log',
    leastRole: 'viewer',
    summary: 'Long.',
    handle: () => ({
      kind: 'stream',
      contentType: 'text/plain',
      stream: Readable.from(['one\n', 'two\n']),
      fileName: 'a "log".txt',
    }),
  }),
];

beforeEach(async () => {
  armed = false;
  changes = [];
  car = await startTestCar({ routes, isArmed: () => armed });
});
afterEach(() => car.remote.close());

async function ask(
  method: string,
  path: string,
  options: { body?: string; type?: string | null; headers?: Record<string, string> } = {},
) {
  const { body, headers = {} } = options;
  const type = options.type === undefined ? 'application/json' : options.type;
  const request = httpRequest({
    host: '127.0.0.1',
    port: car.port,
    path,
    method,
    agent: false,
    headers: { ...(type !== null && method !== 'GET' && { 'Content-Type': type }), ...headers },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

describe('a request reaches its handler', () => {
  test('with the parts of its path and its query', async () => {
    const answer = await ask('GET', '/api/echo/l%C3%A0%20car?q=1');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ name: 'là car', query: '1' });
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect((await ask('HEAD', '/api/echo/x')).status).toBe(200);
  });

  test('with a body that fits', async () => {
    const answer = await ask('PUT', '/api/limit', { body: '{"limit":0.75}', type: 'application/json; charset=utf-8' });
    expect(answer).toMatchObject({ status: 200 });
    expect(changes).toEqual([{ limit: 0.75 }]);
  });

  test('with none, where none is wanted', async () => {
    expect((await ask('POST', '/api/blink')).status).toBe(200);
    expect((await ask('POST', '/api/blink', { body: '{}' })).status).toBe(200);
    expect((await ask('POST', '/api/blink', { body: '{"x":1}' })).status).toBe(422);
    expect(changes).toEqual(['blink', 'blink']);
  });

  test('and may answer with a stream', async () => {
    const answer = await ask('GET', '/api/log');
    expect(answer.text).toBe('one\ntwo\n');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="a__log_.txt"');
  });
});

describe('a body that takes its time', () => {
  const begin = (path: string, length: number) => {
    return httpRequest({
      host: '127.0.0.1',
      port: car.port,
      path,
      method: 'PUT',
      agent: false,
      headers: { 'Content-Type': 'application/json', 'Content-Length': length },
    });
  };

  test('and is cut off harms nobody: the next request is answered', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    const request = begin('/api/limit', 14);
    request.on('error', () => {});
    request.write('{"limit"');
    // The car has begun to read when it answers another request that came later.
    await ask('GET', '/api/echo/x');
    const closed = new Promise((resolve) => request.once('close', resolve));
    request.destroy();
    await closed;
    for (let round = 0; round < 5; round++) expect((await ask('GET', '/api/echo/x')).status).toBe(200);
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
    expect(changes).toEqual([]);
  });

  test.each([
    ['in parts', { 'Transfer-Encoding': 'chunked' }],
    ['with its length said before', { 'Content-Length': 4 << 20 }],
  ])('and is far too long, %s, is told so although it goes on sending', async (_how, headers) => {
    const socket = connect(car.port, '127.0.0.1');
    socket.on('error', () => {});
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    const lines = Object.entries({ Host: `127.0.0.1:${car.port}`, 'Content-Type': 'application/json', ...headers });
    socket.write(`PUT /api/limit HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    const part = ' '.repeat(1 << 16);
    const chunk = 'Transfer-Encoding' in headers ? `${(1 << 16).toString(16)}\r\n${part}\r\n` : part;
    const ended = whenClosed(socket);
    // As a client that reads nothing before it has sent everything: until the car has taken it all, or has gone.
    for (let sent = 0; sent < 64 && !socket.destroyed; sent++) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), ended]);
    }
    if ('Transfer-Encoding' in headers) socket.write('0\r\n\r\n');
    await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"too-long"');
    expect(changes).toEqual([]);
    expect((await ask('GET', '/api/echo/x')).status).toBe(200);
  });

  test('changes nothing when the car was armed meanwhile', async () => {
    const body = '{"limit":0.75}';
    const request = begin('/api/limit', body.length);
    request.write(body.slice(0, 5));
    await ask('GET', '/api/echo/x');
    armed = true;
    request.end(body.slice(5));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(409);
    expect(changes).toEqual([]);
  });
});

test('a proxy on this machine does not make its callers this machine: a car of its own is closed to them', async () => {
  for (const headers of [{ 'X-Forwarded-For': '10.0.0.9' }, { Forwarded: 'for=127.0.0.1' }, { Via: '1.1 proxy' }]) {
    const answer = await ask('PUT', '/api/limit', { body: '{"limit":0.75}', headers });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('--host');
    expect((await ask('GET', '/api/log', { headers })).status).toBe(401);
    const session = JSON.parse((await ask('GET', '/api/session', { headers })).text);
    expect(session).toMatchObject({ role: null, pairingNeeded: true, pairingOpen: false });
  }
  expect(JSON.parse((await ask('GET', '/api/session')).text)).toMatchObject({ role: 'driver', pairingNeeded: false });
  expect(changes).toEqual([]);
});

describe('a request is refused', () => {
  const good = '{"limit":0.75}';
  const evil = 'http://evil.example';
  test.each([
    ['unknown', 'GET', '/api/none', {}, 404, 'no-such-path'],
    ['the folder itself', 'GET', '/api/', {}, 404, 'no-such-path'],
    ['a parent folder as a name', 'GET', '/api/echo/..', {}, 404, 'no-such-path'],
    ['an encoded slash', 'GET', '/api/echo/a%2fb', {}, 404, 'no-such-path'],
    ['an encoded NUL', 'GET', '/api/echo/a%00', {}, 404, 'no-such-path'],
    ['bad encoding', 'GET', '/api/echo/%ff', {}, 404, 'no-such-path'],
    ['a change by GET', 'GET', '/api/limit', {}, 405, 'wrong-method'],
    ['a preflight', 'OPTIONS', '/api/limit', { headers: { Origin: evil } }, 403, undefined],
    ['OPTIONS', 'OPTIONS', '/api/limit', {}, 405, 'wrong-method'],
    ['a form', 'PUT', '/api/limit', { body: good, type: 'application/x-www-form-urlencoded' }, 415, 'not-json'],
    ['plain text', 'PUT', '/api/limit', { body: good, type: 'text/plain' }, 415, 'not-json'],
    ['a type that only begins well', 'PUT', '/api/limit', { body: good, type: 'application/jsonx' }, 415, 'not-json'],
    ['no type', 'POST', '/api/blink', { type: null }, 415, 'not-json'],
    ['another Origin', 'PUT', '/api/limit', { body: good, headers: { Origin: evil } }, 403, undefined],
    ['another Host', 'PUT', '/api/limit', { body: good, headers: { Host: 'evil.example' } }, 403, undefined],
    [
      'another site',
      'PUT',
      '/api/limit',
      { body: good, headers: { 'Sec-Fetch-Site': 'cross-site' } },
      403,
      'other-site',
    ],
    [
      'a picture of another site',
      'GET',
      '/api/log',
      { headers: { 'Sec-Fetch-Site': 'cross-site' } },
      403,
      'other-site',
    ],
    ['too long', 'PUT', '/api/limit', { body: `${good}${' '.repeat(100)}` }, 413, 'too-long'],
    [
      'too long, in parts',
      'PUT',
      '/api/limit',
      { body: `${good}${' '.repeat(100)}`, headers: { 'Transfer-Encoding': 'chunked' } },
      413,
      'too-long',
    ],
    ['not JSON', 'PUT', '/api/limit', { body: '{' }, 400, 'not-json'],
    ['nothing', 'PUT', '/api/limit', {}, 422, 'body-unfit'],
    ['out of bounds', 'PUT', '/api/limit', { body: '{"limit":1.5}' }, 422, 'body-unfit'],
    ['a number as text', 'PUT', '/api/limit', { body: '{"limit":"0.5"}' }, 422, 'body-unfit'],
    ['infinity', 'PUT', '/api/limit', { body: '{"limit":1e999}' }, 400, 'not-json'],
    ['a prototype', 'PUT', '/api/limit', { body: '{"__proto__":{"limit":1}}' }, 400, 'not-json'],
    ['an unknown key', 'PUT', '/api/limit', { body: '{"limit":0.75,"x":1}' }, 422, 'body-unfit'],
    ['what the user can mend', 'PUT', '/api/limit', { body: '{"limit":0.5}' }, 422, 'refused'],
    ['a bug', 'PUT', '/api/limit', { body: '{"limit":0.25}' }, 500, 'failed'],
  ] as const)('%s', async (_name, method, path, options, status, code) => {
    const answer = await ask(method, path, options);
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(JSON.parse(answer.text).error.code).toBe(code);
    expect(answer.text).not.toContain('secret');
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(changes).toEqual([]);
  });

  test('while armed, if it changes how the car is set up', async () => {
    armed = true;
    expect((await ask('PUT', '/api/limit', { body: good })).status).toBe(409);
    expect((await ask('POST', '/api/blink')).status).toBe(200);
    armed = false;
    expect((await ask('PUT', '/api/limit', { body: good })).status).toBe(200);
  });

  test('a 405 names the methods there are', async () => {
    expect((await ask('DELETE', '/api/log')).headers.allow).toBe('GET, HEAD');
  });
});
