import {
  type ClientMessage,
  type ServerMessage,
  serverMessageSchema,
} from '../../../daemon/protocol/remote-messages.ts';
import { backOffMs } from './back-off.ts';

export type Connection =
  | 'connecting'
  | 'connected'
  /** Trying again by itself. */
  | 'lost'
  /** The same page was opened again elsewhere; two of them would take the connection from one another for ever. */
  | 'replaced';

export interface ControlLink {
  /** Whether it went out. A drive command is not queued behind others on a slow link. */
  send(message: ClientMessage): boolean;
  /** Now, instead of after the back-off. */
  reconnect(): void;
}

/** The car tells its state ten times a second. This long without a word, and the connection is not one. */
const silenceLimitMs = 1000;
const openLimitMs = 3000;
const watchPeriodMs = 200;
const driveBacklogBytes = 1024;
/** daemon/remote closes a connection with this code when its page has connected anew. */
const replacedCode = 4001;

export function openControlLink(options: {
  readonly url: string;
  readonly onConnection: (connection: Connection) => void;
  readonly onMessage: (message: ServerMessage, receivedAtMs: number) => void;
}): ControlLink {
  let socket: WebSocket | undefined;
  let session: string | undefined;
  let failures = 0;
  let heardAtMs = 0;
  let watchedAtMs = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const lose = (lost: WebSocket, connection: 'lost' | 'replaced'): void => {
    if (socket !== lost) return;
    socket = undefined;
    lost.close();
    options.onConnection(connection);
    if (connection === 'lost') retry = setTimeout(connect, backOffMs(failures++));
  };

  const connect = (): void => {
    clearTimeout(retry);
    if (socket !== undefined) return;
    const opened = new WebSocket(options.url);
    socket = opened;
    heardAtMs = performance.now();
    opened.onmessage = (event) => {
      if (socket !== opened) return;
      heardAtMs = performance.now();
      const message = parseServerMessage(event.data);
      if (message === undefined) return;
      if (message.kind === 'welcome') {
        session = message.sessionId;
        failures = 0;
        options.onConnection('connected');
      }
      options.onMessage(message, heardAtMs);
    };
    opened.onclose = (event) => lose(opened, event.code === replacedCode ? 'replaced' : 'lost');
  };

  setInterval(() => {
    const nowMs = performance.now();
    // A page that was itself held up has messages waiting; they are read before the car is called silent.
    const heldUp = nowMs - watchedAtMs > 3 * watchPeriodMs;
    watchedAtMs = nowMs;
    if (heldUp || socket === undefined) return;
    const limitMs = socket.readyState === WebSocket.OPEN ? silenceLimitMs : openLimitMs;
    if (nowMs - heardAtMs > limitMs) lose(socket, 'lost');
  }, watchPeriodMs);
  const now = (): void => {
    if (!document.hidden) connect();
  };
  window.addEventListener('online', now);
  document.addEventListener('visibilitychange', now);
  options.onConnection('connecting');
  connect();

  return {
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      if (message.kind === 'drive' && socket.bufferedAmount > driveBacklogBytes) return false;
      // The car takes no command that was meant for another session.
      socket.send(
        JSON.stringify(message.kind === 'drive' && session !== undefined ? { ...message, session } : message),
      );
      return true;
    },
    reconnect: connect,
  };
}

function parseServerMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const parsed = serverMessageSchema.safeParse(JSON.parse(data));
    if (parsed.success) return parsed.data;
    console.warn('a message of the car that this page does not know', parsed.error.issues);
  } catch {
    console.warn('a message of the car that is not JSON');
  }
  return undefined;
}
