import type { RawData, WebSocket } from 'ws';
import type { Stick } from '../protocol/driver-command.ts';
import type { Role } from '../protocol/pairing.ts';
import { rates } from '../protocol/rates.ts';
import type { ClientMessage, ServerMessage } from '../protocol/remote-messages.ts';
import { type PlainRefusal, refusalTexts } from './control-refusals.ts';
import { LinkAge } from './link-age.ts';
import { PageWatch } from './page-watch.ts';
import { parseMessage } from './parse-message.ts';
import { PongWatch } from './pong-watch.ts';
import { TokenBucket } from './token-bucket.ts';

/** After this many messages that are none of the protocol, the connection is closed (1008). */
export const badMessagesAllowed = 5;
/** A phone this far behind gets no more telemetry until it has caught up. Each telemetry replaces the one before. */
const telemetryBacklogBytes = 64 << 10;
/**
 * So much later than its quickest answer, one that is owed says that what was sent before still waits in the network's own
 * buffers, which `bufferedAmount` does not count.
 */
const answerLateMs = 120;
/** A phone this far behind even without telemetry is not listening. */
const hopelessBacklogBytes = 1 << 20;

/** What became of one incoming message. */
export type Incoming =
  | { readonly kind: 'message'; readonly message: ClientMessage }
  | { readonly kind: 'invalid'; readonly text: string }
  | { readonly kind: 'excess' };

/** Who is at the other end, as the door found out. */
export interface Visitor {
  readonly role: Role;
  /** The paired device; undefined for this machine itself. */
  readonly deviceId: string | undefined;
  readonly clientKey: string | undefined;
  /** It reads telemetry in zlib's format. */
  readonly acceptsDeflate: boolean;
}

/** The same message for whoever reads text, and for whoever accepts zlib's format. */
export interface EncodedMessage {
  readonly text: string;
  deflated(): Uint8Array;
}

/** What is used of the WebSocket. */
type ClientSocket = Pick<WebSocket, 'readyState' | 'OPEN' | 'bufferedAmount' | 'send' | 'ping' | 'close' | 'terminate'>;

/** One phone's control connection: what it may still send, how late its messages are, whether it is there at all. */
export class ControlClient {
  readonly sessionId: string;
  /** The page's own secret, by which it is known again when it reconnects before its old connection was missed. */
  readonly clientKey: string | undefined;
  /** The paired device; undefined for this machine itself. */
  readonly deviceId: string | undefined;
  readonly role: Role;
  readonly page: PageWatch;
  readonly pongs = new PongWatch(rates.controlSilentMs);
  /** Of the newest command that was looked at; undefined before the first. */
  lastSequence: number | undefined;
  /** Where its stick stood by the newest command, also by one that came too late to drive; undefined before the first. */
  lastStick: Stick | undefined;
  badMessages = 0;
  readonly #link = new LinkAge();
  readonly #socket: ClientSocket;
  readonly #acceptsDeflate: boolean;
  readonly #driveLimit: TokenBucket;
  readonly #requestLimit: TokenBucket;
  readonly #floodLimit: TokenBucket;

  constructor(options: { socket: ClientSocket; sessionId: string; visitor: Visitor; nowMs: number }) {
    const { nowMs } = options;
    this.#socket = options.socket;
    this.sessionId = options.sessionId;
    this.clientKey = options.visitor.clientKey;
    this.deviceId = options.visitor.deviceId;
    this.role = options.visitor.role;
    this.#acceptsDeflate = options.visitor.acceptsDeflate;
    this.page = new PageWatch(rates.controlSilentMs, nowMs);
    // The burst lets through what a 250 ms stall of the link had held back (8 commands), and a little more.
    this.#driveLimit = new TokenBucket({ perSecond: (1000 / rates.driverCommandPeriodMs) * 1.2, burst: 12, nowMs });
    this.#requestLimit = new TokenBucket({ perSecond: 10, burst: 10, nowMs });
    this.#floodLimit = new TokenBucket({ perSecond: 500, burst: 500, nowMs });
  }

  /** Parses one message at the border and holds the rate limits. A stop is never too much. */
  receive(data: RawData, isBinary: boolean, nowMs: number): Incoming {
    const bytes = bytesOf(data);
    // A flood is not worth parsing; but a stop that drowns in it must be heard.
    if (!this.#floodLimit.take(nowMs) && !(bytes.length < 64 && bytes.includes('"stop"'))) return { kind: 'excess' };
    const parsed = parseMessage(bytes, isBinary);
    if (parsed.kind === 'invalid') return parsed;
    const { message } = parsed;
    if (message.kind === 'stop' || message.kind === 'drive') return { kind: 'message', message };
    return this.#requestLimit.take(nowMs) ? { kind: 'message', message } : { kind: 'excess' };
  }

  /** Whether one more drive command is within 1.2 times the nominal rate. */
  mayDrive(nowMs: number): boolean {
    return this.#driveLimit.take(nowMs);
  }

  /**
   * How long a message was on its way, in ms: what it has above the fastest one, and what even the fastest one needed,
   * which is half of the quickest way there and back. The page's clock says `sentAtMs`, ours `receivedAtMs`.
   */
  linkAgeMs(sentAtMs: number, receivedAtMs: number): number {
    return this.#link.observe(sentAtMs, receivedAtMs) + (this.pongs.smallestRoundTripMs ?? 0) / 2;
  }

  send(message: ServerMessage): void {
    this.sendData(JSON.stringify(message));
  }

  refuse(request: string, code: PlainRefusal): void {
    this.send({ kind: 'refused', request, code, text: refusalTexts[code] });
  }

  sendData(data: string | Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > hopelessBacklogBytes) this.#socket.terminate();
    else this.#socket.send(data);
  }

  /** Telemetry: skipped while older ones are still on their way. Behind them, what counts would come late: a pong, a refusal. */
  sendNewest(message: EncodedMessage, nowMs: number): void {
    const owedSinceMs = this.pongs.unansweredSinceMs;
    const isBehind =
      owedSinceMs !== undefined && nowMs - owedSinceMs > (this.pongs.smallestRoundTripMs ?? 0) + answerLateMs;
    if (isBehind || this.#socket.bufferedAmount >= telemetryBacklogBytes) return;
    this.sendEncoded(message);
  }

  sendEncoded(message: EncodedMessage): void {
    this.sendData(this.#acceptsDeflate ? message.deflated() : message.text);
  }

  ping(nowMs: number): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.ping(this.pongs.pinged(nowMs));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

/** One message's bytes, in whatever parts they came. */
export function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
