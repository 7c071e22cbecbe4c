import { backOffMs, type LinkClock, type LinkSocket, socketOpen } from './link-port.ts';
import {
  isDeflated,
  splitVideoMessage,
  type VideoAck,
  type VideoHeader,
  videoHeaderSchema,
} from './remote-messages.ts';

export interface ReceivedPicture {
  readonly header: VideoHeader;
  readonly jpeg: Uint8Array<ArrayBuffer>;
  readonly receivedAtMs: number;
  /** Shown, or given up: the car may send the newest one. */
  acknowledge(): void;
}

export interface CarPictures {
  /** Opens a fresh connection: when the control connection was lost, this one most likely is, too. */
  restart(): void;
  /** For good. */
  close(): void;
}

/**
 * The pictures of the car, each with what belongs to it. The next one comes when the last was acknowledged, and is then the
 * newest there is.
 */
export function openCarPictures(options: {
  /** Opens a WebSocket to `/ws/video`. */
  readonly open: () => LinkSocket;
  readonly clock: LinkClock;
  /** UTF-8; browsers and Node have it as TextDecoder. */
  readonly decodeText: (bytes: Uint8Array) => string;
  /** Where the URL says `?encoding=deflate`: as `decodeText`, of bytes in zlib's format (RFC 1950). */
  readonly inflate?: (bytes: Uint8Array) => string;
  readonly onPicture: (picture: ReceivedPicture) => void;
}): CarPictures {
  const { clock, onPicture } = options;
  let socket: LinkSocket | undefined;
  let failures = 0;
  let closed = false;
  let forgetRetry = (): void => {};

  const connect = (): void => {
    forgetRetry();
    if (closed) return;
    const opened = options.open();
    socket = opened;
    opened.binaryType = 'arraybuffer';
    opened.addEventListener('message', ({ data }) => {
      if (socket !== opened || !(data instanceof ArrayBuffer)) return;
      failures = 0;
      const picture = parsePicture(new Uint8Array(data), options);
      if (picture === undefined) return;
      const receivedAtMs = clock.nowMs();
      onPicture({
        ...picture,
        receivedAtMs,
        acknowledge() {
          if (opened.readyState !== socketOpen) return;
          const heldMs = clock.nowMs() - receivedAtMs;
          const ack: VideoAck = { kind: 'ack', frameId: picture.header.frameId, heldMs };
          opened.send(JSON.stringify(ack));
        },
      });
    });
    opened.addEventListener('close', () => {
      if (socket !== opened) return;
      socket = undefined;
      if (!closed) forgetRetry = clock.after(backOffMs(failures++), connect);
    });
    opened.addEventListener('error', () => {});
  };
  connect();

  const drop = (): void => {
    const old = socket;
    socket = undefined;
    old?.close();
  };
  return {
    restart() {
      drop();
      connect();
    },
    close() {
      closed = true;
      forgetRetry();
      drop();
    },
  };
}

/** Undefined for a message that is none. */
function parsePicture(
  message: Uint8Array<ArrayBuffer>,
  { decodeText, inflate }: Pick<Parameters<typeof openCarPictures>[0], 'decodeText' | 'inflate'>,
): { header: VideoHeader; jpeg: Uint8Array<ArrayBuffer> } | undefined {
  try {
    const { headerJson, jpeg } = splitVideoMessage(message);
    const read = isDeflated(headerJson) ? inflate : decodeText;
    if (read === undefined) return undefined;
    const header = videoHeaderSchema.safeParse(JSON.parse(read(headerJson)));
    if (!header.success) return undefined;
    return { header: header.data, jpeg: new Uint8Array(message.buffer, jpeg.byteOffset, jpeg.byteLength) };
  } catch {
    return undefined;
  }
}
