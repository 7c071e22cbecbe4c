import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Logger } from '../platform/log.ts';
import { rates } from '../protocol/rates.ts';
import type { ClientMessage, ServerMessage } from '../protocol/remote-messages.ts';
import { badMessagesAllowed, ControlClient } from './control-client.ts';
import type { RemoteCallbacks, RemoteCounters } from './remote-port.ts';

/** Close codes of our own (RFC 6455 leaves 4000 to 4999 to us); the page must not reconnect by itself after one. */
const replacedCode = 4001;

type DriveMessage = Extract<ClientMessage, { kind: 'drive' }>;

const refusals = {
  arm: 'Another phone drives. Take over first.',
  'set-mode': 'Another phone drives. Take over first.',
  disarm: 'Another phone drives. Stop is open to everyone.',
  'release-stop': 'Only the driver can release the stop. Take over first.',
  'hand-over': 'Another phone drives: only the driver can hand over.',
  'reset-simulated-car': 'Another phone drives. Take over first.',
} as const;

/**
 * The phones on `/ws/control`: who drives, who watches, and what of all they send is worth the daemon's attention. One
 * phone at a time holds the lease. The first one gets it; it is free again when the driver is gone, and then belongs to
 * the next phone that connects or asks.
 */
export class ControlHub {
  readonly #callbacks: RemoteCallbacks;
  readonly #nowMs: () => number;
  readonly #log: Logger;
  readonly #clients = new Map<string, ControlClient>();
  readonly #counters = { accepted: 0, stale: 0, reordered: 0, excess: 0, invalid: 0, unauthorised: 0 };
  #driver: ControlClient | undefined;
  #sequence = 0;

  constructor(options: { callbacks: RemoteCallbacks; nowMs: () => number; log: Logger }) {
    this.#callbacks = options.callbacks;
    this.#nowMs = options.nowMs;
    this.#log = options.log;
  }

  get count(): number {
    return this.#clients.size;
  }

  get driver(): string | undefined {
    return this.#driver?.sessionId;
  }

  counters(): Omit<RemoteCounters, 'foreign'> {
    return { ...this.#counters };
  }

  adopt(socket: WebSocket, clientKey: string | undefined): void {
    const client = new ControlClient({ socket, sessionId: randomUUID(), clientKey, nowMs: this.#nowMs() });
    for (const other of this.#clients.values()) {
      if (clientKey === undefined || other.clientKey !== clientKey) continue;
      // The page came back before its old connection was missed. It may have been out of control: that one is lost.
      this.#leave(other, 'the page reconnected');
      other.close(replacedCode, 'replaced');
    }
    this.#clients.set(client.sessionId, client);
    socket.on('message', (data, isBinary) => this.#receive(client, client.receive(data, isBinary, this.#nowMs())));
    socket.on('pong', (payload) => client.pongs.answered(payload.toString('latin1'), this.#nowMs()));
    socket.on('close', (code) => this.#leave(client, `connection closed (${code})`));
    socket.on('error', (error) => this.#leave(client, `connection failed (${error.message})`));
    this.#callbacks.onClients(this.#clients.size);
    if (this.#driver === undefined) this.#passLease(client);
    else this.#welcome(client);
    client.ping(this.#nowMs());
  }

  /**
   * To be called several times a second: pings everyone, and lets go of those who no longer answer. A driver whose phone
   * answers but whose page is silent loses the lease and goes on watching: frozen or hidden, nobody is at its controls.
   */
  checkLiveness(): void {
    const nowMs = this.#nowMs();
    for (const client of [...this.#clients.values()]) {
      if (client.pongs.silent(nowMs)) {
        this.#leave(client, 'no answer for a second', client.pongs.unansweredSinceMs);
        client.terminate();
        continue;
      }
      if (client === this.#driver && client.page.silent(nowMs)) {
        this.#releaseLease(client, 'its page is silent for a second', client.page.heardAtMs);
        this.#welcome(client);
      }
      client.ping(nowMs);
    }
  }

  broadcast(message: ServerMessage): void {
    const text = JSON.stringify(message);
    for (const client of this.#clients.values()) client.sendText(text);
  }

  broadcastNewest(message: ServerMessage): void {
    const text = JSON.stringify(message);
    for (const client of this.#clients.values()) client.sendNewest(text);
  }

  sendTo(sessionId: string, message: ServerMessage): void {
    this.#clients.get(sessionId)?.send(message);
  }

  close(): void {
    for (const client of [...this.#clients.values()]) {
      this.#leave(client, 'the car is shutting down');
      client.close(1001, 'the car is shutting down');
    }
  }

  #receive(client: ControlClient, incoming: ReturnType<ControlClient['receive']>): void {
    if (!this.#clients.has(client.sessionId)) return;
    switch (incoming.kind) {
      case 'message':
        client.page.heard(this.#nowMs());
        this.#handle(client, incoming.message);
        return;
      case 'excess':
        client.page.heard(this.#nowMs());
        this.#counters.excess++;
        return;
      case 'invalid':
        this.#counters.invalid++;
        client.badMessages++;
        this.#log.warn({ session: client.sessionId, cause: incoming.text }, 'bad message from a phone');
        if (client.badMessages < badMessagesAllowed) return;
        this.#leave(client, 'too many bad messages');
        client.close(1008, 'too many bad messages');
        return;
    }
  }

  #handle(client: ControlClient, message: ClientMessage): void {
    const receivedAtMs = this.#nowMs();
    const { sessionId } = client;
    switch (message.kind) {
      case 'drive':
        this.#drive(client, message, receivedAtMs);
        return;
      case 'stop':
        this.#callbacks.onRequest({ kind: 'stop', sessionId, receivedAtMs });
        return;
      case 'take-over':
        if (client !== this.#driver) this.#passLease(client);
        return;
      case 'ask-to-drive':
        if (this.#driver === undefined) this.#passLease(client);
        else if (client !== this.#driver) this.#driver.send({ kind: 'asked-to-drive', sessionId });
        return;
      case 'hand-over':
        this.#handOver(client, message.to);
        return;
      case 'ping':
        client.linkAgeMs(message.sentAtMs, receivedAtMs);
        client.send({ kind: 'pong', sentAtMs: message.sentAtMs, atMs: receivedAtMs });
        return;
      case 'arm':
      case 'set-mode':
      case 'disarm':
      case 'release-stop':
      case 'reset-simulated-car':
        if (client === this.#driver) this.#callbacks.onRequest({ ...message, sessionId, receivedAtMs });
        else {
          this.#counters.unauthorised++;
          client.send({ kind: 'refused', request: message.kind, text: refusals[message.kind] });
        }
        return;
    }
  }

  #handOver(client: ControlClient, to: string): void {
    const next = this.#clients.get(to);
    if (client !== this.#driver) {
      this.#counters.unauthorised++;
      client.send({ kind: 'refused', request: 'hand-over', text: refusals['hand-over'] });
    } else if (next === undefined) {
      client.send({ kind: 'refused', request: 'hand-over', text: 'That phone is gone.' });
    } else if (next !== client) this.#passLease(next);
  }

  #drive(client: ControlClient, message: DriveMessage, receivedAtMs: number): void {
    const linkAgeMs = client.linkAgeMs(message.sentAtMs, receivedAtMs);
    const inputAgeMs = Math.max(0, message.sentAtMs - message.inputAtMs) + linkAgeMs;
    if (client !== this.#driver) this.#counters.unauthorised++;
    else if (message.sequence <= client.lastSequence) this.#counters.reordered++;
    else if (inputAgeMs > rates.driverNeutralAfterMs) {
      client.lastSequence = message.sequence;
      this.#counters.stale++;
    } else if (!client.mayDrive(receivedAtMs)) this.#counters.excess++;
    else {
      client.lastSequence = message.sequence;
      this.#counters.accepted++;
      this.#callbacks.onDrive({
        sequence: this.#sequence++,
        steering: message.steering,
        throttle: message.throttle,
        receivedAtMs,
        inputAgeMs,
      });
    }
  }

  #passLease(client: ControlClient): void {
    const previous = this.#driver;
    this.#driver = client;
    this.#log.info({ session: client.sessionId, previous: previous?.sessionId }, 'driver changed');
    this.#callbacks.onRequest({
      kind: 'driver-changed',
      sessionId: client.sessionId,
      previous: previous?.sessionId,
      receivedAtMs: this.#nowMs(),
    });
    if (previous !== undefined) this.#welcome(previous);
    this.#welcome(client);
  }

  /** Also told again whenever the lease came or went. */
  #welcome(client: ControlClient): void {
    const { sessionId } = client;
    client.send({ kind: 'welcome', protocolVersion: 1, sessionId, isDriver: client === this.#driver });
  }

  /** Once for each client, by whatever way it went. */
  #leave(client: ControlClient, cause: string, silentSinceMs = this.#nowMs()): void {
    if (!this.#clients.delete(client.sessionId)) return;
    this.#log.info({ session: client.sessionId, cause }, 'phone gone');
    if (this.#driver === client) this.#releaseLease(client, cause, silentSinceMs);
    this.#callbacks.onClients(this.#clients.size);
  }

  #releaseLease({ sessionId }: ControlClient, cause: string, silentSinceMs: number): void {
    this.#driver = undefined;
    this.#log.info({ session: sessionId, cause }, 'nobody drives');
    this.#callbacks.onRequest({ kind: 'driver-gone', sessionId, cause, silentSinceMs, receivedAtMs: this.#nowMs() });
  }
}
