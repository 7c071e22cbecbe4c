import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readWireless } from '../board/wireless.ts';
import { askProgram } from '../platform/ask-program.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { projectVersion } from '../platform/paths.ts';
import type { Readings, ServiceReading } from './readings.ts';

const writtenMb = 16;
const carUnit = 'jetson-car.service';
const neutralUnit = 'jetson-car-neutral.service';

/** What a program prints; undefined where it is not there or fails. */
async function ask(program: string, ...args: string[]): Promise<string | undefined> {
  return askProgram(program, args).then(
    (text) => text.trim(),
    () => undefined,
  );
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', '').trim();
  } catch {
    return undefined;
  }
}

export function readVersions(): Readings['versions'] {
  const model = textOf('/proc/device-tree/model');
  // "# R32 (release), REVISION: 7.1, ..." on L4T.
  const l4t = /^# (R\d+).*REVISION: ([\d.]+)/.exec(textOf('/etc/nv_tegra_release') ?? '');
  const board = [model, l4t === null ? undefined : `L4T ${l4t[1]}.${l4t[2]}`].filter((part) => part !== undefined);
  return {
    car: projectVersion(),
    node: process.version,
    kernel: release(),
    ...(board.length > 0 && { board: board.join(', ') }),
  };
}

export function readPins(): Readings['pins'] {
  const file = '/sys/class/gpio/export';
  if (!existsSync(file)) return { isThere: false, isWritable: false };
  try {
    accessSync(file, constants.W_OK);
    return { isThere: true, isWritable: true };
  } catch {
    return { isThere: true, isWritable: false };
  }
}

/**
 * Writes a file and waits until the disk has it, as a black box is written.
 * @param wanted where the car writes; before its first start that may not be there yet, and the folder above it counts.
 */
export async function readDisk(wanted: string): Promise<Readings['disk']> {
  const folder = resolve(wanted);
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  const freeMb = (bavail * bsize) / 1e6;
  const writeMbPerS =
    freeMb < 2 * writtenMb ? undefined : await writeSpeed(join(there, `.doctor-${process.pid}`)).catch(() => undefined);
  return {
    folder,
    ...(there !== folder && { measuredIn: there }),
    freeMb,
    ...(writeMbPerS !== undefined && { writeMbPerS }),
  };
}

/** @throws Error with the system's code where the file cannot be written, or not be removed again. */
async function writeSpeed(file: string): Promise<number> {
  // A doctor of the same number that was killed may have left it.
  await rm(file, { force: true });
  const handle = await open(file, 'wx');
  try {
    const startedAtMs = monotonicNowMs();
    await handle.write(Buffer.alloc(writtenMb * 1e6, 0x5a));
    await handle.sync();
    return writtenMb / ((monotonicNowMs() - startedAtMs) / 1000);
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

export async function readWifi(): Promise<Readings['wifi']> {
  const wireless = await readWireless('/');
  if (wireless === undefined) return undefined;
  // In /usr/sbin, where not every user's shell looks. "Power save: on".
  const saving = /Power save: (on|off)/.exec(
    (await ask('/usr/sbin/iw', 'dev', wireless.interface, 'get', 'power_save')) ?? '',
  );
  return { ...wireless, ...(saving !== null && { savesPower: saving[1] === 'on' }) };
}

export async function readClock(now: Date): Promise<Readings['clock']> {
  const said = await ask('timedatectl', 'show', '--property=NTPSynchronized', '--value');
  return { year: now.getFullYear(), ...(said !== undefined && said !== '' && { isSynchronised: said === 'yes' }) };
}

export async function readService(): Promise<ServiceReading> {
  const state = await unitState(carUnit, 'LoadState', 'UnitFileState', 'ActiveState', 'NRestarts', 'WatchdogUSec');
  if (state.get('LoadState') !== 'loaded') return { kind: 'absent' };
  const neutraliser = await unitState(neutralUnit, 'UnitFileState', 'Result');
  const board = await ask('systemctl', 'show', '--property=RuntimeWatchdogUSec');
  return {
    kind: 'installed',
    isEnabled: state.get('UnitFileState') === 'enabled',
    active: state.get('ActiveState') ?? 'unknown',
    restarts: Number(state.get('NRestarts') ?? 0),
    hasWatchdog: isLimit(state.get('WatchdogUSec')),
    hasBoardWatchdog: isLimit(board?.split('=')[1]),
    neutraliser: {
      isEnabled: neutraliser.get('UnitFileState') === 'enabled',
      result: neutraliser.get('Result') ?? 'unknown',
    },
  };
}

/** A time of systemd's that is one: it says 0 or infinity for none, and nothing where it does not know the word. */
function isLimit(text: string | undefined): boolean {
  return text !== undefined && !['', '0', 'infinity'].includes(text);
}

async function unitState(unit: string, ...names: string[]): Promise<ReadonlyMap<string, string>> {
  const text = (await ask('systemctl', 'show', unit, `--property=${names.join(',')}`)) ?? '';
  return new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
