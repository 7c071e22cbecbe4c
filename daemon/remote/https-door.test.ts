import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectSecurely } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serverMessageSchema } from '../protocol/remote-messages.ts';
import type { Certificate } from './certificate/certificate-file.ts';
import { makeCertificate } from './certificate/make-certificate.ts';
import { openDoor } from './open-door.ts';
import { startTestCar, type TestCar } from './testing/phone.ts';
import { whenClosed } from './testing/when-closed.ts';

const names = ['localhost', '127.0.0.1', hostname()];
const made = await makeCertificate({ commonName: 'car', names, serial: new Uint8Array(16), nowMs: Date.now() });
const certificate: Certificate = { ...made, fingerprint: 'AB:CD', madeBecause: undefined };
const ca = made.certificatePem;

let car: TestCar;
const openCar = async (patienceMs: number) => {
  car = await startTestCar({ host: '0.0.0.0', https: { port: 0, certificate }, patienceMs });
};
beforeEach(() => openCar(5000));
afterEach(() => car.remote.close());

const code = () => {
  const state = car.access.pairing();
  if (!state.open) throw new Error('pairing is closed');
  return state.code;
};

/** Verifies the certificate and the name, as every https client does that is not told otherwise. */
async function ask(
  scheme: 'http' | 'https',
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
) {
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers = { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...options.headers };
  const common = { host: '127.0.0.1', path, method, headers, agent: false };
  const request =
    scheme === 'https'
      ? httpsRequest({ ...common, port: car.httpsPort, ca, servername: 'localhost' })
      : httpRequest({ ...common, port: car.port });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

async function cookieBy(scheme: 'http' | 'https'): Promise<string> {
  const { status, headers } = await ask(scheme, 'POST', '/api/pair', { body: { code: code(), name: scheme } });
  expect(status).toBe(200);
  return headers['set-cookie']?.[0] ?? '';
}

test('a phone pairs by https, its cookie never leaves without encryption, and it drives by wss', async () => {
  const cookie = await cookieBy('https');
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  const socket = new WebSocket(`wss://127.0.0.1:${car.httpsPort}/ws/control`, {
    ...{ ca, origin: `https://127.0.0.1:${car.httpsPort}` },
    headers: { Cookie: cookie.split(';')[0] ?? '' },
  });
  const [first] = await once(socket, 'message');
  const welcome = serverMessageSchema.parse(JSON.parse(String(first)));
  expect(welcome).toMatchObject({ kind: 'welcome', isDriver: true });
  const session = welcome.kind === 'welcome' ? welcome.sessionId : '';
  const stick = { kind: 'drive', sequence: 0, steering: 0, throttle: 0.5, inputAtMs: 1, sentAtMs: 1, session };
  socket.send(JSON.stringify(stick));
  await car.commands.count(1);
  expect(car.commands.all).toMatchObject([{ throttle: 0.5 }]);
  socket.terminate();
});

test('on the car itself plain http goes on: its cookie would never come back if it were Secure', async () => {
  const cookie = await cookieBy('http');
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
  const headers = { Cookie: cookie.split(';')[0] ?? '' };
  expect((await ask('http', 'GET', '/api/devices', { headers })).status).toBe(200);
});

test('the pairing screen is told the fingerprint, and the addresses lead phones to https', async () => {
  const session = JSON.parse((await ask('https', 'GET', '/api/session')).text);
  expect(session).toMatchObject({ fingerprint: 'AB:CD', pairingNeeded: true, role: null });
  const [own, ...outward] = car.remote.address.urls;
  expect(own).toBe(`http://127.0.0.1:${car.port}/`);
  for (const url of outward) expect(new URL(url)).toMatchObject({ protocol: 'https:', port: String(car.httpsPort) });
});

describe('from elsewhere without encryption', () => {
  // What a proxy passes on is not from this machine, and nothing in this test may come from another one.
  const headers = { 'X-Forwarded-For': '192.0.2.7' };

  test('the page is sent on to https', async () => {
    const { status, headers: answered } = await ask('http', 'GET', '/?x=1', { headers });
    expect(status).toBe(307);
    expect(answered.location).toBe(`https://127.0.0.1:${car.httpsPort}/?x=1`);
    expect(answered['content-security-policy']).toContain("default-src 'none'");
  });

  test('what may carry a credential is refused', async () => {
    for (const [method, path] of [
      ['POST', '/api/pair'],
      ['GET', '/api/devices'],
      ['GET', '/video.mjpg'],
    ] as const) {
      const answer = await ask('http', method, path, { headers, ...(method === 'POST' && { body: {} }) });
      expect(answer).toMatchObject({ status: 403, text: expect.stringContaining(`:${car.httpsPort}/`) });
    }
    const socket = new WebSocket(`ws://127.0.0.1:${car.port}/ws/control`, { headers });
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(403);
    expect((await ask('http', 'GET', '/healthz', { headers })).status).toBe(200);
  });
});

describe('by https', () => {
  test('Host and Origin are checked as elsewhere', async () => {
    const host = `127.0.0.1:${car.httpsPort}`;
    expect((await ask('https', 'GET', '/healthz', { headers: { Host: `evil.example:${car.httpsPort}` } })).status).toBe(
      403,
    );
    expect((await ask('https', 'GET', '/healthz', { headers: { Host: `127.0.0.1:${car.port}` } })).status).toBe(403);
    expect((await ask('https', 'GET', '/healthz', { headers: { Origin: `http://${host}` } })).status).toBe(403);
    expect((await ask('https', 'GET', '/healthz', { headers: { Origin: `https://${host}` } })).status).toBe(200);
    expect(car.remote.counters().foreign).toBe(3);
  });

  test('who is not paired stays outside, and a false car is not taken for this one', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${car.httpsPort}/ws/control`, { ca });
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(401);
    const other = await makeCertificate({ commonName: 'car', names, serial: new Uint8Array(16), nowMs: Date.now() });
    const fooled = new WebSocket(`wss://127.0.0.1:${car.httpsPort}/ws/control`, { ca: other.certificatePem });
    const [error] = (await once(fooled, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  test('nothing older than TLS 1.2 is spoken', async () => {
    const socket = connectSecurely({
      port: car.httpsPort,
      ca,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
    });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/PROTOCOL|ALERT/);
  });
});

describe('whoever takes his time is ended', () => {
  beforeEach(async () => {
    await car.remote.close();
    await openCar(1500);
  });
  const port = (scheme: 'http' | 'https') => (scheme === 'http' ? car.port : car.httpsPort) ?? 0;
  const ended = (socket: Socket) => {
    socket.on('error', () => {});
    socket.resume();
    return whenClosed(socket);
  };

  test.each([
    ['http', ''],
    ['http', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['http', `POST /api/pair HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`],
    ['https', ''],
    ['https', '\x16\x03\x01'],
    ['https', 'GET / HTTP/1.1\r\n\r\n'],
  ] as const)('%s, who has said %j', async (scheme, text) => {
    const socket = connect(port(scheme), '127.0.0.1');
    if (text !== '') socket.write(text.replace('HOST', `127.0.0.1:${port(scheme)}`), 'latin1');
    await ended(socket);
  });

  test.each(['', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '])('within TLS, who has said %j', async (text) => {
    const socket = connectSecurely({ port: port('https'), host: '127.0.0.1', ca });
    await once(socket, 'secureConnect');
    if (text !== '') socket.write(text);
    await ended(socket);
  });

  test('and a driver who is there keeps its place when many such come by the same address', async () => {
    const cookie = await cookieBy('https');
    const socket = new WebSocket(`wss://127.0.0.1:${car.httpsPort}/ws/control`, {
      ...{ ca, headers: { Cookie: cookie.split(';')[0] ?? '' } },
    });
    await once(socket, 'open');
    const idle = Array.from({ length: 100 }, () => connect(port('https'), '127.0.0.1'));
    await Promise.all(idle.map(ended));
    expect(socket.readyState).toBe(socket.OPEN);
    expect((await ask('https', 'GET', '/healthz')).status).toBe(200);
    socket.terminate();
  });
});

test('a port for https that is in use is named, and the other port is let go of', async () => {
  const https = { port: car.httpsPort ?? 0, certificate };
  const second = openDoor({ host: '0.0.0.0', port: 0, https });
  await expect(second).rejects.toThrow(new RegExp(`port ${https.port} on 0\\.0\\.0\\.0 is in use.*--https N`));
});

test('one port for http and https is refused as that, not as in use by another car', async () => {
  const both = openDoor({ host: '127.0.0.1', port: 18_984, https: { port: 18_984, certificate } });
  await expect(both).rejects.toThrow(/port 18984 is wanted for both http and https: .*--port N or --https N/);
});

test('a flood of handshakes from one source ends before TLS, and keeps nobody else out', async () => {
  let nowMs = 0;
  const door = await openDoor({ host: '0.0.0.0', port: 0, https: { port: 0, certificate }, nowMs: () => nowMs });
  const port = door.entrances.find(({ scheme }) => scheme === 'https')?.port ?? 0;
  /** Whether the handshake came to its end. */
  const shakes = (localAddress: string) =>
    new Promise<boolean>((resolve) => {
      const socket = connectSecurely({ ...{ port, localAddress }, host: '127.0.0.1', ca, servername: 'localhost' });
      socket.once('secureConnect', () => resolve(true));
      socket.on('error', () => {});
      socket.once('close', () => resolve(false));
      socket.once('secureConnect', () => socket.destroy());
    });
  try {
    const flood = await Promise.all(Array.from({ length: 100 }, () => shakes('127.0.0.1')));
    expect(flood.filter(Boolean)).toHaveLength(64);
    expect(await shakes('127.0.0.1')).toBe(false);
    expect(await shakes('127.0.0.2')).toBe(true);
    nowMs += 1000;
    const later = await Promise.all(Array.from({ length: 30 }, () => shakes('127.0.0.1')));
    expect(later.filter(Boolean)).toHaveLength(20);
  } finally {
    door.close();
  }
});
