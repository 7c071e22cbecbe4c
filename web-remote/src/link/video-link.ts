import {
  splitVideoMessage,
  type VideoAck,
  type VideoHeader,
  videoHeaderSchema,
} from '../../../daemon/protocol/remote-messages.ts';
import { backOffMs } from './back-off.ts';

export interface ReceivedPicture {
  readonly header: VideoHeader;
  readonly jpeg: Uint8Array<ArrayBuffer>;
  readonly receivedAtMs: number;
  /** Shown, or given up: the car may send the newest one. */
  acknowledge(): void;
}

export interface VideoLink {
  /** Opens a fresh connection: when the control connection was lost, this one most likely is, too. */
  restart(): void;
}

export function openVideoLink(options: {
  readonly url: string;
  readonly onPicture: (picture: ReceivedPicture) => void;
}): VideoLink {
  let socket: WebSocket | undefined;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const connect = (): void => {
    clearTimeout(retry);
    const opened = new WebSocket(options.url);
    socket = opened;
    opened.binaryType = 'arraybuffer';
    opened.onmessage = (event) => {
      if (socket !== opened || !(event.data instanceof ArrayBuffer)) return;
      failures = 0;
      const message = new Uint8Array(event.data);
      const picture = parsePicture(message);
      if (picture === undefined) return;
      const receivedAtMs = performance.now();
      options.onPicture({
        ...picture,
        receivedAtMs,
        acknowledge() {
          if (opened.readyState !== WebSocket.OPEN) return;
          const heldMs = performance.now() - receivedAtMs;
          const ack: VideoAck = { kind: 'ack', frameId: picture.header.frameId, heldMs };
          opened.send(JSON.stringify(ack));
        },
      });
    };
    opened.onclose = () => {
      if (socket !== opened) return;
      socket = undefined;
      retry = setTimeout(connect, backOffMs(failures++));
    };
  };
  connect();

  return {
    restart() {
      const old = socket;
      socket = undefined;
      old?.close();
      connect();
    },
  };
}

function parsePicture(
  message: Uint8Array<ArrayBuffer>,
): { header: VideoHeader; jpeg: Uint8Array<ArrayBuffer> } | undefined {
  try {
    const { headerJson, jpeg } = splitVideoMessage(message);
    const header = videoHeaderSchema.safeParse(JSON.parse(new TextDecoder().decode(headerJson)));
    if (!header.success) return undefined;
    return { header: header.data, jpeg: new Uint8Array(message.buffer, jpeg.byteOffset, jpeg.byteLength) };
  } catch {
    return undefined;
  }
}
