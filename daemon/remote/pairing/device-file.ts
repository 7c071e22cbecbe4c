import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../../platform/atomic-file.ts';
import { makeFolders, whyUnreadable, whyUnwritable } from '../../platform/file-trouble.ts';
import { parseJson } from '../../platform/line-channel.ts';
import { closeToOthers } from '../../platform/owner.ts';
import { ToldError } from '../../platform/user-error.ts';
import { trouble } from '../../protocol/troubles.ts';
import { devicesFileSchema, type PairedDevice } from './device.ts';
import type { DeviceStore } from './devices.ts';

const onlyOwner = 0o600;

export type LoadedDevices =
  /** This car has never been started here: pairing opens by itself, this once. */
  | { readonly kind: 'first-start'; readonly devices: readonly [] }
  | { readonly kind: 'loaded'; readonly devices: readonly PairedDevice[] }
  /** Whatever was paired no longer is, and pairing again takes somebody at the car. */
  | { readonly kind: 'lost'; readonly devices: readonly []; readonly text: string };

/**
 * The file of paired devices, and beside it the mark of the first start: a file that is gone must not look like a car that
 * is new, or deleting it would open the door.
 */
export class DeviceFile implements DeviceStore {
  readonly #folder: string;
  readonly #file: string;
  readonly #mark: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, 'devices.json');
    this.#mark = join(folder, 'started-before');
  }

  /** @throws UserError when the folder cannot be used. Makes the mark: the next start is not the first. */
  load(): LoadedDevices {
    try {
      makeFolders(this.#folder, 0o700);
    } catch (error) {
      throw new ToldError(
        trouble('devices-unwritable', { file: this.#folder }),
        `${this.#folder} ${whyUnwritable(error)}. JETSON_CAR_STATE names another folder.`,
      );
    }
    const startedBefore = existsSync(this.#mark);
    const isThere = existsSync(this.#file);
    if (!startedBefore) {
      if (!isThere) this.save([]);
      this.#write(this.#mark, 'This car has been started before: pairing does not open by itself any more.\n');
    }
    if (isThere) return this.#read();
    return startedBefore
      ? { kind: 'lost', devices: [], text: `${this.#file} is gone` }
      : { kind: 'first-start', devices: [] };
  }

  save(devices: readonly PairedDevice[]): void {
    this.#write(this.#file, `${JSON.stringify({ version: 1, devices }, undefined, 2)}\n`);
  }

  newest(): readonly PairedDevice[] | undefined {
    try {
      return devicesIn(readFileSync(this.#file, 'utf8'));
    } catch {
      return undefined;
    }
  }

  #read(): LoadedDevices {
    const file = this.#file;
    let text: string;
    try {
      closeToOthers(file);
      text = readFileSync(file, 'utf8');
    } catch (error) {
      return { kind: 'lost', devices: [], text: `${file} ${whyUnreadable(error)}` };
    }
    const devices = devicesIn(text);
    if (devices !== undefined) return { kind: 'loaded', devices };
    return { kind: 'lost', devices: [], text: `${file} is damaged${this.#putAside()}` };
  }

  /** For whoever wants to know what happened; a half-read list is worth less than none. @returns where it is, in words. */
  #putAside(): string {
    const kept = `${this.#file}.unreadable`;
    try {
      renameSync(this.#file, kept);
      return `; it is kept as ${kept}`;
    } catch (error) {
      return `, and ${kept} ${whyUnwritable(error)}`;
    }
  }

  #write(file: string, text: string): void {
    try {
      writeFileAtomically(file, text, { mode: onlyOwner });
    } catch (error) {
      throw new ToldError(
        trouble('devices-unwritable', { file }),
        `${file} ${whyUnwritable(error)}. JETSON_CAR_STATE names another folder.`,
      );
    }
  }
}

function devicesIn(text: string): readonly PairedDevice[] | undefined {
  const json = parseJson(text);
  return devicesFileSchema.safeParse(json.ok ? json.value : undefined).data?.devices;
}
