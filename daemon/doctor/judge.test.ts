import { describe, expect, test } from 'vitest';
import {
  describeFindings,
  judge,
  judgeBus,
  judgeCamera,
  judgeClock,
  judgeDisk,
  judgeNetwork,
  judgeOutputEnable,
  judgePins,
  judgeService,
  judgeWifi,
} from './judge.ts';
import type { NetworkReading, Readings } from './readings.ts';

const streams = { kind: 'streams', askedPerS: 30, reachedPerS: 29.7, longestGapMs: 60 } as const;
const runs: Extract<NetworkReading, { kind: 'runs' }> = {
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
const sound: Readings = {
  versions: { car: '1.2.3', node: 'v22.18.0', kernel: '4.9.253-tegra', board: 'NVIDIA Jetson Nano, L4T R32.7.1' },
  vehicle: 'hshop-1-18',
  isSimulated: false,
  camera: streams,
  bus: { kind: 'scanned', number: 1, found: [0x40, 0x70], wanted: [0x40] },
  pins: { isThere: true, isWritable: true },
  network: runs,
  disk: { folder: '/var/lib/jetson-car', freeMb: 9000, writeMbPerS: 22 },
  wifi: { interface: 'wlan0', isUp: true, signalDbm: -51 },
  clock: { year: 2026, isSynchronised: true },
  service: { kind: 'installed', isEnabled: true, active: 'active', restarts: 0, hasWatchdog: true },
  hasOutputEnable: true,
};

test('a sound car is well in every respect', () => {
  expect(judge(sound).filter(({ verdict }) => verdict !== 'well')).toEqual([]);
});

test('a laptop is told which looks need the car, and is not ill', () => {
  const laptop: Readings = {
    ...sound,
    isSimulated: true,
    camera: { kind: 'simulated' },
    bus: { kind: 'simulated' },
    pins: { isThere: false, isWritable: false },
    service: { kind: 'absent' },
    hasOutputEnable: false,
  };
  const findings = judge(laptop);
  expect(findings.filter(({ verdict }) => verdict === 'needs-car').map(({ check }) => check)).toEqual([
    'camera',
    'bus',
    'OE pin',
    'pins',
    'service',
  ]);
  expect(findings.some(({ verdict }) => verdict === 'ill')).toBe(false);
});

describe('each trouble has a verdict and a cure of one line', () => {
  test.each([
    [
      'no camera',
      judgeCamera({ kind: 'refused', text: 'Cannot identify device', devices: [] }),
      'ill',
      'plug the camera in',
    ],
    [
      'a wrong size',
      judgeCamera({ kind: 'refused', text: 'not-negotiated', devices: ['/dev/video0'] }),
      'ill',
      '--list-formats-ext',
    ],
    ['a stall', judgeCamera({ ...streams, longestGapMs: 301 }), 'ill', 'USB port'],
    ['a slow camera', judgeCamera({ ...streams, reachedPerS: 15 }), 'weak', 'light'],
    [
      'no bus',
      judgeBus({ kind: 'refused', text: 'there is no /dev/i2c-1: run "sudo modprobe i2c-dev"' }),
      'ill',
      'modprobe',
    ],
    ['no board', judgeBus({ kind: 'scanned', number: 1, found: [0x41], wanted: [0x40] }), 'ill', 'wires'],
    ['no OE pin', judgeOutputEnable({ ...sound, hasOutputEnable: false }), 'weak', 'pull-up'],
    ['no right to the pins', judgePins({ ...sound, pins: { isThere: true, isWritable: false } }), 'weak', 'usermod'],
    ['a full disk', judgeDisk({ folder: '/', freeMb: 100, writeMbPerS: 20 }), 'ill', 'recordings'],
    ['a slow disk', judgeDisk({ folder: '/', freeMb: 9000, writeMbPerS: 2 }), 'weak', 'A1'],
    ['a disk that is not ours', judgeDisk({ folder: '/x', freeMb: 9000 }), 'weak', 'chown'],
    ['no WiFi', judgeWifi(undefined), 'weak', 'WiFi card'],
    ['WiFi that is off', judgeWifi({ interface: 'wlan0', isUp: false }), 'weak', 'nmcli'],
    ['weak WiFi', judgeWifi({ interface: 'wlan0', isUp: true, signalDbm: -75 }), 'weak', 'antennas'],
    ['a clock without a battery', judgeClock({ year: 2018 }), 'weak', 'date -s'],
    [
      'a failed service',
      judgeService({ kind: 'installed', isEnabled: true, active: 'failed', restarts: 5, hasWatchdog: true }),
      'ill',
      'journalctl',
    ],
    [
      'no watchdog',
      judgeService({ kind: 'installed', isEnabled: true, active: 'active', restarts: 0, hasWatchdog: false }),
      'ill',
      'install.sh',
    ],
    [
      'not at boot',
      judgeService({ kind: 'installed', isEnabled: false, active: 'active', restarts: 0, hasWatchdog: true }),
      'weak',
      'enable',
    ],
    [
      'restarts',
      judgeService({ kind: 'installed', isEnabled: true, active: 'active', restarts: 2, hasWatchdog: true }),
      'weak',
      'journalctl',
    ],
    [
      'a network that is none',
      judgeNetwork({ kind: 'refused', text: 'x.onnx does not exist' }).at(-1)!,
      'ill',
      'models list',
    ],
    ['no card', judgeNetwork({ ...runs, hasCard: false })[0]!, 'weak', 'card'],
    [
      'a GPU that does not work',
      judgeNetwork({ ...runs, provider: 'cpu', cpuFrameMs: undefined, fallbacks: ['cuda: no'] }).at(-1)!,
      'ill',
      'GPU',
    ],
    ['a GPU that is slower', judgeNetwork({ ...runs, frameMs: 120 }).at(-1)!, 'weak', 'detector.devices'],
    [
      'a slow processor',
      judgeNetwork({ ...runs, provider: 'cpu', wanted: ['cpu'], frameMs: 400, cpuFrameMs: undefined }).at(-1)!,
      'ill',
      'on the GPU',
    ],
    ['a slow GPU', judgeNetwork({ ...runs, frameMs: 200, cpuFrameMs: 900 }).at(-1)!, 'ill', 'smaller'],
  ] as const)('%s', (_, finding, verdict, cure) => {
    expect(finding.verdict).toBe(verdict);
    if (!('cure' in finding)) throw new Error('no cure');
    expect(finding.cure).toContain(cure);
    expect(finding.cure).not.toContain('\n');
  });
});

test('people read a line a finding, and the cure below it', () => {
  const text = describeFindings([judgeWifi(undefined), judgeClock({ year: 2026 })]);
  expect(text).toBe(
    'weak  WiFi   there is no wireless interface\n' +
      '             → Plug in a WiFi card; phones reach the car by cable only\n' +
      'ok    clock  2026\n',
  );
});
