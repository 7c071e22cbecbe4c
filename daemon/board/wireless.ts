import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What every kernel tells any user of its first wireless interface. */
export interface WirelessReading {
  readonly interface: string;
  readonly isUp: boolean;
  readonly signalDbm?: number;
  readonly qualityShare?: number;
}

/**
 * The first wireless interface, with its signal where the driver tells one in /proc/net/wireless: link quality of 70, level in
 * dBm. Undefined where there is none.
 */
export async function readWireless(root: string): Promise<WirelessReading | undefined> {
  const folder = join(root, 'sys/class/net');
  const interfaces = await list(folder);
  const wireless = await Promise.all(
    interfaces.map(async (name) => (await list(join(folder, name, 'wireless'))).length > 0),
  );
  const found = interfaces.find((_name, index) => wireless[index]);
  if (found === undefined) return undefined;
  const state = await textOf(join(folder, found, 'operstate'));
  const table = (await textOf(join(root, 'proc/net/wireless'))) ?? '';
  return { interface: found, isUp: state?.trim() === 'up', ...signalOf(table, found) };
}

function signalOf(table: string, name: string): Pick<WirelessReading, 'signalDbm' | 'qualityShare'> {
  const row = table.split('\n').find((line) => line.trim().startsWith(`${name}:`));
  const [, quality, level] = (row?.split(':')[1] ?? '').trim().split(/\s+/).map(Number);
  return {
    ...(level !== undefined && Number.isFinite(level) && level < 0 && { signalDbm: level }),
    ...(quality !== undefined && Number.isFinite(quality) && { qualityShare: Math.min(1, Math.max(0, quality / 70)) }),
  };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}
