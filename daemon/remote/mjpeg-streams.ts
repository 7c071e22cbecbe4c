import type { ServerResponse } from 'node:http';
import { distinctLevels, type PictureLevel } from '../protocol/picture-levels.ts';
import type { VideoHeader } from '../protocol/remote-messages.ts';
import { safetyHeaders } from './http-answers.ts';
import { isNewer, NewestPictures } from './newest-pictures.ts';
import type { PlaceHolder, SeatedPhone } from './phone-places.ts';

/** A program that takes nothing for so long is gone, or stands still. */
const stuckLimitMs = 10_000;
const boundary = 'picture';

/** Who watches, as the door found out. */
type Visitor = Pick<PlaceHolder, 'deviceId' | 'role'>;

interface Stream {
  readonly response: ServerResponse;
  readonly visitor: Visitor;
  readonly level: PictureLevel;
  /** The picture sent last, by its place in the sequence of all pictures; undefined before the first. */
  lastPicture: number | undefined;
  /** Since when it has not taken what was written; undefined while it keeps up. */
  behindSinceMs: number | undefined;
}

/**
 * MJPEG for other programs (`GET /video.mjpg`): OpenCV, ffmpeg, VLC, an `<img>`. Each picture once, when it is new; a
 * program that does not keep up misses some. Where age matters more than simplicity, `/ws/video` is better: without an
 * acknowledgement, the network's own buffers may hold pictures that nobody has seen.
 */
export class MjpegStreams {
  readonly #nowMs: () => number;
  readonly #onLevels: () => void;
  readonly #streams = new Set<Stream>();
  readonly #newest = new NewestPictures();

  constructor(options: { readonly nowMs: () => number; readonly onLevels: () => void }) {
    this.#nowMs = options.nowMs;
    this.#onLevels = options.onLevels;
  }

  /** Who has a place here, oldest first. */
  get seated(): SeatedPhone[] {
    return [...this.#streams].map((stream) => ({
      deviceId: stream.visitor.deviceId,
      role: stream.visitor.role,
      isDriving: false,
      sendAway: () => this.#cutOff(stream),
    }));
  }

  get levels(): readonly PictureLevel[] {
    return distinctLevels([...this.#streams].map((stream) => stream.level));
  }

  /** Takes the answer over, until the other end or `close` ends it. */
  adopt(response: ServerResponse, level: PictureLevel, visitor: Visitor): void {
    const stream: Stream = { response, visitor, level, lastPicture: undefined, behindSinceMs: undefined };
    this.#streams.add(stream);
    response.on('drain', () => {
      stream.behindSinceMs = undefined;
      this.#feed(stream);
    });
    response.on('close', () => this.#leave(stream));
    response.on('error', () => this.#leave(stream));
    // Many a small program that reads MJPEG does not know chunks.
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, {
      ...safetyHeaders,
      'Content-Type': `multipart/x-mixed-replace; boundary=${boundary}`,
      'Cache-Control': 'no-store',
      Connection: 'close',
    });
    response.write(`--${boundary}\r\n`);
    this.#onLevels();
    this.#feed(stream);
  }

  show(level: PictureLevel, header: VideoHeader, jpeg: Uint8Array): void {
    this.#newest.add({ level, header, jpeg, handedInAtMs: this.#nowMs() });
    for (const stream of this.#streams) this.#feed(stream);
  }

  /** To be called several times a second: lets go of programs that have stopped reading. */
  checkLiveness(): void {
    const nowMs = this.#nowMs();
    for (const stream of [...this.#streams]) {
      if (stream.behindSinceMs === undefined || nowMs - stream.behindSinceMs <= stuckLimitMs) continue;
      this.#cutOff(stream);
    }
  }

  close(): void {
    for (const stream of [...this.#streams]) stream.response.end();
    this.#streams.clear();
  }

  #cutOff(stream: Stream): void {
    this.#leave(stream);
    stream.response.destroy();
  }

  #leave(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    if (this.#streams.size === 0) this.#newest.forget();
    this.#onLevels();
  }

  #feed(stream: Stream): void {
    const picture = this.#newest.for(stream.level);
    if (picture === undefined || stream.behindSinceMs !== undefined || !isNewer(picture, stream.lastPicture)) return;
    stream.lastPicture = picture.place;
    const { header, jpeg } = picture;
    const head =
      `Content-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n` +
      `X-Frame-Id: ${header.frameId}\r\nX-Captured-At-Ms: ${header.capturedAtMs}\r\n\r\n`;
    // The boundary at once: a browser shows a picture when the next part begins, not when this one ends.
    const part = Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${boundary}\r\n`)]);
    if (!stream.response.write(part)) stream.behindSinceMs = this.#nowMs();
  }
}
