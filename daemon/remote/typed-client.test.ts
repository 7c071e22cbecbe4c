import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
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
