import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { folderOfThisTest } from '../../test/harness/test-folders.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { askForAddress, askToPair, openPairingSocket, pairingSockets } from './pairing/pairing-socket.ts';
import { someTelemetry, startTestCar, type TestCar, TestPhone } from './testing/phone.ts';
import { whenClosed } from './testing/when-closed.ts';

let car: TestCar;
beforeEach(async () => {
  car = await startTestCar({ host: '0.0.0.0' });
});
afterEach(() => car.remote.close());

const code = () => {
  const state = car.access.pairing();
  if (!state.open) throw new Error('pairing is closed');
  return state.code;
};

async function ask(method: string, path: string, options: { body?: unknown; headers?: Record<string, string> } = {}) {
  const response = await fetch(`http://127.0.0.1:${car.port}${path}`, {
    method,
    headers: { ...(method !== 'GET' && { 'Content-Type': 'application/json' }), ...options.headers },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
}

async function pair(name: string, role: 'driver' | 'viewer' = 'driver'): Promise<{ id: string; token: string }> {
  car.access.openPairing('a test', role);
  const { body } = await ask('POST', '/api/pair', { body: { code: code(), name, as: 'program' } });
  return { id: body.device.id, token: body.token };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

async function upgradeStatus(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${car.port}${path}`, { headers });
  socket.on('error', () => {});
  const outcome = await Promise.race([
    once(socket, 'unexpected-response').then(([, response]) => (response as IncomingMessage).statusCode),
    once(socket, 'open').then(() => 101),
  ]);
  socket.terminate();
  return outcome;
}

describe('who is not paired', () => {
  test.each(['/ws/control', '/ws/video', '/ws/control?ticket=abc'])('gets no %s', async (path) => {
    expect(await upgradeStatus(path)).toBe(401);
    expect(await upgradeStatus(path, bearer('A'.repeat(43)))).toBe(401);
    expect(await upgradeStatus(path, { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1' })).toBe(401);
    expect(car.clientCounts.all).toEqual([]);
  });

  test.each([
    ['GET', '/api/devices', 401],
    ['POST', '/api/ticket', 401],
    ['DELETE', '/api/devices/x', 401],
    ['PATCH', '/api/devices/x', 401],
    ['GET', '/video.mjpg', 401],
    ['GET', '/healthz', 200],
    ['GET', '/api/session', 200],
  ])('%s %s gives %i', async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  test('gets nothing of what was before; who is paired to watch does', async () => {
    const nowMs = monotonicNowMs();
    for (const agoMs of [600, 300]) car.remote.sendTelemetry({ ...someTelemetry, atMs: nowMs - agoMs });
    expect(await upgradeStatus('/ws/control')).toBe(401);
    const viewer = await TestPhone.connect(car.port, { token: (await pair('Watching', 'viewer')).token });
    const history = await viewer.messages.first((message) => message.kind === 'telemetry-history');
    expect(history).toMatchObject({ steeringAsked: [0, 0] });
  });

  test('learns whether it can be paired; the code only on the car itself, and not through a proxy', async () => {
    const session = await ask('GET', '/api/session');
    expect(session.body).toMatchObject({
      role: null,
      pairingNeeded: true,
      pairingOpen: true,
      device: null,
      code: code(),
    });
    const passedOn = await ask('GET', '/api/session', { headers: { 'X-Forwarded-For': '127.0.0.1' } });
    expect(passedOn.body).toMatchObject({ role: null, pairingOpen: true });
    expect(passedOn.body.code).toBeUndefined();
    expect(passedOn.body.urls).toBeUndefined();
  });
});

test('a browser pairs by the code, is known by its cookie, and drives', async () => {
  const paired = await ask('POST', '/api/pair', {
    body: { code: `${code().slice(0, 3)} ${code().slice(3)}`, name: 'Lan' },
  });
  expect(paired.status).toBe(200);
  expect(paired.body.token).toBeUndefined();
  const cookie = paired.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
  const headers = { Cookie: cookie.split(';')[0] ?? '' };
  const session = await ask('GET', '/api/session', { headers });
  expect(session.body).toMatchObject({ role: 'driver', device: { name: 'Lan' } });
  expect(await upgradeStatus('/ws/control', headers)).toBe(101);
  const { body } = await ask('GET', '/api/devices', { headers });
  expect(body.devices).toMatchObject([{ name: 'Lan', role: 'driver', isThisDevice: true }]);
  expect(JSON.stringify(body)).not.toContain(cookie.split('=')[1]?.slice(0, 43));
});

test('who only watches cannot keep a driver out, by however many pages or streams', async () => {
  const owner = await pair('owner');
  const drives = new WebSocket(`ws://127.0.0.1:${car.port}/ws/control`, { headers: bearer(owner.token) });
  await once(drives, 'open');
  const opened: WebSocket[] = [];
  const statuses: (number | undefined)[] = [];
  for (const name of ['a', 'b', 'c', 'd']) {
    const { token } = await pair(name, 'viewer');
    for (let i = 0; i < 9; i++) {
      const socket = new WebSocket(`ws://127.0.0.1:${car.port}/ws/control`, { headers: bearer(token) });
      socket.on('error', () => {});
      opened.push(socket);
      statuses.push(
        await Promise.race([
          once(socket, 'unexpected-response').then(([, response]) => (response as IncomingMessage).statusCode),
          once(socket, 'open').then(() => 101),
        ]),
      );
    }
  }
  // Eight each; and of the last one, one less, for 32 are all.
  expect(statuses.filter((status) => status === 101)).toHaveLength(31);
  const sentAway = Promise.race(opened.map((socket) => once(socket, 'close').then(([code]) => code)));
  expect(await upgradeStatus('/ws/control', bearer(owner.token))).toBe(101);
  expect(await sentAway).toBe(1013);
  expect(drives.readyState).toBe(WebSocket.OPEN);
  for (const socket of [drives, ...opened]) socket.terminate();
});

test('wrong codes are refused, the sixth try unread, and who is paired does not notice', async () => {
  const { token } = await pair('owner');
  const wrong = code() === '000000' ? '000001' : '000000';
  for (let i = 0; i < 5; i++) {
    expect((await ask('POST', '/api/pair', { body: { code: wrong, name: 'x' } })).status).toBe(401);
  }
  const sixth = await ask('POST', '/api/pair', { body: { code: code(), name: 'x' } });
  expect(sixth.status).toBe(429);
  expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask('GET', '/api/devices', { headers: bearer(token) })).status).toBe(200);
});

test.each([
  { code: ['1'] },
  { code: 123456 },
  { code: '1'.repeat(65) },
  { name: 'no code' },
  { code: '1', name: 'a\nb' },
])('a pairing request that is none (%j) is refused unread', async (body) => {
  expect((await ask('POST', '/api/pair', { body: { name: 'x', ...body } })).status).toBe(422);
});

test('a ticket opens one WebSocket, once', async () => {
  const { token } = await pair('program');
  const { body } = await ask('POST', '/api/ticket', { headers: bearer(token) });
  expect(await upgradeStatus(`/ws/video?ticket=${body.ticket}`)).toBe(101);
  expect(await upgradeStatus(`/ws/video?ticket=${body.ticket}`)).toBe(401);
});

describe('a viewer', () => {
  test('watches and may stop, and nothing more', async () => {
    const { token } = await pair('spectator', 'viewer');
    const phone = await TestPhone.connect(car.port, { token });
    expect(await phone.welcome()).toMatchObject({ role: 'viewer', isDriver: false });
    for (const kind of ['take-over', 'ask-to-drive', 'disarm', 'release-stop'] as const) phone.send({ kind });
    phone.send({ kind: 'arm', mode: 'manual' });
    phone.drive({ throttle: 1 });
    phone.send({ kind: 'stop' });
    await phone.settled();
    expect(car.commands.all).toEqual([]);
    expect(car.requests.all.map(({ kind }) => kind)).toEqual(['stop']);
    expect(phone.messages.all.filter(({ kind }) => kind === 'refused')).toHaveLength(5);
    expect((await ask('GET', '/api/devices', { headers: bearer(token) })).status).toBe(403);
  });

  test('is not handed the wheel by the driver either', async () => {
    const driver = await TestPhone.connect(car.port, { token: (await pair('driver')).token });
    const viewer = await TestPhone.connect(car.port, { token: (await pair('viewer', 'viewer')).token });
    driver.send({ kind: 'hand-over', to: (await viewer.welcome()).sessionId });
    await driver.messages.first((message) => message.kind === 'refused');
    expect(car.remote.driver()).toBe((await driver.welcome()).sessionId);
  });

  test('lets the first driver who comes drive', async () => {
    await TestPhone.connect(car.port, { token: (await pair('viewer', 'viewer')).token });
    const driver = await TestPhone.connect(car.port, { token: (await pair('driver')).token });
    expect((await driver.welcome()).isDriver).toBe(true);
  });
});

describe('a driver that is revoked while it drives', () => {
  test('is out at once, and what it drove is cut', async () => {
    const owner = await pair('owner');
    const other = await pair('other');
    const phone = await TestPhone.connect(car.port, { token: other.token });
    const video = new WebSocket(`ws://127.0.0.1:${car.port}/ws/video`, { headers: bearer(other.token) });
    await once(video, 'open');
    const videoClosed = once(video, 'close');
    const { status } = await ask('DELETE', `/api/devices/${other.id}`, { headers: bearer(owner.token) });
    expect(status).toBe(200);
    expect(await phone.closed).toBe(4401);
    await videoClosed;
    expect(car.requests.all.at(-1)).toMatchObject({ kind: 'driver-gone', cause: 'its pairing was revoked' });
    expect(await upgradeStatus('/ws/control', bearer(other.token))).toBe(401);
    expect((await ask('GET', '/api/session', { headers: bearer(other.token) })).body.role).toBeNull();
  });

  test('or becomes a viewer, comes back as one', async () => {
    const owner = await pair('owner');
    const phone = await TestPhone.connect(car.port, { token: owner.token });
    const options = { body: { role: 'viewer' }, headers: bearer(owner.token) };
    expect((await ask('PATCH', `/api/devices/${owner.id}`, options)).body).toMatchObject({ role: 'viewer' });
    expect(await phone.closed).toBe(1012);
    expect(car.requests.all.at(-1)).toMatchObject({ kind: 'driver-gone' });
    const again = await TestPhone.connect(car.port, { token: owner.token });
    expect(await again.welcome()).toMatchObject({ role: 'viewer', isDriver: false });
  });
});

test('a command recorded in another session, or without one, does not count', async () => {
  const phone = await TestPhone.connect(car.port, { token: (await pair('driver')).token });
  const { sessionId } = await phone.welcome();
  phone.drive({ throttle: 1, session: 'recorded-elsewhere' });
  phone.drive({ throttle: 1 });
  await phone.settled();
  expect(car.commands.all).toEqual([]);
  phone.drive({ throttle: 0.5, session: sessionId });
  await phone.settled();
  expect(car.commands.all).toMatchObject([{ throttle: 0.5 }]);
  expect(car.remote.counters().reordered).toBe(2);
});

test('another device cannot push a phone out by its key', async () => {
  const key = 'k'.repeat(20);
  const phone = await TestPhone.connect(car.port, { token: (await pair('one')).token, key });
  const other = await TestPhone.connect(car.port, { token: (await pair('two')).token, key });
  await other.settled();
  await phone.settled();
  expect(car.remote.clients()).toBe(2);
});

test('on the car itself pairing is opened through a socket that others may not use', async () => {
  const folder = join(folderOfThisTest('pairing'), 'not-there-yet');
  let urls = ['http://before/'];
  const address = {
    ...{ host: '0.0.0.0', port: car.port },
    get urls() {
      return urls;
    },
  };
  const options = { access: car.access, folder, address, fingerprint: undefined };
  const opened = await openPairingSocket({ ...options, nowMs: monotonicNowMs, log: pino({ level: 'silent' }) });
  const [found] = pairingSockets([folder, '/nonexistent']);
  expect(found?.port).toBe(car.port);
  expect(statSync(found?.path ?? '').mode & 0o777).toBe(0o660);
  const before = car.access.pairing();
  expect(await askForAddress(found?.path ?? '')).toMatchObject({ urls: ['http://before/'] });
  // The car has joined another network.
  urls = ['http://car/'];
  expect(await askForAddress(found?.path ?? '')).toMatchObject({ urls: ['http://car/'] });
  expect(car.access.pairing(), 'who asks for the address alone opens nothing').toEqual(before);
  const answer = await askToPair(found?.path ?? '', 'viewer');
  expect(answer).toMatchObject({ code: code(), role: 'viewer', pairingNeeded: true, urls: ['http://car/'] });
  opened.close();
  await expect(askToPair(found?.path ?? '', 'viewer')).rejects.toThrow();
  expect(existsSync(folder), 'nothing is left behind').toBe(false);
});

test('a source that asks without end is told to wait', async () => {
  const socket = connect(car.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:${car.port}\r\n\r\n`.repeat(3000));
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk;
  });
  await whenClosed(socket);
  // What was under way when the connection was ended may be lost with it; it was ended long before the last request.
  const answered = answers.match(/^HTTP\/1\.1 404 /gm)?.length ?? 0;
  expect(answered).toBeGreaterThan(0);
  expect(answered).toBeLessThan(2000);
});
