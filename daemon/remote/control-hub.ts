import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Logger } from '../platform/log.ts';
import { closeCodes } from '../protocol/close-codes.ts';
import type { ClientMessage, ServerMessage } from '../protocol/remote-messages.ts';
import type { Telemetry } from '../protocol/telemetry.ts';
import { compactJson, encodeOnce } from './compact-json.ts';
import { badMessagesAllowed, ControlClient, type Visitor } from './control-client.ts';
import { type PlainRefusal, refusalsOfOthers } from './control-refusals.ts';
import { type DriveMessage, judgeDrive } from './drive-verdict.ts';
import type { DeviceChange } from './pairing/devices.ts';
import type { SeatedPhone } from './phone-places.ts';
import { RecentTelemetry } from './recent-telemetry.ts';
import type { RemoteCallbacks, RemoteCounters } from './remote-port.ts';

/** How long a dismissed phone may take to say that it has heard. */
const dismissalMs = 500;

/**
 * The phones on `/ws/control`: who drives, who watches, and what of all they send is worth the daemon's attention. One
 * phone at a time holds the lease. The first one gets it; it is free again when the driver is gone, and then belongs to
 * the next phone that connects or asks.
 */
export class ControlHub {
  readonly #callbacks: RemoteCallbacks;
  readonly #nowMs: () => number;
  readonly #log: Logger;
  readonly #sessionNeeded: boolean;
  readonly #recent = new RecentTelemetry();
  readonly #clients = new Map<string, ControlClient>();
  readonly #counters = { accepted: 0, stale: 0, reordered: 0, excess: 0, invalid: 0, unauthorised: 0 };
  #driver: ControlClient | undefined;
  /** Also when nobody drives any more. */
  #lastDriver: ControlClient | undefined;
  #sequence = 0;

  /** @param options.sessionNeeded whether drive commands must carry the id of their session (drive-verdict.ts) */
  constructor(options: { callbacks: RemoteCallbacks; nowMs: () => number; log: Logger; sessionNeeded: boolean }) {
    this.#sessionNeeded = options.sessionNeeded;
    this.#callbacks = options.callbacks;
    this.#nowMs = options.nowMs;
    this.#log = options.log;
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Who has a place here, oldest first. */
  get seated(): SeatedPhone[] {
    return [...this.#clients.values()].map((client) => ({
      deviceId: client.deviceId,
      role: client.role,
      isDriving: client === this.#driver,
      sendAway: () => {
        this.#leave(client, 'its place was needed');
        this.#sayGoodbye(client, closeCodes.placeNeeded, 'its place was needed');
      },
    }));
  }

  get driver(): string | undefined {
    return this.#driver?.sessionId;
  }

  /** The connections of a paired device. */
  sessionsOf(deviceId: string): string[] {
    return [...this.#clients.values()].filter((one) => one.deviceId === deviceId).map(({ sessionId }) => sessionId);
  }

  counters(): Omit<RemoteCounters, 'foreign'> {
    return { ...this.#counters };
  }

  adopt(socket: WebSocket, visitor: Visitor): void {
    const client = new ControlClient({ socket, sessionId: randomUUID(), visitor, nowMs: this.#nowMs() });
    for (const other of this.#clients.values()) {
      if (!isSamePage(other, client)) continue;
      // The page came back before its old connection was missed. It may have been out of control: that one is lost.
      this.#leave(other, 'the page reconnected');
      other.close(closeCodes.replaced, 'replaced');
    }
    this.#clients.set(client.sessionId, client);
    socket.on('message', (data, isBinary) => this.#receive(client, client.receive(data, isBinary, this.#nowMs())));
    socket.on('pong', (payload) => client.pongs.answered(payload.toString('latin1'), this.#nowMs()));
    socket.on('close', (code) => this.#leave(client, `connection closed (${code})`));
    socket.on('error', (error) => this.#leave(client, `connection failed (${error.message})`));
    this.#callbacks.onClients(this.#clients.size);
    if (this.#driver === undefined && client.role === 'driver') this.#passLease(client);
    else this.#welcome(client);
    const recent = this.#recent.encoded(this.#nowMs());
    if (recent !== undefined) client.sendEncoded(recent);
    for (const event of this.#callbacks.standingEvents()) client.send({ kind: 'event', event });
    client.ping(this.#nowMs());
  }

  /** The device may no longer be what it was: out with it at once, and what it drove is cut. */
  dismiss(deviceId: string, change: DeviceChange): void {
    for (const client of [...this.#clients.values()]) {
      if (client.deviceId !== deviceId) continue;
      this.#leave(client, change === 'revoked' ? 'its pairing was revoked' : 'its role was changed');
      this.#sayGoodbye(client, change === 'revoked' ? closeCodes.revoked : closeCodes.comeBack, change);
    }
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
    for (const client of this.#clients.values()) client.sendData(text);
  }

  /** To everyone who keeps up; and kept for those who come later. */
  broadcastTelemetry(telemetry: Telemetry): void {
    this.#recent.add(telemetry);
    const encoded = encodeOnce(compactJson(telemetry));
    const nowMs = this.#nowMs();
    for (const client of this.#clients.values()) client.sendNewest(encoded, nowMs);
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
        if (client.role !== 'driver') this.#refuse(client, message.kind, 'paired-to-watch');
        else if (client !== this.#driver) this.#passLease(client);
        return;
      case 'ask-to-drive':
        if (client.role !== 'driver') this.#refuse(client, message.kind, 'paired-to-watch');
        else if (this.#driver === undefined) this.#passLease(client);
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
      case 'reset-simulated-car': {
        const { lastStick } = client;
        if (client !== this.#driver) {
          const code = client.role === 'viewer' ? 'paired-to-watch' : refusalsOfOthers[message.kind];
          this.#refuse(client, message.kind, code);
        } else if (message.kind === 'arm' && lastStick !== undefined) {
          // A link delivers late, but in order: the stick stood so when arming was asked for.
          this.#callbacks.onRequest({ ...message, stick: lastStick, sessionId, receivedAtMs });
        } else this.#callbacks.onRequest({ ...message, sessionId, receivedAtMs });
        return;
      }
    }
  }

  #handOver(client: ControlClient, to: string): void {
    const next = this.#clients.get(to);
    if (client !== this.#driver) this.#refuse(client, 'hand-over', 'only-driver-hands-over');
    else if (next?.role === 'viewer') client.refuse('hand-over', 'receiver-watches');
    else if (next === undefined) client.refuse('hand-over', 'receiver-gone');
    else if (next !== client) this.#passLease(next);
  }

  #refuse(client: ControlClient, request: string, code: PlainRefusal): void {
    this.#counters.unauthorised++;
    client.refuse(request, code);
  }

  #drive(client: ControlClient, message: DriveMessage, receivedAtMs: number): void {
    const linkAgeMs = client.linkAgeMs(message.sentAtMs, receivedAtMs);
    const inputAgeMs = Math.max(0, message.sentAtMs - message.inputAtMs) + linkAgeMs;
    if (client !== this.#driver) {
      this.#counters.unauthorised++;
      return;
    }
    const sessionNeeded = this.#sessionNeeded;
    const verdict = judgeDrive(client, message, { receivedAtMs, inputAgeMs, sessionNeeded });
    this.#counters[verdict]++;
    if (verdict !== 'accepted') return;
    const { steering, throttle } = message;
    this.#callbacks.onDrive({ sequence: this.#sequence++, steering, throttle, receivedAtMs, inputAgeMs });
  }

  #passLease(client: ControlClient): void {
    const previous = this.#driver;
    const lastDriver = this.#lastDriver;
    this.#driver = client;
    this.#lastDriver = client;
    this.#log.info({ session: client.sessionId, previous: previous?.sessionId }, 'driver changed');
    // Before the car says that somebody else drives: each page knows by then whether that is itself.
    if (previous !== undefined) this.#welcome(previous);
    this.#welcome(client, lastDriver);
    this.#callbacks.onRequest({
      kind: 'driver-changed',
      sessionId: client.sessionId,
      previous: previous?.sessionId,
      receivedAtMs: this.#nowMs(),
    });
  }

  /** Also told again whenever the lease came or went. */
  #welcome(client: ControlClient, lastDriver = this.#lastDriver): void {
    const { sessionId, role } = client;
    const othersDrove = lastDriver !== undefined && !isSamePage(lastDriver, client);
    client.send({
      kind: 'welcome',
      protocolVersion: 1,
      sessionId,
      role,
      isDriver: client === this.#driver,
      othersDrove,
    });
  }

  /** Once for each client, by whatever way it went. */
  #leave(client: ControlClient, cause: string, silentSinceMs = this.#nowMs()): void {
    if (!this.#clients.delete(client.sessionId)) return;
    this.#log.info({ session: client.sessionId, cause }, 'phone gone');
    if (this.#driver === client) this.#releaseLease(client, cause, silentSinceMs);
    this.#callbacks.onClients(this.#clients.size);
  }

  /** Whoever does not answer the closing is cut off all the same. */
  #sayGoodbye(client: ControlClient, code: number, reason: string): void {
    client.close(code, reason);
    setTimeout(() => client.terminate(), dismissalMs).unref();
  }

  #releaseLease({ sessionId }: ControlClient, cause: string, silentSinceMs: number): void {
    this.#driver = undefined;
    this.#log.info({ session: sessionId, cause }, 'nobody drives');
    this.#callbacks.onRequest({ kind: 'driver-gone', sessionId, cause, silentSinceMs, receivedAtMs: this.#nowMs() });
  }
}

/** One connection, or two of a page that has come back. */
function isSamePage(one: ControlClient, other: ControlClient): boolean {
  if (one === other) return true;
  return one.clientKey !== undefined && one.clientKey === other.clientKey && one.deviceId === other.deviceId;
}
