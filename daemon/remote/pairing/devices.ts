import { createHash } from 'node:crypto';
import type { Role } from '../../protocol/pairing.ts';
import { maxDevices, type PairedDevice } from './device.ts';

/** What happened to a device that may be connected at this moment. */
export type DeviceChange = 'revoked' | 'role-changed';

/** Where devices are kept. */
export interface DeviceStore {
  /** Those that are kept now, which another car with the same folder may have changed. Undefined where that cannot be told. */
  newest(): readonly PairedDevice[] | undefined;
  /** @throws UserError when they cannot be kept; then nothing has changed. */
  save(devices: readonly PairedDevice[]): void;
}

/** The devices that are paired with this car. Each change is kept before it counts. */
export class Devices {
  readonly #store: DeviceStore;
  readonly #onChange: (id: string, change: DeviceChange) => void;
  #devices: readonly PairedDevice[];

  constructor(options: {
    devices: readonly PairedDevice[];
    store: DeviceStore;
    onChange: (id: string, change: DeviceChange) => void;
  }) {
    this.#devices = options.devices;
    this.#store = options.store;
    this.#onChange = options.onChange;
  }

  get all(): readonly PairedDevice[] {
    return this.#devices;
  }

  find(id: string): PairedDevice | undefined {
    return this.#devices.find((device) => device.id === id);
  }

  /**
   * Whose token it is. Hashes are compared, not tokens: how long that takes depends on the hash of a guess, which tells its
   * maker nothing about any token.
   */
  findByToken(token: string): PairedDevice | undefined {
    if (!/^[\w-]{43}$/.test(token)) return undefined;
    const hash = hashToken(token);
    return this.#devices.find((device) => device.tokenHash === hash);
  }

  /** Undefined when there are too many already. */
  add(options: { id: string; name: string; role: Role; token: string; pairedAt: string }): PairedDevice | undefined {
    const now = this.#newest();
    if (now.length >= maxDevices) return undefined;
    const { token, ...rest } = options;
    const device = { ...rest, tokenHash: hashToken(token) };
    this.#keep([...now, device]);
    return device;
  }

  /** Undefined when there is no such device. */
  edit(id: string, changes: { name?: string | undefined; role?: Role | undefined }): PairedDevice | undefined {
    const now = this.#newest();
    const before = now.find((device) => device.id === id);
    if (before === undefined) return undefined;
    const after = { ...before, name: changes.name ?? before.name, role: changes.role ?? before.role };
    this.#keep(now.map((device) => (device.id === id ? after : device)));
    return after;
  }

  /** Whether there was such a device. Its connections end at once. */
  revoke(id: string): boolean {
    const now = this.#newest();
    if (![...now, ...this.#devices].some((device) => device.id === id)) return false;
    this.#keep(now.filter((device) => device.id !== id));
    return true;
  }

  /** A change is one of what is kept: else it would undo what another car with the same folder has paired, or revoked. */
  #newest(): readonly PairedDevice[] {
    return this.#store.newest() ?? this.#devices;
  }

  #keep(devices: readonly PairedDevice[]): void {
    this.#store.save(devices);
    const before = this.#devices;
    this.#devices = devices;
    for (const { id, role } of before) {
      const after = this.find(id);
      if (after === undefined) this.#onChange(id, 'revoked');
      else if (after.role !== role) this.#onChange(id, 'role-changed');
    }
  }
}

function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('base64url');
}
