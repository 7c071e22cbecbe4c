import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type PictureLevel, pictureLevels } from '../protocol/picture-levels.ts';
import { splitVideoMessage, type VideoHeader, videoHeaderSchema } from '../protocol/remote-messages.ts';
import { Inbox } from './testing/phone.ts';
import { VideoHub } from './video-hub.ts';

/** The hub with real sockets and a clock that only the tests move: how slow a phone is, they decide. */
let nowMs = 0;
let hub: VideoHub;
let server: WebSocketServer;
let told: Inbox<readonly PictureLevel[]>;

beforeEach(async () => {
  nowMs = 1000;
  told = new Inbox();
  hub = new VideoHub({ nowMs: () => nowMs, onLevels: (levels) => told.push(levels) });
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) =>
    hub.adopt(socket, { deviceId: undefined, role: 'viewer', acceptsDeflate: false }),
  );
  await once(server, 'listening');
});

afterEach(() => {
  hub.close();
  server.close();
  for (const socket of server.clients) socket.terminate();
});

class Phone {
  readonly pictures = new Inbox<{ header: VideoHeader; level: PictureLevel | undefined }>();
  readonly socket: WebSocket;

  constructor() {
    this.socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    this.socket.binaryType = 'nodebuffer';
    this.socket.on('message', (data: Buffer) => {
      const { headerJson, jpeg } = splitVideoMessage(data);
      const header = videoHeaderSchema.parse(JSON.parse(Buffer.from(headerJson).toString()));
      this.pictures.push({ header, level: pictureLevels[jpeg[0] ?? -1] });
    });
  }

  static async watch(): Promise<Phone> {
    const phone = new Phone();
    await once(phone.socket, 'open');
    await phone.settled();
    return phone;
  }

  /** Everything sent before has been handled: pongs keep their place in the queue. */
  async settled(): Promise<void> {
    this.socket.ping();
    await once(this.socket, 'pong');
  }

  async acknowledge(heldMs = 0): Promise<void> {
    const frameId = this.pictures.all.at(-1)?.header.frameId ?? 0;
    this.socket.send(JSON.stringify({ kind: 'ack', frameId, heldMs }));
    await this.settled();
  }
}

let frameId = 0;
/** One camera frame in every size that is watched, as perception makes them. */
function film(): number {
  frameId++;
  for (const level of hub.levels) {
    const size = { widthPx: 8, heightPx: 6, frameWidthPx: 8, frameHeightPx: 6 };
    hub.show(level, { frameId, capturedAtMs: nowMs, ageMs: 0, ...size }, Uint8Array.of(pictureLevels.indexOf(level)));
  }
  return frameId;
}

describe('sizes of the picture', () => {
  test('a slow phone gets fewer and smaller pictures, the newest each time, and takes none from a quick one', async () => {
    const quick = await Phone.watch();
    const slow = await Phone.watch();
    for (let frame = 0; frame < 60; frame++) {
      const id = film();
      await quick.pictures.first((picture) => picture.header.frameId === id);
      await quick.acknowledge();
      nowMs += 50;
      // Each picture takes 500 ms to the slow phone, until they are small.
      if (frame % 10 === 9) {
        await slow.acknowledge();
        expect(slow.pictures.all.at(-1)?.header.frameId).toBe(id);
      }
    }
    expect(quick.pictures.all).toHaveLength(60);
    expect(new Set(quick.pictures.all.map((picture) => picture.level))).toEqual(new Set(['full']));
    expect(slow.pictures.all).toHaveLength(7);
    expect(slow.pictures.all.at(-1)?.level).toBe('tiny');
    expect(hub.levels).toEqual(['full', 'tiny']);
  });

  test('a page that was hidden is not taken for a slow link', async () => {
    const phone = await Phone.watch();
    for (let i = 0; i < 20; i++) {
      film();
      await phone.pictures.count(i + 1);
      nowMs += 60_000;
      await phone.acknowledge(60_000);
    }
    expect(hub.levels).toEqual(['full']);
  });

  test('are asked for as long as somebody watches them', async () => {
    const phone = await Phone.watch();
    expect(told.all.at(-1)).toEqual(['full']);
    film();
    await phone.pictures.count(1);
    nowMs += 2000;
    await phone.acknowledge();
    expect(told.all.at(-1)).toEqual(['medium']);
    phone.socket.close();
    await told.first((levels) => levels.length === 0);
    expect(hub.seated).toEqual([]);
  });

  test('a size that is not made yet does not leave the phone without a picture', async () => {
    const phone = await Phone.watch();
    film();
    await phone.pictures.count(1);
    nowMs += 2000;
    await phone.acknowledge();
    const size = { widthPx: 8, heightPx: 6, frameWidthPx: 8, frameHeightPx: 6 };
    hub.show('full', { frameId: 9999, capturedAtMs: nowMs, ageMs: 0, ...size }, Uint8Array.of(0));
    await phone.pictures.first((picture) => picture.header.frameId === 9999);
  });
});
