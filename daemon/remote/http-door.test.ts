import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { healthSchema } from '../protocol/telemetry.ts';
import { openDoor } from './open-door.ts';
import { startTestCar, type TestCar } from './testing/phone.ts';

const folder = folderForEachTest(testFolder('page'));
let car: TestCar;

beforeEach(async () => {
  await mkdir(join(folder(), 'page', 'assets'), { recursive: true });
  await writeFile(join(folder(), 'secret.html'), 'secret');
  await writeFile(join(folder(), 'page', 'index.html'), `<!doctype html>${'<p>car</p>'.repeat(200)}`);
  await writeFile(join(folder(), 'page', 'assets', 'index-a1B2c3D4.js'), 'export {};');
  await writeFile(join(folder(), 'page', 'assets', 'index-a1B2c3D4.js.map'), '{}');
  await symlink(join(folder(), 'secret.html'), join(folder(), 'page', 'linked.html'));
  car = await startTestCar({ pageFolder: join(folder(), 'page') });
});

afterEach(async () => {
  await car.remote.close();
});

/** Not fetch(): it rewrites paths and hides headers. */
async function get(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const request = httpRequest({ host: '127.0.0.1', port: car.port, path, agent: false, ...options }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

test('serves the page with a strict policy, and hashed files for ever', async () => {
  const index = await get('/');
  expect(index.status).toBe(200);
  expect(index.body).toContain('<p>car</p>');
  expect(index.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(index.headers['cache-control']).toBe('no-cache');
  const asset = await get('/assets/index-a1B2c3D4.js?x=1');
  expect(asset.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(asset.headers['cache-control']).toContain('immutable');
  for (const { headers } of [index, asset, await get('/healthz'), await get('/none')]) {
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/,
    );
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});

test('an unchanged file is not sent again, and a compressible one is sent compressed', async () => {
  const first = await get('/', { headers: { 'Accept-Encoding': 'gzip, br' } });
  expect(first.headers['content-encoding']).toBe('gzip');
  expect(first.body.length).toBeLessThan(500);
  const again = await get('/', { headers: { 'If-None-Match': String(first.headers.etag) } });
  expect(again).toMatchObject({ status: 304, body: '' });
  expect(await get('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
});

test('an offer of HTTP/2 is passed over, as by whoever does not know it', async () => {
  const offer = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' };
  const answer = await get('/healthz', { headers: offer });
  expect(answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
  expect(healthSchema.parse(JSON.parse(answer.body))).toMatchObject({ mode: 'disarmed' });
  expect(await get('/', { method: 'HEAD', headers: offer })).toMatchObject({ status: 200, body: '' });
  expect((await get('/ws/control', { headers: offer })).status).toBe(404);
  expect(await get('/api/pair', { method: 'POST', headers: offer })).toMatchObject({
    status: 400,
    body: expect.stringContaining('without Upgrade'),
  });
  const evil = { ...offer, Host: 'evil.example' };
  expect((await get('/healthz', { headers: evil })).status).toBe(403);
});

test.each([
  '/../secret.html',
  '/..%2fsecret.html',
  '/%2e%2e/secret.html',
  '/assets/../../secret.html',
  '/linked.html',
  '/assets/index-a1B2c3D4.js.map',
  '/index.html%00',
  '//etc/passwd',
  '/constructor',
  '/ws/control',
])('%s is not there', async (path) => {
  const answer = await get(path);
  expect(answer.status).toBe(404);
  expect(answer.body).not.toContain('secret');
});

test('only GET and HEAD exist', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    expect(await get('/', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  }
});

test('/healthz answers by its schema', async () => {
  const answer = await get('/healthz');
  expect(answer.status).toBe(200);
  expect(healthSchema.parse(JSON.parse(answer.body))).toMatchObject({ ready: true, vehicle: 'test' });
});

test('a request by another name or from another site is refused and counted', async () => {
  expect((await get('/healthz', { headers: { Host: `evil.example:${car.port}` } })).status).toBe(403);
  expect((await get('/healthz', { headers: { Origin: 'http://evil.example' } })).status).toBe(403);
  expect(car.remote.counters().foreign).toBe(2);
});

test.each([
  ['/ws/control', 'http://evil.example', 403],
  ['/ws/video', 'null', 403],
  ['/ws/other', undefined, 404],
  ['/ws/control/', undefined, 404],
])('upgrade of %s from origin %s gets %i before any WebSocket exists', async (path, origin, status) => {
  const socket = new WebSocket(`ws://127.0.0.1:${car.port}${path}`, origin === undefined ? {} : { origin });
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(status);
  expect(car.clientCounts.all).toEqual([]);
});

test('an upgrade by a foreign Host is refused', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${car.port}/ws/control`, {
    headers: { Host: `evil.example:${car.port}` },
  });
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusCode).toBe(403);
});

test('a request with two Hosts or in absolute form gets 400', async () => {
  for (const head of [
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${car.port}\r\nHost: evil.example\r\n`,
    `GET http://127.0.0.1:${car.port}/healthz HTTP/1.1\r\nHost: 127.0.0.1:${car.port}\r\n`,
    'GET / HTTP/1.1\r\n',
  ]) {
    const socket = connect(car.port, '127.0.0.1');
    socket.end(`${head}Connection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  }
});

test('a port in use is named, with the way out', async () => {
  const second = openDoor({ host: '127.0.0.1', port: car.port });
  await expect(second).rejects.toThrow(new RegExp(`port ${car.port} on 127\\.0\\.0\\.1 is in use.*--port N`));
});

test.each(['--host', 'remote.host'] as const)(
  'an address that is not this machine’s is refused by who said it: %s',
  async (hostFrom) => {
    const door = openDoor({ host: '300.1.1.1', hostFrom, port: 0 });
    await expect(door).rejects.toThrow(
      new RegExp(`^${hostFrom}: "300\\.1\\.1\\.1" is no address of this machine.*0\\.0\\.0\\.0`),
    );
  },
);

test('who comes while the car is starting is told so', async () => {
  const door = await openDoor({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(`http://127.0.0.1:${door.address.port}/healthz`);
  door.close();
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('the car is starting');
});

test('without a built page, the answer says what to run', async () => {
  const bare = await startTestCar();
  const request = httpRequest({ host: '127.0.0.1', port: bare.port, path: '/', agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(503);
  let body = '';
  for await (const chunk of response) body += chunk;
  expect(body).toContain('npm run build');
  await bare.remote.close();
});
