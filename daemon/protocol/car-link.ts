import { closeCodes } from './close-codes.ts';
import { backOffMs, type LinkClock, type LinkSocket, socketOpen } from './link-port.ts';
import { rates } from './rates.ts';
import { type ClientMessage, type ServerMessage, serverMessageSchema } from './remote-messages.ts';

export type Connection =
  | 'connecting'
  | 'connected'
  /** Trying again by itself. */
  | 'lost'
  /** The same client was opened again elsewhere; two of them would take the connection from one another for ever. */
  | 'replaced';

export interface CarLink {
  /**
   * Whether it went out. A drive command is not queued behind others on a slow link, and carries the session that the car
   * welcomed.
   */
  send(message: ClientMessage): boolean;
  /** Now, instead of after the back-off. */
  reconnect(): void;
  /** For good. */
  close(): void;
}

export interface CarLinkOptions {
  /** Opens a WebSocket to `/ws/control`; where no cookie says who asks, with the token. */
  readonly open: () => LinkSocket;
  readonly clock: LinkClock;
  /** Whenever it changes; the car drives by no command that was given before a loss. */
  readonly onConnection: (connection: Connection) => void;
  /** Parsed; what fits no schema is told to `onUnknown` and dropped. */
  readonly onMessage: (message: ServerMessage, receivedAtMs: number) => void;
  readonly onUnknown?: (why: string) => void;
  /** Where the URL says `?encoding=deflate`: telemetry comes in zlib's format (RFC 1950) then, and this undoes it. */
  readonly inflate?: (bytes: Uint8Array) => string;
}

const openLimitMs = 3000;
const watchPeriodMs = 200;
const driveBacklogBytes = 1024;

/**
 * The control connection of a phone or a program: typed both ways, opened again by itself with a back-off, and taken for lost
 * when the car falls silent, closed or not.
 */
export function openCarLink(options: CarLinkOptions): CarLink {
  const { clock, onConnection, onMessage } = options;
  let socket: LinkSocket | undefined;
  let session: string | undefined;
  let failures = 0;
  let heardAtMs = 0;
  let watchedAtMs = 0;
  let closed = false;
  let forgetRetry = (): void => {};

  const lose = (lost: LinkSocket, connection: 'lost' | 'replaced'): void => {
    if (socket !== lost) return;
    socket = undefined;
    session = undefined;
    lost.close();
    onConnection(connection);
    if (connection === 'lost' && !closed) forgetRetry = clock.after(backOffMs(failures++), connect);
  };

  const connect = (): void => {
    forgetRetry();
    if (socket !== undefined || closed) return;
    const opened = options.open();
    socket = opened;
    opened.binaryType = 'arraybuffer';
    heardAtMs = clock.nowMs();
    opened.addEventListener('message', ({ data }) => {
      if (socket !== opened) return;
      heardAtMs = clock.nowMs();
      const message = parseServerMessage(data, options);
      if (message === undefined) return;
      if (message.kind === 'welcome') {
        session = message.sessionId;
        failures = 0;
        onConnection('connected');
      }
      onMessage(message, heardAtMs);
    });
    opened.addEventListener('close', ({ code }) => lose(opened, code === closeCodes.replaced ? 'replaced' : 'lost'));
    opened.addEventListener('error', () => {});
  };

  const endWatch = clock.every(watchPeriodMs, () => {
    const nowMs = clock.nowMs();
    // A program that was itself held up has messages waiting; they are read before the car is called silent.
    const heldUp = nowMs - watchedAtMs > 3 * watchPeriodMs;
    watchedAtMs = nowMs;
    if (heldUp || socket === undefined) return;
    const limitMs = socket.readyState === socketOpen ? rates.controlSilentMs : openLimitMs;
    if (nowMs - heardAtMs > limitMs) lose(socket, 'lost');
  });
  onConnection('connecting');
  connect();

  return {
    send(message) {
      if (socket?.readyState !== socketOpen) return false;
      if (message.kind === 'drive' && socket.bufferedAmount > driveBacklogBytes) return false;
      // The car takes no command that was meant for another session.
      const drives = message.kind === 'drive' && session !== undefined;
      socket.send(JSON.stringify(drives ? { ...message, session } : message));
      return true;
    },
    reconnect: connect,
    close() {
      closed = true;
      forgetRetry();
      endWatch();
      if (socket !== undefined) lose(socket, 'lost');
    },
  };
}

function parseServerMessage(
  data: unknown,
  { inflate, onUnknown = () => {} }: Pick<CarLinkOptions, 'inflate' | 'onUnknown'>,
): ServerMessage | undefined {
  let json: unknown;
  try {
    const text = data instanceof ArrayBuffer ? inflate?.(new Uint8Array(data)) : data;
    if (typeof text !== 'string') return undefined;
    json = JSON.parse(text);
  } catch {
    onUnknown('a message of the car that is not JSON');
    return undefined;
  }
  const parsed = serverMessageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  onUnknown(`a message of the car that this program does not know: ${parsed.error.message}`);
  return undefined;
}
