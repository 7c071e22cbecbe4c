import { randomBytes, randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Logger } from '../../platform/log.ts';
import type { Role } from '../../protocol/pairing.ts';
import type { Caller } from '../api/route.ts';
import { isLoopback } from '../request-guard.ts';
import { type Credential, credentialOf } from './credential.ts';
import type { PairedDevice } from './device.ts';
import { DeviceFile } from './device-file.ts';
import { type DeviceChange, Devices } from './devices.ts';
import { LastSeen, type LastSeenStore } from './last-seen.ts';
import { lastSeenFile } from './last-seen-file.ts';
import { type CodeVerdict, type PairingState, PairingWindow } from './pairing-window.ts';
import { isForwarded, isThisMachine, sourceKey } from './source-key.ts';
import { Tickets } from './tickets.ts';

export type Paired =
  | { readonly kind: 'paired'; readonly device: PairedDevice; readonly token: string }
  | { readonly kind: 'too-many-devices' }
  | Exclude<CodeVerdict, { readonly kind: 'right' }>;

/** What the door tells of itself to those who show the code: the log, a terminal, the screen on the car. */
export interface PairingNotice {
  readonly state: PairingState;
  /** Why it opened or closed, in words. */
  readonly cause: string;
}

/** Whom a ticket stands for. */
type TicketHolder =
  | { readonly kind: 'device'; readonly id: string }
  /** It gets in with or without one. */
  | { readonly kind: 'this-machine' };

export interface AccessOptions {
  /** The address that the remote listens on. */
  readonly host: string;
  readonly port: number;
  readonly stateFolder: string;
  /** A person at this machine's keyboard has started the car. */
  readonly startedByHand: boolean;
  readonly nowMs: () => number;
  readonly log: Logger;
}

/**
 * Who may come in, and as what. The only place that knows of the exception: when the remote listens on loopback alone,
 * whoever reaches it is on this machine, and needs no pairing. Listening anywhere else, everybody does.
 */
export class Access {
  readonly pairingNeeded: boolean;
  readonly cookieName: string;
  readonly devices: Devices;
  readonly #lastSeen: LastSeen;
  readonly #options: AccessOptions;
  readonly #window = new PairingWindow();
  readonly #tickets = new Tickets<TicketHolder>();
  readonly #deviceWatchers: ((id: string, change: DeviceChange) => void)[] = [];
  readonly #pairingWatchers: ((notice: PairingNotice) => void)[] = [];

  private constructor(
    options: AccessOptions,
    devices: Omit<ConstructorParameters<typeof Devices>[0], 'onChange'>,
    lastSeen: LastSeenStore,
  ) {
    this.#options = options;
    this.#lastSeen = new LastSeen(lastSeen);
    this.pairingNeeded = !isLoopback(options.host);
    this.cookieName = `jetson-car-${options.port}`;
    this.devices = new Devices({
      ...devices,
      onChange: (id, change) => {
        for (const watch of this.#deviceWatchers) watch(id, change);
      },
    });
  }

  /** @throws UserError when the paired devices cannot be kept. */
  static open(options: AccessOptions): Access {
    // Where nobody needs pairing nothing is read, and nothing is left behind on a newcomer's disk.
    if (isLoopback(options.host)) {
      const store = { newest: () => undefined, save() {} };
      return new Access(options, { devices: [], store }, { load: () => ({}), save() {} });
    }
    const store = new DeviceFile(options.stateFolder);
    const loaded = store.load();
    const lastSeen = lastSeenFile(options.stateFolder, options.log);
    const access = new Access(options, { devices: loaded.devices, store }, lastSeen);
    if (loaded.kind === 'lost') options.log.error({ cause: loaded.text }, 'no device is paired any more');
    if (loaded.kind === 'first-start') access.openPairing('this is the first start');
    else if (options.startedByHand && loaded.devices.length === 0) {
      access.openPairing('it was started by hand, and no device is paired');
    }
    return access;
  }

  /** Told when a device that may be connected must go. */
  onDeviceChange(watch: (id: string, change: DeviceChange) => void): void {
    this.#deviceWatchers.push(watch);
  }

  onPairing(watch: (notice: PairingNotice) => void): void {
    this.#pairingWatchers.push(watch);
  }

  /**
   * Somebody at the car wants a device paired: a button was pressed, a command was given on the car itself. Opens the
   * window anew, with a new code. Nothing that comes over the network may call this.
   */
  openPairing(cause: string, role: Role = 'driver'): PairingState {
    if (!this.pairingNeeded) return { open: false };
    const randomCode = String(randomInt(1_000_000)).padStart(6, '0');
    this.#window.open({ role, randomCode, nowMs: this.#options.nowMs() });
    return this.#tellPairing(cause);
  }

  pairing(): PairingState {
    return this.#window.state(this.#options.nowMs());
  }

  /** @throws UserError when the new device cannot be kept; then it is not paired. */
  pair(code: string, name: string, source: string | undefined): Paired {
    const { nowMs, log } = this.#options;
    const verdict = this.#window.judge(code, sourceKey(source), nowMs());
    if (verdict.kind !== 'right') {
      log.warn({ source, verdict: verdict.kind }, 'a device could not be paired');
      return verdict;
    }
    const token = randomBytes(32).toString('base64url');
    const id = randomBytes(9).toString('base64url');
    const device = this.devices.add({ id, name, role: verdict.role, token, pairedAt: new Date().toISOString() });
    if (device === undefined) return { kind: 'too-many-devices' };
    log.info({ device: id, name, role: device.role, source }, 'a device was paired');
    return { kind: 'paired', device, token };
  }

  /** @param deviceId undefined for this machine itself, which gets in with or without. */
  issueTicket(deviceId: string | undefined): string {
    const holder: TicketHolder = deviceId === undefined ? { kind: 'this-machine' } : { kind: 'device', id: deviceId };
    return this.#tickets.issue(holder, randomBytes(24).toString('base64url'), this.#options.nowMs());
  }

  /** Who sent a request. Only the connection and our own secrets count; what else a header claims does not. */
  identify(request: IncomingMessage): Caller {
    const { method = '', url = '', headers } = request;
    const source = request.socket.remoteAddress;
    const connection = { source, isForwarded: isForwarded(headers), isSecure: request.socket instanceof TLSSocket };
    // A proxy on this machine would make the whole network look like this machine.
    if (!this.pairingNeeded && isThisMachine(source) && !connection.isForwarded) {
      return { ...connection, role: 'driver', deviceId: undefined };
    }
    const device = this.#deviceOf(credentialOf({ method, url, headers }, this.cookieName));
    if (device !== undefined) this.saw(device.id);
    return { ...connection, role: device?.role, deviceId: device?.id };
  }

  /** A paired device is there, or was until now. */
  saw(deviceId: string): void {
    const known = this.devices.all.map(({ id }) => id);
    this.#lastSeen.saw(deviceId, Date.now(), known);
  }

  /** When a paired device was last there, ISO 8601; undefined where that is not known. */
  lastSeenAt(deviceId: string): string | undefined {
    return this.#lastSeen.of(deviceId);
  }

  #deviceOf(credential: Credential): PairedDevice | undefined {
    switch (credential.kind) {
      case 'none':
      case 'unclear':
        return undefined;
      case 'token':
        return this.devices.findByToken(credential.token);
      case 'ticket': {
        const holder = this.#tickets.redeem(credential.ticket, this.#options.nowMs());
        return holder?.kind === 'device' ? this.devices.find(holder.id) : undefined;
      }
    }
  }

  /** Why a caller without a role gets nowhere, and the way out. */
  refusalOf({ isForwarded }: Caller): string {
    return !this.pairingNeeded && isForwarded
      ? 'a proxy passed this on, and this car listens for its own machine alone: start it with --host, then devices can be paired'
      : 'pair this device with the car first';
  }

  #tellPairing(cause: string): PairingState {
    const state = this.pairing();
    for (const watch of this.#pairingWatchers) watch({ state, cause });
    return state;
  }
}
