import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { monotonicNowMs } from '../platform/clock.ts';
import { rates } from '../protocol/rates.ts';
import { carForEachTest, someTelemetry, TestPhone } from './testing/phone.ts';
import { whenClosed } from './testing/when-closed.ts';

const car = carForEachTest();

const kinds = () => car().requests.all.map((request) => request.kind);

test('the first phone drives, the second watches, and a command reaches the daemon with its age', async () => {
  const driver = await TestPhone.connect(car().port);
  const viewer = await TestPhone.connect(car().port);
  const { sessionId } = await driver.welcome();
  expect(await driver.welcome()).toMatchObject({ isDriver: true });
  expect(await viewer.welcome()).toMatchObject({ isDriver: false });
  expect(car().remote.driver()).toBe(sessionId);
  expect(car().remote.clients()).toBe(2);
  const sentAtMs = performance.now();
  driver.drive({ steering: -0.5, throttle: 0.25, sentAtMs, inputAtMs: sentAtMs - 20 });
  viewer.drive({ throttle: 1 });
  await viewer.settled();
  await driver.settled();
  expect(car().commands.all).toHaveLength(1);
  expect(car().commands.all[0]).toMatchObject({ steering: -0.5, throttle: 0.25, sequence: 0 });
  expect(car().commands.all[0]?.inputAgeMs).toBeGreaterThanOrEqual(20);
  expect(car().commands.all[0]?.inputAgeMs).toBeLessThan(rates.driverNeutralAfterMs);
  expect(car().remote.counters()).toMatchObject({ accepted: 1, unauthorised: 1 });
});

test('commands that a stalled link delivers late are dropped, the fresh ones behind them are not', async () => {
  const phone = await TestPhone.connect(car().port);
  // The page's clock is its own. A prompt message shows its offset; then 2 s of messages come at once.
  const pageMs = 7_000_000;
  phone.drive({ sentAtMs: pageMs });
  await phone.settled();
  await car().commands.count(1);
  for (let ago = 2000; ago >= 0; ago -= 100) phone.drive({ throttle: 1, sentAtMs: pageMs - ago });
  await phone.settled();
  const ages = car()
    .commands.all.slice(1)
    .map((command) => command.inputAgeMs);
  expect(ages.length).toBeGreaterThan(0);
  expect(ages.length).toBeLessThanOrEqual(3);
  expect(Math.max(...ages)).toBeLessThanOrEqual(rates.driverNeutralAfterMs);
  expect(car().remote.counters().stale).toBeGreaterThanOrEqual(18);
});

test('arming comes with where the stick stood when it was asked for, also by commands that were too late to drive', async () => {
  const phone = await TestPhone.connect(car().port);
  phone.send({ kind: 'arm', mode: 'manual' });
  const sentAtMs = performance.now();
  phone.drive({ throttle: 1, sentAtMs, inputAtMs: sentAtMs - rates.driverNeutralAfterMs - 1 });
  phone.send({ kind: 'arm', mode: 'manual' });
  phone.drive({ throttle: 0.02 });
  phone.send({ kind: 'arm', mode: 'manual' });
  await phone.settled();
  const sticks = car().requests.all.flatMap((request) => (request.kind === 'arm' ? [request.stick] : []));
  expect(sticks).toEqual([undefined, { steering: 0, throttle: 1 }, { steering: 0, throttle: 0.02 }]);
});

test('an input that the page held back is as old as one that the link held back', async () => {
  const phone = await TestPhone.connect(car().port);
  const sentAtMs = performance.now();
  phone.drive({ throttle: 1, sentAtMs, inputAtMs: sentAtMs - rates.driverNeutralAfterMs - 1 });
  await phone.settled();
  expect(car().commands.all).toEqual([]);
  expect(car().remote.counters().stale).toBe(1);
});

test('repeated and overtaken commands are dropped', async () => {
  const phone = await TestPhone.connect(car().port);
  for (const sequence of [4, 4, 3, 5]) phone.drive({ sequence, throttle: sequence / 10 });
  await phone.settled();
  expect(car().commands.all.map((command) => command.throttle)).toEqual([0.4, 0.5]);
  expect(car().remote.counters().reordered).toBe(2);
});

test('above 1.2 times the nominal rate the excess is dropped, but a stop in the middle of it is heard', async () => {
  const phone = await TestPhone.connect(car().port);
  const startedMs = performance.now();
  for (let i = 0; i < 3000; i++) phone.drive();
  phone.send({ kind: 'stop' });
  await car().requests.first((request) => request.kind === 'stop');
  const seconds = (performance.now() - startedMs) / 1000;
  const allowed = 12 + Math.ceil(seconds * (1000 / rates.driverCommandPeriodMs) * 1.2);
  expect(car().commands.all.length).toBeLessThanOrEqual(allowed);
  // On a busy machine the last of the flood grow stale while the first are read.
  const { excess, stale } = car().remote.counters();
  expect(excess + stale).toBe(3000 - car().commands.all.length);
  expect(excess).toBeGreaterThan(1000);
  expect(phone.socket.readyState).toBe(phone.socket.OPEN);
});

describe('on a clock that the test moves', () => {
  let nowMs = 50_000;
  const still = carForEachTest({ nowMs: () => nowMs });

  /** The car has looked at its phones twice since: it pings them each time. */
  async function looked(phone: TestPhone): Promise<void> {
    for (let i = 0; i < 2; i++) await once(phone.socket, 'ping');
  }
  const kindsSeen = () => still().requests.all.map((request) => request.kind);

  test('a phone that answers no ping for a second is gone', async () => {
    const deaf = await TestPhone.connect(still().port, { autoPong: false });
    const connectedAtMs = nowMs;
    nowMs += 1000;
    // It goes on sending all the while: only the way to it is broken.
    await deaf.settled();
    await looked(deaf);
    expect(kindsSeen()).toEqual(['driver-changed']);
    nowMs += 1;
    const gone = await still().requests.first((request) => request.kind === 'driver-gone');
    expect(gone).toMatchObject({ cause: 'no answer for a second', silentSinceMs: connectedAtMs });
    expect(await deaf.closed).toBe(1006);
  });

  test('a driver whose phone answers pings but whose page is frozen drives no more, and goes on watching', async () => {
    const phone = await TestPhone.connect(still().port);
    await phone.settled();
    const heardAtMs = nowMs;
    // From here on only its network stack speaks.
    nowMs += 1000;
    await looked(phone);
    expect(kindsSeen()).toEqual(['driver-changed']);
    nowMs += 1;
    const gone = await still().requests.first((request) => request.kind === 'driver-gone');
    expect(gone).toMatchObject({ cause: 'its page is silent for a second', silentSinceMs: heardAtMs });
    expect(await phone.messages.first((message) => message.kind === 'welcome' && !message.isDriver)).toBeDefined();
    expect(phone.socket.readyState).toBe(phone.socket.OPEN);
    expect(still().remote.driver()).toBeUndefined();
    phone.drive({ throttle: 1 });
    await phone.settled();
    expect(still().commands.all).toEqual([]);
    phone.send({ kind: 'take-over' });
    await still().requests.count(3);
    expect(kindsSeen()).toEqual(['driver-changed', 'driver-gone', 'driver-changed']);
  });

  test('a page that says as little as a watching page does keeps the lease', async () => {
    const phone = await TestPhone.connect(still().port);
    for (let i = 0; i < 6; i++) {
      nowMs += 500;
      await phone.settled();
      await looked(phone);
    }
    expect(kindsSeen()).toEqual(['driver-changed']);
  });

  test('a delay that the link has all the time shows: half of the quickest way there and back', async () => {
    const phone = await TestPhone.connect(still().port, { autoPong: false });
    const delayMs = 150;
    phone.drive({ sentAtMs: nowMs });
    const [payload] = (await once(phone.socket, 'ping')) as [Buffer];
    nowMs += 2 * delayMs;
    phone.socket.pong(payload);
    phone.drive({ sentAtMs: nowMs });
    await still().commands.count(2);
    expect(still().commands.all.map(({ inputAgeMs }) => inputAgeMs)).toEqual([0, delayMs]);
  });
});

test.each([
  ['not JSON', 'rubbish'],
  ['deep nesting', '['.repeat(8000)],
  ['a throttle out of range', '{"kind":"drive","sequence":1,"steering":0,"throttle":2,"inputAtMs":1,"sentAtMs":1}'],
  ['a throttle of infinity', '{"kind":"drive","sequence":1,"steering":0,"throttle":1e999,"inputAtMs":1,"sentAtMs":1}'],
  ['a throttle in words', '{"kind":"drive","sequence":1,"steering":0,"throttle":"NaN","inputAtMs":1,"sentAtMs":1}'],
  ['no throttle', '{"kind":"drive","sequence":1,"steering":0,"inputAtMs":1,"sentAtMs":1}'],
  ['a time of infinity', '{"kind":"drive","sequence":1,"steering":0,"throttle":1,"inputAtMs":1e999,"sentAtMs":1}'],
  ['an unknown kind', '{"kind":"__proto__","__proto__":{"kind":"stop"}}'],
])('%s is refused and counted; after a few the connection is closed', async (_name, text) => {
  const phone = await TestPhone.connect(car().port);
  for (let i = 0; i < 5; i++) phone.socket.send(text);
  expect(await phone.closed).toBe(1008);
  expect(car().commands.all).toEqual([]);
  expect(car().remote.counters().invalid).toBe(5);
  expect(({} as Record<string, unknown>)['kind']).toBeUndefined();
});

test('a message over 16 KiB closes the connection, and compression is not agreed to', async () => {
  const phone = await TestPhone.connect(car().port);
  expect(phone.socket.extensions).toBe('');
  phone.socket.send('x'.repeat(17 << 10));
  expect(await phone.closed).toBe(1009);
  expect(kinds()).toEqual(['driver-changed', 'driver-gone']);
});

test('telemetry says how many are connected and who drives; events reach everyone', async () => {
  const driver = await TestPhone.connect(car().port);
  const viewer = await TestPhone.connect(car().port);
  car().remote.sendTelemetry({ ...someTelemetry, driver: 'nobody' });
  car().remote.sendEvent({ code: 'armed', atMs: 5 });
  for (const phone of [driver, viewer]) {
    expect(await phone.messages.first((message) => message.kind === 'telemetry')).toMatchObject({
      clients: 2,
      driver: (await driver.welcome()).sessionId,
    });
    expect(await phone.messages.first((message) => message.kind === 'event')).toMatchObject({
      event: { code: 'armed' },
    });
  }
});

test('who comes later is told what was before, once and behind the welcome, and drives or watches all the same', async () => {
  const nowMs = monotonicNowMs();
  for (const agoMs of [900, 600, 300]) car().remote.sendTelemetry({ ...someTelemetry, atMs: nowMs - agoMs });
  const driver = await TestPhone.connect(car().port);
  const viewer = await TestPhone.connect(car().port);
  for (const phone of [driver, viewer]) {
    phone.send({ kind: 'take-over' });
    await phone.settled();
    const heard = phone.messages.all.map(({ kind }) => kind);
    expect(heard.slice(0, 2)).toEqual(['welcome', 'telemetry-history']);
    expect(heard.filter((kind) => kind === 'telemetry-history')).toHaveLength(1);
    const history = phone.messages.all.find((message) => message.kind === 'telemetry-history');
    expect(history?.atMs).toEqual([900, 600, 300].map((agoMs) => Math.floor(nowMs - agoMs)));
  }
});

test('of a car that has just started nothing is told that was before', async () => {
  car().remote.sendTelemetry({ ...someTelemetry, atMs: monotonicNowMs() });
  const phone = await TestPhone.connect(car().port);
  await phone.settled();
  expect(phone.messages.all.map(({ kind }) => kind)).toEqual(['welcome', 'pong']);
});

test('closing lets go of a phone that does not answer', async () => {
  const socket = connect(car().port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(
    `GET /ws/control HTTP/1.1\r\nHost: 127.0.0.1:${car().port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await car().requests.first((request) => request.kind === 'driver-changed');
  const ended = whenClosed(socket);
  socket.resume();
  await car().remote.close();
  await ended;
  expect(kinds()).toEqual(['driver-changed', 'driver-gone']);
});
