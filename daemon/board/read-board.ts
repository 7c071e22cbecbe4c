import { readdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoardReadings } from '../protocol/board.ts';
import { type CpuTimes, countCpus, cpuLoad, parseCpuTimes } from './cpu-load.ts';
import { coldestC } from './tegrastats.ts';
import { readWireless } from './wireless.ts';

/** A sample, and what the next one needs of it: a load is the difference of two. */
export interface BoardSample {
  readonly readings: BoardReadings;
  readonly cpuTimes: CpuTimes | undefined;
}

/** Where a Jetson Nano's kernel 4.9 keeps what other computers do not have (relative to the root). */
const gpuLoadFiles = ['sys/devices/57000000.gpu/load', 'sys/devices/gpu.0/load', 'sys/devices/platform/gpu.0/load'];
const gpuClockFile = 'sys/devices/57000000.gpu/devfreq/57000000.gpu/cur_freq';
/** Below it `iio:deviceN`: 0, unless something else that measures was found before it. */
const powerMonitor = 'sys/bus/i2c/drivers/ina3221x/6-0040';
/** Sensors that measure nothing: a constant of the power chip, and the fan's own estimate. */
const dummySensors = new Set(['PMIC-Die', 'thermal-fan-est']);
const nvpmodelStatus = 'var/lib/nvpmodel/status';
const nvpmodelNames: Readonly<Record<string, string>> = { '0': 'MAXN', '1': '5W' };

/**
 * Reads a computer's state from its `/proc` and `/sys`, as any user may. What a file does not say, or is not there to say, is
 * absent; a file never makes it fail.
 * @param root the folder that stands for `/`; tests give a tree of their own.
 * @param disk a folder on the disk whose space counts.
 */
export async function readBoard(root: string, disk: string, before?: BoardSample): Promise<BoardSample> {
  const text = (path: string) => readText(join(root, path));
  const [stat, memory, online, present, uptime] = await Promise.all([
    text('proc/stat'),
    text('proc/meminfo'),
    text('sys/devices/system/cpu/online'),
    text('sys/devices/system/cpu/present'),
    text('proc/uptime'),
  ]);
  const cpuTimes = stat === undefined ? undefined : parseCpuTimes(stat);
  const load =
    cpuTimes === undefined || before?.cpuTimes === undefined ? undefined : cpuLoad(before.cpuTimes, cpuTimes);
  const uptimeS = amountOf(uptime?.split(' ')[0]);
  const readings: BoardReadings = {
    ...(load !== undefined && { cpuLoad: load }),
    ...cpuCores(online, present),
    ...(await cpuClock(root, online)),
    ...(await gpu(text)),
    ...(await temperatures(root)),
    ...(memory !== undefined && memoryOf(memory)),
    ...(await diskSpace(disk)),
    ...(await power(root, text)),
    ...(await powerMode(text)),
    ...(await wifi(root)),
    ...(uptimeS !== undefined && { uptimeS }),
  };
  return { readings, cpuTimes };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** A number of a file's whole text; undefined for none. */
function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** What cannot be negative: a power, a clock, a voltage. */
function amountOf(text: string | undefined): number | undefined {
  const value = numberOf(text);
  return value === undefined || value < 0 ? undefined : value;
}

async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return [];
  }
}

function cpuCores(online: string | undefined, present: string | undefined): Pick<BoardReadings, 'cpuCores'> {
  const counts = { online: countCpus(online ?? ''), present: countCpus(present ?? '') };
  if (!counts.online || !counts.present) return {};
  return { cpuCores: { online: counts.online, present: counts.present } };
}

async function cpuClock(root: string, online: string | undefined): Promise<Pick<BoardReadings, 'cpuClockMhz'>> {
  const first = /^\d+/.exec(online ?? '0')?.[0] ?? '0';
  const folder = join(root, `sys/devices/system/cpu/cpu${first}/cpufreq`);
  const current = amountOf(await readText(join(folder, 'scaling_cur_freq')));
  const maximum = amountOf(await readText(join(folder, 'cpuinfo_max_freq')));
  if (current === undefined || maximum === undefined) return {};
  return { cpuClockMhz: { current: Math.round(current / 1000), maximum: Math.round(maximum / 1000) } };
}

type ReadRelative = (path: string) => Promise<string | undefined>;

async function gpu(text: ReadRelative): Promise<Pick<BoardReadings, 'gpuLoad' | 'gpuClockMhz'>> {
  const load = (await Promise.all(gpuLoadFiles.map(text))).map(numberOf).find((each) => each !== undefined);
  const clockHz = amountOf(await text(gpuClockFile));
  return {
    // Per mille.
    ...(load !== undefined && { gpuLoad: Math.min(1, Math.max(0, load / 1000)) }),
    ...(clockHz !== undefined && { gpuClockMhz: Math.round(clockHz / 1e6) }),
  };
}

async function temperatures(root: string): Promise<Pick<BoardReadings, 'temperatures'>> {
  const folder = join(root, 'sys/class/thermal');
  const zones = (await list(folder)).filter((name) => name.startsWith('thermal_zone'));
  const found = await Promise.all(
    zones.map(async (zone) => {
      const name = await readText(join(folder, zone, 'type'));
      const milli = numberOf(await readText(join(folder, zone, 'temp')));
      if (name === undefined || milli === undefined || milli / 1000 <= coldestC || dummySensors.has(name)) return [];
      return [{ name: name.replace(/-therm$/, ''), celsius: milli / 1000 }];
    }),
  );
  return found.flat().length === 0 ? {} : { temperatures: found.flat() };
}

function memoryOf(meminfo: string): Pick<BoardReadings, 'memoryUsedMb' | 'memoryTotalMb'> {
  const megabytes = (name: string) => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(meminfo);
    return match === null ? undefined : Number(match[1]) / 1024;
  };
  const total = megabytes('MemTotal');
  const available = megabytes('MemAvailable');
  if (total === undefined || available === undefined) return {};
  return { memoryUsedMb: Math.round(Math.max(0, total - available)), memoryTotalMb: Math.round(total) };
}

async function diskSpace(folder: string): Promise<Pick<BoardReadings, 'diskFreeMb' | 'diskTotalMb'>> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    const megabytes = (count: number) => Math.round((count * bsize) / 2 ** 20);
    return { diskFreeMb: megabytes(bavail), diskTotalMb: megabytes(blocks) };
  } catch {
    return {};
  }
}

/** The three channels of the INA3221 on the Nano: the 5 V input, the graphics processor's and the processors' rails. */
async function power(root: string, text: ReadRelative): Promise<Pick<BoardReadings, 'powerMw' | 'supplyV'>> {
  const devices = (await list(join(root, powerMonitor))).filter((name) => name.startsWith('iio:device'));
  for (const folder of devices.map((name) => `${powerMonitor}/${name}`)) {
    const [total, gpuMw, cpuMw] = await Promise.all(
      [0, 1, 2].map(async (channel) => amountOf(await text(`${folder}/in_power${channel}_input`))),
    );
    const supplyMv = amountOf(await text(`${folder}/in_voltage0_input`));
    if (total === undefined && gpuMw === undefined && cpuMw === undefined) continue;
    return {
      powerMw: {
        ...(total !== undefined && { total }),
        ...(gpuMw !== undefined && { gpu: gpuMw }),
        ...(cpuMw !== undefined && { cpu: cpuMw }),
      },
      ...(supplyMv !== undefined && { supplyV: supplyMv / 1000 }),
    };
  }
  return {};
}

/** What nvpmodel set at boot, as it notes it: `pmode:0000`. Its own program would want root. */
async function powerMode(text: ReadRelative): Promise<Pick<BoardReadings, 'powerMode'>> {
  const number = /pmode:0*(\d+)/.exec((await text(nvpmodelStatus)) ?? '')?.[1];
  return number === undefined ? {} : { powerMode: nvpmodelNames[number] ?? `mode ${number}` };
}

async function wifi(root: string): Promise<Pick<BoardReadings, 'wifi'>> {
  const found = await readWireless(root);
  if (found === undefined) return {};
  // Whether it is up is no reading; whoever asks NetworkManager or iw for the network's name adds it (wifi.ts).
  const { isUp: _unused, ...readings } = found;
  return { wifi: readings };
}
