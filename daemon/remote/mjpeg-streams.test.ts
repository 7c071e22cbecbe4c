import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { VideoHeader } from '../protocol/remote-messages.ts';
import { carForEachTest, Inbox } from './testing/phone.ts';

const car = carForEachTest();

const header = (frameId: number): VideoHeader => ({
  ...{ frameId, capturedAtMs: frameId, ageMs: 1 },
  ...{ widthPx: 8, heightPx: 6, frameWidthPx: 8, frameHeightPx: 6 },
});

interface Part {
  readonly frameId: number;
  readonly bytes: Buffer;
}

/** Reads the stream as a program would: boundary, headers, as many bytes as they say. */
async function watch(query = ''): Promise<{ parts: Inbox<Part>; response: IncomingMessage }> {
  const request = httpRequest({ host: '127.0.0.1', port: car().port, path: `/video.mjpg${query}`, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  const parts = new Inbox<Part>();
  let rest = Buffer.alloc(0);
  response.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const headEnd = rest.indexOf('\r\n\r\n');
      const head = rest.subarray(0, Math.max(0, headEnd)).toString();
      const bytes = Number(/Content-Length: (\d+)/.exec(head)?.[1]);
      if (headEnd < 0 || rest.length < headEnd + 4 + bytes) return;
      expect(head).toMatch(/^\s*--picture\r\nContent-Type: image\/jpeg\r\n/);
      parts.push({
        frameId: Number(/X-Frame-Id: (\d+)/.exec(head)?.[1]),
        bytes: rest.subarray(headEnd + 4, headEnd + 4 + bytes),
      });
      rest = rest.subarray(headEnd + 4 + bytes);
    }
  });
  return { parts, response };
}

test('each new picture comes once, whole', async () => {
  const { parts, response } = await watch();
  expect(response.headers['content-type']).toBe('multipart/x-mixed-replace; boundary=picture');
  expect(response.headers['cache-control']).toBe('no-store');
  await car().pictureLevels.first((levels) => levels.includes('full'));
  for (let id = 1; id <= 5; id++) {
    car().remote.sendPicture('full', header(id), Buffer.alloc(1000, id));
    // The same frame in another size is no new picture.
    car().remote.sendPicture('small', header(id), Buffer.alloc(10, 99));
    await parts.count(id);
  }
  expect(parts.all.map((part) => part.frameId)).toEqual([1, 2, 3, 4, 5]);
  expect(parts.all.every((part) => part.bytes.equals(Buffer.alloc(1000, part.frameId)))).toBe(true);
  response.destroy();
});

test('a size may be chosen; another word is refused', async () => {
  const { parts, response } = await watch('?size=small');
  await car().pictureLevels.first((levels) => levels.includes('small'));
  car().remote.sendPicture('full', header(1), Buffer.alloc(1000));
  car().remote.sendPicture('small', header(1), Buffer.alloc(10));
  car().remote.sendPicture('small', header(2), Buffer.alloc(10));
  await parts.first((part) => part.frameId === 2 && part.bytes.length === 10);
  response.destroy();
  expect((await watch('?size=huge')).response.statusCode).toBe(400);
});

test('a program that goes ends its stream, and nothing is encoded for it any more', async () => {
  const { response } = await watch();
  await car().pictureLevels.first((levels) => levels.length === 1);
  response.destroy();
  await car().pictureLevels.first((levels) => levels.length === 0);
});

test.each([
  { who: 'a program', offer: '' },
  {
    who: 'one that offers HTTP/2',
    offer: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
  },
])('$who that does not read holds up neither memory nor another, and then sees the newest', async ({ offer }) => {
  const asleep = connect(car().port, '127.0.0.1');
  asleep.pause();
  asleep.write(`GET /video.mjpg HTTP/1.1\r\nHost: 127.0.0.1:${car().port}\r\n${offer}\r\n`);
  await once(asleep, 'connect');
  await car().pictureLevels.first((levels) => levels.length === 1);
  const awake = await watch();
  const pictures = 40;
  for (let id = 1; id <= pictures; id++) {
    car().remote.sendPicture('full', header(id), Buffer.alloc(1 << 20, id));
    await awake.parts.first((part) => part.frameId === id);
    awake.parts.all.splice(0);
  }
  const newest = Buffer.from(`X-Frame-Id: ${pictures}\r\n`);
  let received = 0;
  // What the network's buffers held, and then the newest: nothing was kept for it in between.
  for (let tail = Buffer.alloc(0); !tail.includes(newest); ) {
    const [chunk] = (await once(asleep.resume(), 'data')) as [Buffer];
    received += chunk.length;
    tail = Buffer.concat([tail.subarray(-newest.length), chunk]);
  }
  expect(received).toBeLessThan((pictures / 2) << 20);
  asleep.destroy();
  awake.response.destroy();
});

test('there is room for a few', async () => {
  const streams = await Promise.all(Array.from({ length: 9 }, () => watch()));
  expect(streams.map(({ response }) => response.statusCode).sort()).toEqual([...Array(8).fill(200), 503]);
  for (const { response } of streams) response.destroy();
});

test('a picture of another site gets none, and takes no place', async () => {
  for (const site of ['cross-site', 'same-site']) {
    const request = httpRequest({
      ...{ host: '127.0.0.1', port: car().port, path: '/video.mjpg', agent: false },
      headers: { 'Sec-Fetch-Site': site },
    }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(403);
  }
  expect(car().pictureLevels.all).toEqual([]);
});
