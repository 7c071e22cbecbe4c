import { inflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { monotonicNowMs } from '../platform/clock.ts';
import { type CarLink, type Connection, openCarLink } from '../protocol/car-link.ts';
import { type CarPictures, openCarPictures, type ReceivedPicture } from '../protocol/car-pictures.ts';
import { linkClockOf } from '../protocol/link-port.ts';
import type { ServerMessage } from '../protocol/remote-messages.ts';
import { Inbox, someTelemetry, startTestCar, type TestCar } from './testing/phone.ts';

/** The typed client as a program in Node uses it, against the real remote. */
const clock = linkClockOf(globalThis);

let car: TestCar;
let link: CarLink | undefined;
let pictures: CarPictures | undefined;
beforeEach(async () => {
  car = await startTestCar();
});
afterEach(async () => {
  link?.close();
  pictures?.close();
  await car.remote.close();
});
const socket = (path: string) => new WebSocket(`ws://127.0.0.1:${car.port}${path}`);

test('connects, drives, hears of the car', async () => {
  const messages = new Inbox<ServerMessage>();
  const connections = new Inbox<Connection>();
  link = openCarLink({
    clock,
    open: () => socket('/ws/control'),
    onConnection: (connection) => connections.push(connection),
    onMessage: (message) => messages.push(message),
  });
  await connections.first((connection) => connection === 'connected');
  const sentAtMs = performance.now();
  link.send({ kind: 'drive', sequence: 1, steering: 0.5, throttle: 0.25, inputAtMs: sentAtMs, sentAtMs });
  await car.commands.count(1);
  expect(car.commands.all[0]).toMatchObject({ steering: 0.5, throttle: 0.25 });
  car.remote.sendTelemetry(someTelemetry);
  expect(await messages.first(({ kind }) => kind === 'telemetry')).toMatchObject({ mode: 'disarmed', clients: 1 });
});

test('a picture comes with its header, and the next one once it is acknowledged', async () => {
  const received = new Inbox<ReceivedPicture>();
  const decoder = new TextDecoder();
  pictures = openCarPictures({
    clock,
    open: () => socket('/ws/video'),
    decodeText: (bytes) => decoder.decode(bytes),
    onPicture: (picture) => received.push(picture),
  });
  await car.pictureLevels.count(1);
  const size = { widthPx: 4, heightPx: 3, frameWidthPx: 4, frameHeightPx: 3 };
  for (const frameId of [1, 2, 3]) {
    car.remote.sendPicture('full', { frameId, capturedAtMs: 0, ageMs: 1, ...size }, Uint8Array.of(frameId));
  }
  await received.count(1);
  const [first] = received.all;
  expect([first?.header.frameId, ...(first?.jpeg ?? [])]).toEqual([1, 1]);
  first?.acknowledge();
  await received.count(2);
  // The second was overtaken.
  expect(received.all[1]?.header.frameId).toBe(3);
});

const inflate = (bytes: Uint8Array) => inflateSync(bytes).toString();

test('who accepts zlib’s format hears the same of the car, in fewer bytes', async () => {
  const messages = new Inbox<ServerMessage>();
  const received = new Inbox<{ readonly isBinary: boolean; readonly bytes: number }>();
  link = openCarLink({
    clock,
    open: () => {
      const opened = socket('/ws/control?client=0123456789abcdef&encoding=deflate');
      opened.on('message', (data: ArrayBuffer | Buffer, isBinary) =>
        received.push({ isBinary, bytes: data.byteLength }),
      );
      return opened;
    },
    inflate,
    onConnection: () => {},
    onMessage: (message) => messages.push(message),
  });
  await messages.first(({ kind }) => kind === 'welcome');
  const cone = { xM: 1.5, yM: -0.25, colour: 'yellow' as const };
  const plan = { cones: Array.from({ length: 30 }, () => cone), centreLine: [], speedMps: 1, because: 'curve' };
  car.remote.sendTelemetry({ ...someTelemetry, plan });
  expect(await messages.first(({ kind }) => kind === 'telemetry')).toMatchObject({ plan, clients: 1 });
  expect(received.all.map(({ isBinary }) => isBinary)).toEqual([false, true]);
  expect(received.all[1]?.bytes).toBeLessThan(JSON.stringify(plan).length / 2);
});

test('what was before comes in zlib’s format, too', async () => {
  const nowMs = monotonicNowMs();
  for (const agoMs of [600, 300]) car.remote.sendTelemetry({ ...someTelemetry, atMs: nowMs - agoMs });
  const messages = new Inbox<ServerMessage>();
  const isBinary = new Inbox<boolean>();
  link = openCarLink({
    clock,
    open: () => {
      const opened = socket('/ws/control?encoding=deflate');
      opened.on('message', (_data, binary) => isBinary.push(binary));
      return opened;
    },
    inflate,
    onConnection: () => {},
    onMessage: (message) => messages.push(message),
  });
  const history = await messages.first((message) => message.kind === 'telemetry-history');
  expect(history).toMatchObject({ throttleGiven: [0, 0] });
  expect(isBinary.all).toEqual([false, true]);
});

test('what cannot be unpacked is told and dropped', async () => {
  const unknown = new Inbox<string>();
  link = openCarLink({
    clock,
    open: () => socket('/ws/control?encoding=deflate'),
    inflate: () => {
      throw new Error('invalid data');
    },
    onConnection: () => {},
    onMessage: () => {},
    onUnknown: (why) => unknown.push(why),
  });
  await car.clientCounts.first((count) => count === 1);
  car.remote.sendTelemetry(someTelemetry);
  await unknown.count(1);
});

test('the header of a picture comes in zlib’s format to those alone who accept it', async () => {
  const accepts = new Inbox<ReceivedPicture>();
  const acceptsNot = new Inbox<Buffer>();
  const plain = socket('/ws/video');
  plain.on('message', (data: Buffer) => acceptsNot.push(data));
  pictures = openCarPictures({
    clock,
    open: () => socket('/ws/video?encoding=deflate'),
    decodeText: () => {
      throw new Error('it is packed');
    },
    inflate,
    onPicture: (picture) => accepts.push(picture),
  });
  const size = { widthPx: 4, heightPx: 3, frameWidthPx: 4, frameHeightPx: 3 };
  car.remote.sendPicture('full', { frameId: 7, capturedAtMs: 0, ageMs: 1, ...size }, Uint8Array.of(9));
  await accepts.count(1);
  expect([accepts.all[0]?.header.frameId, ...(accepts.all[0]?.jpeg ?? [])]).toEqual([7, 9]);
  await acceptsNot.count(1);
  expect(acceptsNot.all[0]?.toString('latin1', 4, 5)).toBe('{');
  plain.terminate();
});
