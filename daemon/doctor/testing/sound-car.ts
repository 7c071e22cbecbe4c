import type { BoardReadings } from '../../protocol/board.ts';
import type { HeldDevice, NetworkReading, Readings } from '../readings.ts';

/** What the doctor reads of a car that is well. */
export const streams = { kind: 'streams', askedPerS: 30, reachedPerS: 29.7, longestGapMs: 60 } as const;
export const runs: Extract<NetworkReading, { kind: 'runs' }> = {
  kind: 'runs',
  name: 'car-cones-384.onnx',
  hasCard: true,
  sha256: 'ab'.repeat(32),
  provider: 'cuda',
  wanted: ['cuda', 'cpu'],
  frameMs: 21,
  cpuFrameMs: 95,
  fallbacks: [],
};
export const service = {
  kind: 'installed',
  isEnabled: true,
  active: 'active',
  restarts: 0,
  hasWatchdog: true,
  hasBoardWatchdog: true,
  neutraliser: { isEnabled: true, result: 'success' },
} as const;
export const nano: BoardReadings = {
  cpuLoad: 0.9,
  cpuCores: { online: 4, present: 4 },
  cpuClockMhz: { current: 1479, maximum: 1479 },
  temperatures: [{ name: 'CPU', celsius: 48 }],
  memoryUsedMb: 1900,
  memoryTotalMb: 3964,
  powerMode: 'MAXN',
  powerMw: { total: 4200 },
  supplyV: 5.02,
};
/** Of a car whose one board is at 0x40. */
export const scan = (found: readonly number[], held: readonly HeldDevice[] = []) =>
  ({ kind: 'scanned', number: 1, found, held, wanted: [0x40], motors: [0x40] }) as const;
export const sound: Readings = {
  versions: { car: '1.2.3', node: 'v22.18.0', kernel: '4.9.253-tegra', board: 'NVIDIA Jetson Nano, L4T R32.7.1' },
  vehicle: 'hshop-1-18',
  isSimulated: false,
  camera: streams,
  bus: scan([0x40, 0x70]),
  pins: { isThere: true, isWritable: true },
  network: runs,
  disk: { folder: '/var/lib/jetson-car', freeMb: 9000, writeMbPerS: 22 },
  wifi: { interface: 'wlan0', isUp: true, signalDbm: -51 },
  clock: { year: 2026, isSynchronised: true },
  service,
  outputEnable: { kind: 'read', pin: 'J41 pin 7', level: 'high' },
  board: nano,
};
