import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { splitVideoMessage, type VideoHeader, videoHeaderSchema } from '../protocol/remote-messages.ts';
import { carForEachTest, Inbox } from './testing/phone.ts';

const car = carForEachTest();

const header = (frameId: number): VideoHeader => ({
  frameId,
  capturedAtMs: frameId,
  ageMs: 30,
  widthPx: 8,
  heightPx: 6,
  frameWidthPx: 8,
  frameHeightPx: 6,
});

async function watch() {
  const pictures = new Inbox<{ header: VideoHeader; jpeg: Uint8Array }>();
  const socket = new WebSocket(`ws://127.0.0.1:${car().port}/ws/video`);
  socket.binaryType = 'nodebuffer';
  socket.on('message', (data: Buffer) => {
    const { headerJson, jpeg } = splitVideoMessage(data);
    pictures.push({ header: videoHeaderSchema.parse(JSON.parse(Buffer.from(headerJson).toString())), jpeg });
  });
  await once(socket, 'open');
  const acknowledge = (frameId: number) => socket.send(JSON.stringify({ kind: 'ack', frameId }));
  /** Resolves when the server has handled everything sent before: pongs keep their place in the queue. */
  const settled = async () => {
    socket.ping();
    await once(socket, 'pong');
  };
  return { socket, pictures, acknowledge, settled };
}

test('a picture arrives as it was sent, with its age', async () => {
  const phone = await watch();
  await phone.settled();
  car().remote.sendPicture('full', header(7), Uint8Array.of(1, 2, 3));
  await phone.pictures.count(1);
  expect(phone.pictures.all[0]?.header).toMatchObject({ frameId: 7, capturedAtMs: 7 });
  expect(phone.pictures.all[0]?.header.ageMs).toBeGreaterThanOrEqual(30);
  expect([...(phone.pictures.all[0]?.jpeg ?? [])]).toEqual([1, 2, 3]);
});

test('one picture is in flight, the newest comes next, and its age counts the wait', async () => {
  const phone = await watch();
  await phone.settled();
  for (let id = 0; id < 50; id++) car().remote.sendPicture('full', header(id), Uint8Array.of(id));
  await phone.settled();
  expect(phone.pictures.all.map((picture) => picture.header.frameId)).toEqual([0]);
  // An acknowledgement of some other frame frees nothing.
  phone.acknowledge(33);
  await phone.settled();
  expect(phone.pictures.all).toHaveLength(1);
  phone.acknowledge(0);
  await phone.pictures.count(2);
  expect(phone.pictures.all[1]?.header.frameId).toBe(49);
  expect(phone.pictures.all[1]?.header.ageMs).toBeGreaterThan(30);
  // Nothing newer: the same picture is not sent twice.
  phone.acknowledge(49);
  await phone.settled();
  expect(phone.pictures.all).toHaveLength(2);
});

test('a phone that never acknowledges does not hold up another', async () => {
  const slow = await watch();
  const quick = await watch();
  quick.socket.on('message', () => quick.acknowledge(quick.pictures.all.at(-1)?.header.frameId ?? 0));
  await slow.settled();
  await quick.settled();
  for (let id = 0; id < 20; id++) {
    car().remote.sendPicture('full', header(id), new Uint8Array(20_000));
    await quick.pictures.first((picture) => picture.header.frameId === id);
    await quick.settled();
  }
  expect(quick.pictures.all).toHaveLength(20);
  expect(slow.pictures.all).toHaveLength(1);
});

test('a phone that connects later sees the newest picture at once', async () => {
  car().remote.sendPicture('full', header(3), Uint8Array.of(3));
  const phone = await watch();
  await phone.pictures.count(1);
  expect(phone.pictures.all[0]?.header.frameId).toBe(3);
});

test('rubbish instead of acknowledgements closes the connection', async () => {
  const phone = await watch();
  for (let i = 0; i < 5; i++) phone.socket.send('{"kind":"nack"}');
  const [code] = await once(phone.socket, 'close');
  expect(code).toBe(1008);
});
