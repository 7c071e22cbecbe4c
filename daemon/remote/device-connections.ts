import type { DeviceChange } from './pairing/devices.ts';

/** What each paired device has open at this moment, so that it can be shut when the device may no longer have it. */
export class DeviceConnections {
  readonly #open = new Map<string, Set<(change: DeviceChange) => void>>();

  /**
   * @param deviceId undefined for this machine itself, which cannot be revoked.
   * @param shut ends the connection; must not throw.
   * @returns to be called when it has ended by itself.
   */
  hold(deviceId: string | undefined, shut: (change: DeviceChange) => void): () => void {
    if (deviceId === undefined) return () => {};
    const held = this.#open.get(deviceId) ?? new Set();
    this.#open.set(deviceId, held.add(shut));
    return () => {
      held.delete(shut);
      if (held.size === 0 && this.#open.get(deviceId) === held) this.#open.delete(deviceId);
    };
  }

  has(deviceId: string): boolean {
    return this.#open.has(deviceId);
  }

  shut(deviceId: string, change: DeviceChange): void {
    for (const shut of [...(this.#open.get(deviceId) ?? [])]) shut(change);
  }
}
