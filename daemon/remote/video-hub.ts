import { deflateSync } from 'node:zlib';
import type { RawData, WebSocket } from 'ws';
import { parseUntrustedJson } from '../platform/untrusted-json.ts';
import { distinctLevels, type PictureLevel } from '../protocol/picture-levels.ts';
import { encodeVideoMessage, type VideoHeader, videoAckSchema } from '../protocol/remote-messages.ts';
import { compactJson } from './compact-json.ts';
import { badMessagesAllowed, bytesOf } from './control-client.ts';
import { isNewer, NewestPictures, type Picture } from './newest-pictures.ts';
import type { PlaceHolder, SeatedPhone } from './phone-places.ts';
import { notePicture, type PictureLink, startPictureLink } from './picture-link.ts';
import { PongWatch } from './pong-watch.ts';

/** A slow link may hold a pong back behind a picture; a phone that is gone must not be kept for ever. */
const silenceLimitMs = 10_000;
/** A page that has the picture needs a moment to decode and show it; what is longer (a hidden page) is not the link's. */
const pageTimeCountedMs = 100;

/** A link that needs longer for a whole picture is spared what a header has too much. Others are spared the unpacking. */
const quickLinkMs = 25;

/** Who watches, as the door found out. */
type Visitor = Pick<PlaceHolder, 'deviceId' | 'role'> & {
  /** It reads headers in zlib's format. */
  readonly acceptsDeflate: boolean;
};

interface Viewer {
  readonly visitor: Visitor;
  readonly socket: WebSocket;
  readonly pongs: PongWatch;
  link: PictureLink;
  /** Sent and not yet acknowledged: nothing more goes out before it is. */
  inFlight: { readonly frameId: number; readonly sentAtMs: number } | undefined;
  /** The picture sent last, by its place in the sequence of all pictures; undefined before the first. */
  lastPicture: number | undefined;
  badMessages: number;
}

/**
 * Pictures to the phones on `/ws/video`. Each has one picture in flight and the next one is whatever is newest when it
 * acknowledges: a slow phone sees fewer pictures and smaller ones, never older ones, and no phone waits for another.
 */
export class VideoHub {
  readonly #nowMs: () => number;
  readonly #onLevels: (levels: readonly PictureLevel[]) => void;
  readonly #viewers = new Set<Viewer>();
  readonly #newest = new NewestPictures();

  constructor(options: {
    readonly nowMs: () => number;
    /** The sizes that this hub's phones watch, whenever one may have changed. */
    readonly onLevels: (levels: readonly PictureLevel[]) => void;
  }) {
    this.#nowMs = options.nowMs;
    this.#onLevels = options.onLevels;
  }

  get levels(): readonly PictureLevel[] {
    return distinctLevels([...this.#viewers].map((viewer) => viewer.link.level));
  }

  /** Who has a place here, oldest first. */
  get seated(): SeatedPhone[] {
    return [...this.#viewers].map((viewer) => ({
      deviceId: viewer.visitor.deviceId,
      role: viewer.visitor.role,
      isDriving: false,
      sendAway: () => this.#cutOff(viewer),
    }));
  }

  adopt(socket: WebSocket, visitor: Visitor): void {
    const viewer: Viewer = {
      socket,
      visitor,
      pongs: new PongWatch(silenceLimitMs),
      link: startPictureLink(this.#nowMs()),
      inFlight: undefined,
      lastPicture: undefined,
      badMessages: 0,
    };
    this.#viewers.add(viewer);
    socket.on('message', (data, isBinary) => this.#acknowledge(viewer, data, isBinary));
    socket.on('pong', (payload) => viewer.pongs.answered(payload.toString('latin1'), this.#nowMs()));
    socket.on('close', () => this.#leave(viewer));
    socket.on('error', () => this.#leave(viewer));
    socket.ping(viewer.pongs.pinged(this.#nowMs()));
    this.#onLevels(this.levels);
    this.#feed(viewer);
  }

  show(level: PictureLevel, header: VideoHeader, jpeg: Uint8Array): void {
    this.#newest.add({ level, header, jpeg, handedInAtMs: this.#nowMs() });
    for (const viewer of this.#viewers) this.#feed(viewer);
  }

  checkLiveness(): void {
    const nowMs = this.#nowMs();
    for (const viewer of [...this.#viewers]) {
      if (viewer.pongs.silent(nowMs)) {
        this.#cutOff(viewer);
      } else if (viewer.socket.readyState === viewer.socket.OPEN) {
        viewer.socket.ping(viewer.pongs.pinged(nowMs));
      }
    }
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.socket.close(1001, 'the car is shutting down');
    this.#viewers.clear();
  }

  #cutOff(viewer: Viewer): void {
    this.#leave(viewer);
    viewer.socket.terminate();
  }

  #leave(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    // Who comes when nobody has watched for a while must not be shown the past.
    if (this.#viewers.size === 0) this.#newest.forget();
    this.#onLevels(this.levels);
  }

  #feed(viewer: Viewer): void {
    const picture = this.#newest.for(viewer.link.level);
    if (picture === undefined || viewer.inFlight !== undefined || !isNewer(picture, viewer.lastPicture)) return;
    // Anything still in our own buffers (a ping, say) means that the link is behind: the next picture tries again.
    if (viewer.socket.readyState !== viewer.socket.OPEN || viewer.socket.bufferedAmount > 0) return;
    const sentAtMs = this.#nowMs();
    viewer.inFlight = { frameId: picture.header.frameId, sentAtMs };
    viewer.lastPicture = picture.place;
    viewer.socket.send(videoMessage(picture, sentAtMs, viewer.visitor.acceptsDeflate && !isQuick(viewer.link)));
  }

  #acknowledge(viewer: Viewer, data: RawData, isBinary: boolean): void {
    const json = isBinary ? undefined : parseUntrustedJson(bytesOf(data));
    const ack = json?.ok === true ? videoAckSchema.safeParse(json.value) : undefined;
    if (ack?.success !== true) {
      viewer.badMessages++;
      if (viewer.badMessages >= badMessagesAllowed) viewer.socket.close(1008, 'too many bad messages');
      return;
    }
    if (viewer.inFlight === undefined || ack.data.frameId !== viewer.inFlight.frameId) return;
    const nowMs = this.#nowMs();
    const heldMs = ack.data.heldMs ?? 0;
    const onTheWayMs = nowMs - viewer.inFlight.sentAtMs - heldMs - (viewer.pongs.smallestRoundTripMs ?? 0);
    viewer.inFlight = undefined;
    const { level } = viewer.link;
    viewer.link = notePicture(viewer.link, Math.max(0, onTheWayMs) + Math.min(heldMs, pageTimeCountedMs), nowMs);
    if (viewer.link.level !== level) this.#onLevels(this.levels);
    this.#feed(viewer);
  }
}

function isQuick({ level, transferMs }: PictureLink): boolean {
  return level === 'full' && transferMs !== undefined && transferMs <= quickLinkMs;
}

function videoMessage({ header, jpeg, handedInAtMs }: Picture, nowMs: number, deflated: boolean): Uint8Array {
  const ageMs = header.ageMs + (nowMs - handedInAtMs);
  const json = Buffer.from(compactJson({ ...header, ageMs }), 'utf8');
  return encodeVideoMessage(deflated ? deflateSync(json) : json, jpeg);
}
