import type { RawData, WebSocket } from 'ws';
import { parseJson } from '../platform/line-channel.ts';
import { encodeVideoMessage, type VideoHeader, videoAckSchema } from '../protocol/remote-messages.ts';
import { badMessagesAllowed } from './control-client.ts';
import { PongWatch } from './pong-watch.ts';

/** A slow link may hold a pong back behind a picture; a phone that is gone must not be kept for ever. */
const silenceLimitMs = 10_000;

interface Viewer {
  readonly socket: WebSocket;
  readonly pongs: PongWatch;
  /** Sent and not yet acknowledged: nothing more goes out before it is. */
  inFlight: number | undefined;
  /** The picture sent last, by its place in the sequence of all pictures. */
  lastPicture: number;
  badMessages: number;
}

interface Picture {
  readonly place: number;
  readonly header: VideoHeader;
  readonly jpeg: Uint8Array;
  readonly handedInAtMs: number;
}

/**
 * Pictures to the phones on `/ws/video`. Each has one picture in flight and the next one is whatever is newest when it
 * acknowledges: a slow phone sees fewer pictures, never older ones, and no phone waits for another.
 */
export class VideoHub {
  readonly #nowMs: () => number;
  readonly #viewers = new Set<Viewer>();
  #newest: Picture | undefined;

  constructor(options: { nowMs: () => number }) {
    this.#nowMs = options.nowMs;
  }

  get count(): number {
    return this.#viewers.size;
  }

  adopt(socket: WebSocket): void {
    const viewer: Viewer = {
      socket,
      pongs: new PongWatch(silenceLimitMs),
      inFlight: undefined,
      lastPicture: -1,
      badMessages: 0,
    };
    this.#viewers.add(viewer);
    socket.on('message', (data, isBinary) => this.#acknowledge(viewer, data, isBinary));
    socket.on('pong', (payload) => viewer.pongs.answered(payload.toString('latin1'), this.#nowMs()));
    socket.on('close', () => this.#viewers.delete(viewer));
    socket.on('error', () => this.#viewers.delete(viewer));
    this.#feed(viewer);
  }

  show(header: VideoHeader, jpeg: Uint8Array): void {
    this.#newest = { place: (this.#newest?.place ?? -1) + 1, header, jpeg, handedInAtMs: this.#nowMs() };
    for (const viewer of this.#viewers) this.#feed(viewer);
  }

  checkLiveness(): void {
    const nowMs = this.#nowMs();
    for (const viewer of [...this.#viewers]) {
      if (viewer.pongs.silent(nowMs)) {
        this.#viewers.delete(viewer);
        viewer.socket.terminate();
      } else if (viewer.socket.readyState === viewer.socket.OPEN) {
        viewer.socket.ping(viewer.pongs.pinged(nowMs));
      }
    }
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.socket.close(1001, 'the car is shutting down');
    this.#viewers.clear();
  }

  #feed(viewer: Viewer): void {
    const picture = this.#newest;
    if (picture === undefined || picture.place === viewer.lastPicture || viewer.inFlight !== undefined) return;
    // Anything still in our own buffers (a ping, say) means that the link is behind: the next picture tries again.
    if (viewer.socket.readyState !== viewer.socket.OPEN || viewer.socket.bufferedAmount > 0) return;
    const ageMs = picture.header.ageMs + (this.#nowMs() - picture.handedInAtMs);
    const header = Buffer.from(JSON.stringify({ ...picture.header, ageMs }), 'utf8');
    viewer.inFlight = picture.header.frameId;
    viewer.lastPicture = picture.place;
    viewer.socket.send(encodeVideoMessage(header, picture.jpeg));
  }

  #acknowledge(viewer: Viewer, data: RawData, isBinary: boolean): void {
    const json = isBinary ? undefined : parseJson(data.toString());
    const ack = json?.ok === true ? videoAckSchema.safeParse(json.value) : undefined;
    if (ack?.success !== true) {
      viewer.badMessages++;
      if (viewer.badMessages >= badMessagesAllowed) viewer.socket.close(1008, 'too many bad messages');
      return;
    }
    if (ack.data.frameId !== viewer.inFlight) return;
    viewer.inFlight = undefined;
    this.#feed(viewer);
  }
}
