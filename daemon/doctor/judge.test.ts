import { describe, expect, test } from 'vitest';
import type { BoardReadings } from '../protocol/board.ts';
import { describeFindings, judge, judgeCamera, judgeNetwork } from './judge.ts';
import { judgeBoard } from './judge-board.ts';
import { judgeBoardWatchdog, judgeClock, judgeDisk, judgeService, judgeWifi } from './judge-machine.ts';
import { judgeBus, judgeOutputEnable, judgePins, motorTrouble } from './judge-wiring.ts';
import type { HeldDevice, NetworkReading, Readings } from './readings.ts';

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
const service = {
  kind: 'installed',
  isEnabled: true,
  active: 'active',
  restarts: 0,
  hasWatchdog: true,
  hasBoardWatchdog: true,
  neutraliser: { isEnabled: true, result: 'success' },
} as const;
const nano: BoardReadings = {
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
const scan = (found: readonly number[], held: readonly HeldDevice[] = []) =>
  ({ kind: 'scanned', number: 1, found, held, wanted: [0x40], motors: [0x40] }) as const;
const sound: Readings = {
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

test('a sound car is well in every respect', () => {
  expect(judge(sound).filter(({ verdict }) => verdict !== 'well')).toEqual([]);
});

test('a configuration that cannot be used is told, though its last good copy was looked at', () => {
  const configFallback =
    'the configuration car.yaml is not usable:\n  camera.heigthM: there is no such key.\nChange it in car.yaml.';
  const [finding, ...others] = judge({ ...sound, configFallback }).filter(({ verdict }) => verdict !== 'well');
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    check: 'configuration',
    verdict: 'ill',
    text: 'the configuration car.yaml is not usable: camera.heigthM: there is no such key. Change it in car.yaml.',
    cure: expect.stringContaining('last good copy'),
  });
});

test('what the running car has is not taken from it', () => {
  const running: Readings = {
    ...sound,
    camera: { kind: 'in-use', detectionsPerS: 18.2 },
    network: { ...runs, kind: 'in-use' },
    outputEnable: { kind: 'held' },
  };
  expect(judge(running).filter(({ verdict }) => verdict !== 'well')).toEqual([]);
});

test('a laptop is told which looks need the car, and is not ill', () => {
  const laptop: Readings = {
    ...sound,
    isSimulated: true,
    camera: { kind: 'simulated' },
    bus: { kind: 'simulated' },
    pins: { isThere: false, isWritable: false },
    service: { kind: 'absent' },
    outputEnable: { kind: 'simulated' },
    board: { memoryUsedMb: 3000, memoryTotalMb: 16_000 },
  };
  const findings = judge(laptop);
  expect(findings.filter(({ verdict }) => verdict === 'needs-car').map(({ check }) => check)).toEqual([
    'camera',
    'bus',
    'OE pin',
    'pins',
    'power',
    'temperature',
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
      'a camera that says nothing',
      judgeCamera({ kind: 'refused', text: 'not-negotiated', devices: ['/dev/video0'] }),
      'ill',
      '--list-formats-ext',
    ],
    [
      'a wrong size',
      judgeCamera({ kind: 'unfit', text: 'it has no 800x600. It has 640x480 (30 a second). Change camera.widthPx.' }),
      'ill',
      'It has 640x480 (30 a second). Change camera.widthPx.',
    ],
    [
      'a camera that another reads',
      judgeCamera({ kind: 'refused', text: 'Device or resource busy', devices: ['/dev/video0'] }),
      'ill',
      'fuser -v /dev/video0',
    ],
    [
      'a camera that is forbidden',
      judgeCamera({ kind: 'refused', text: 'Permission denied', devices: ['/dev/video0'] }),
      'ill',
      'usermod -aG video',
    ],
    ['a running car that sees nothing', judgeCamera({ kind: 'in-use', detectionsPerS: 0 }), 'ill', 'journalctl'],
    ['a stall', judgeCamera({ ...streams, longestGapMs: 301 }), 'ill', 'USB port'],
    ['a slow camera', judgeCamera({ ...streams, reachedPerS: 15 }), 'weak', 'light'],
    [
      'no bus',
      judgeBus({ kind: 'refused', text: 'there is no /dev/i2c-1: run "sudo modprobe i2c-dev"' }),
      'ill',
      'modprobe',
    ],
    ['no board', judgeBus(scan([])), 'ill', 'wires'],
    ['a board at another address', judgeBus(scan([0x41, 0x70])), 'ill', 'If it is 0x41 that is the board'],
    [
      'a board that a kernel driver has',
      judgeBus(scan([], [{ address: 0x40, driver: 'pca9685-pwm' }])),
      'ill',
      'echo 1-0040 | sudo tee /sys/bus/i2c/devices/1-0040/driver/unbind; for good: take it out of the device tree, or blacklist pca9685-pwm',
    ],
    ['no OE pin', judgeOutputEnable({ kind: 'none' }), 'weak', 'pull-up'],
    [
      'an OE pin without its pull-up',
      judgeOutputEnable({ kind: 'read', pin: 'J41 pin 7', level: 'low' }),
      'ill',
      '10 kΩ',
    ],
    [
      'an OE pin beside a board that does not stop',
      judgeOutputEnable({ kind: 'not-stopped', text: 'no' }),
      'weak',
      'bus',
    ],
    ['an OE pin that is refused', judgeOutputEnable({ kind: 'refused', text: 'no' }), 'ill', 'outputEnable'],
    ['no right to the pins', judgePins({ ...sound, pins: { isThere: true, isWritable: false } }), 'weak', 'usermod'],
    ['a full disk', judgeDisk({ folder: '/', freeMb: 100, writeMbPerS: 20 }), 'ill', 'apt clean'],
    ['a slow disk', judgeDisk({ folder: '/', freeMb: 9000, writeMbPerS: 2 }), 'weak', 'A1'],
    ['a folder that is not ours', judgeDisk({ folder: '/x', freeMb: 9000 }), 'weak', 'user that owns /x, or name'],
    [
      'a folder that cannot be made',
      judgeDisk({ folder: '/no/car', measuredIn: '/', freeMb: 9000 }),
      'weak',
      'Make /no/car for the user that the car runs as, or name a folder that it may write in: JETSON_CAR_STATE=',
    ],
    ['no WiFi', judgeWifi(undefined), 'weak', 'WiFi card'],
    ['WiFi that is off', judgeWifi({ interface: 'wlan0', isUp: false }), 'weak', 'nmcli'],
    ['weak WiFi', judgeWifi({ interface: 'wlan0', isUp: true, signalDbm: -75 }), 'weak', 'antennas'],
    [
      'WiFi that saves power',
      judgeWifi({ interface: 'wlan0', isUp: true, savesPower: true }),
      'weak',
      'power_save off',
    ],
    ['a clock without a battery', judgeClock({ year: 2018 }), 'weak', 'date -s'],
    ['a failed service', judgeService({ ...service, active: 'failed', restarts: 5 }), 'ill', 'journalctl'],
    ['no watchdog', judgeService({ ...service, hasWatchdog: false }), 'ill', 'install.sh'],
    [
      'wheels that stay driven',
      judgeService({ ...service, neutraliser: { isEnabled: true, result: 'exit-code' } }),
      'ill',
      'jetson-car-neutral',
    ],
    [
      'wheels that are not made neutral at boot',
      judgeService({ ...service, neutraliser: { isEnabled: false, result: 'success' } }),
      'weak',
      'enable',
    ],
    [
      'no watchdog of the board',
      judgeBoardWatchdog({ ...service, hasBoardWatchdog: false })[0]!,
      'weak',
      'RuntimeWatchdogSec=10',
    ],
    ['not at boot', judgeService({ ...service, isEnabled: false }), 'weak', 'enable'],
    ['restarts', judgeService({ ...service, restarts: 2 }), 'weak', 'journalctl'],
    [
      'a network that is none',
      judgeNetwork({ kind: 'refused', text: 'x.onnx does not exist' }).at(-1)!,
      'ill',
      'models list',
    ],
    [
      'a library that is none',
      judgeNetwork({ kind: 'runtime-refused', text: 'the inference library x.so cannot be used' }).at(-1)!,
      'ill',
      'configuration.md',
    ],
    [
      'a detector that is not ready',
      judgeNetwork({ ...runs, kind: 'in-use', provider: undefined }).at(-1)!,
      'weak',
      'minutes',
    ],
    ['a GPU that fell back', judgeNetwork({ ...runs, kind: 'in-use', provider: 'cpu' }).at(-1)!, 'ill', 'GPU'],
    ['no card', judgeNetwork({ ...runs, hasCard: false })[0]!, 'weak', 'card'],
    ['a card of another network', judgeNetwork({ ...runs, cardSha256: 'cd'.repeat(32) })[0]!, 'ill', 'together'],
    [
      'a GPU that does not work',
      judgeNetwork({
        ...runs,
        provider: 'cpu',
        cpuFrameMs: undefined,
        fallbacks: [{ text: 'cuda: no', cure: 'The GPU' }],
      }).at(-1)!,
      'ill',
      'GPU',
    ],
    [
      'a library that cannot be called',
      judgeNetwork({
        ...runs,
        provider: 'cpu',
        wanted: ['cpu'],
        cpuFrameMs: undefined,
        fallbacks: [{ text: 'libonnxruntime.so.1: no', cure: 'npm ci' }],
      }).at(-1)!,
      'weak',
      'npm ci',
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

describe('the computer', () => {
  const verdicts = (board: BoardReadings) =>
    Object.fromEntries(judgeBoard(board).map((finding) => [finding.check, finding]));

  test('is told with its power mode, supply and draw, and its hottest sensor', () => {
    expect(verdicts(nano)).toMatchObject({
      power: { verdict: 'well', text: 'power mode MAXN, supply 5.02 V, draws 4.2 W' },
      temperature: { verdict: 'well', text: 'CPU 48 °C' },
      clocks: { verdict: 'well', text: '1479 of 1479 MHz' },
      memory: { verdict: 'well', text: '1900 of 3964 MB in use' },
    });
  });

  test.each([
    ['power', { supplyV: 4.6 }, 'ill', '5 V 4 A'],
    ['power', { cpuCores: { online: 2, present: 4 } }, 'weak', 'nvpmodel -m 0'],
    ['temperature', { temperatures: [{ name: 'GPU', celsius: 84 }] }, 'weak', 'fan'],
    ['temperature', { temperatures: [{ name: 'GPU', celsius: 93 }] }, 'ill', 'fan'],
    ['clocks', { cpuClockMhz: { current: 614, maximum: 1479 } }, 'weak', 'supply'],
    ['memory', { memoryUsedMb: 3800 }, 'weak', 'desktop'],
  ] as const)('has trouble with its %s: %j', (check, change, verdict, cure) => {
    const finding = verdicts({ ...nano, ...change } as BoardReadings)[check];
    expect(finding).toMatchObject({ check, verdict, cure: expect.stringContaining(cure) });
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

test('a device that the configuration does not name is no illness, and is told', () => {
  const text = (found: number[]) => judgeBus(scan(found));
  expect(text([0x40, 0x41, 0x60, 0x70])).toEqual({
    check: 'bus',
    verdict: 'well',
    text: 'bus 1: 0x40, 0x41, 0x60, 0x70 answers; 0x41, 0x60 is not in the configuration, and not used',
  });
  expect(text([0x40, 0x70]).text).toBe('bus 1: 0x40, 0x70 answers');
});

test('a device that a kernel driver has is not said to be silent, and no illness where the car does not need it', () => {
  expect(judgeBus(scan([0x40], [{ address: 0x68, driver: 'rtc-ds1307' }]))).toEqual({
    check: 'bus',
    verdict: 'well',
    text: 'bus 1: 0x40 answers; 0x68 is busy: a kernel driver holds it: rtc-ds1307',
  });
  const needed = judgeBus(scan([], [{ address: 0x40 }]));
  expect(needed).toMatchObject({
    verdict: 'ill',
    text: 'bus 1: nothing answers; 0x40 is busy: a kernel driver holds it',
  });
});

test('a device whose driver the kernel does not tell is not freed by way of a path that is not there', () => {
  const finding = judgeBus(scan([], [{ address: 0x40 }]));
  expect(finding).toHaveProperty('cure', expect.stringContaining('device tree'));
  expect(finding).toHaveProperty('cure', expect.not.stringContaining('/sys/'));
});

describe('a motor board that is silent beside a battery sensor that a kernel driver has', () => {
  const both = {
    ...scan([0x70], [{ address: 0x41, driver: 'ina2xx' }]),
    wanted: [0x41, 0x40],
  };

  test('is told first, and each has its cure', () => {
    expect(judgeBus(both)).toEqual({
      check: 'bus',
      verdict: 'ill',
      text: 'bus 1: 0x70 answers; 0x40 does not answer; 0x41 is busy: a kernel driver holds it: ina2xx',
      cure:
        '0x40: Check the four wires of the board (3.3 V to VCC, SDA to pin 3, SCL to pin 5, ground), or set the address in actuators. ' +
        '0x41: echo 1-0041 | sudo tee /sys/bus/i2c/devices/1-0041/driver/unbind; for good: take it out of the device tree, or blacklist ina2xx',
    });
  });

  test('is all that the trial of the wheels is refused for', () => {
    const trouble = motorTrouble(both);
    expect(trouble?.text).toBe('bus 1: 0x40 does not answer');
    expect(trouble?.cure).toMatch(/^Check the four wires/);
    expect(motorTrouble({ ...both, found: [0x40] })).toBeUndefined();
  });
});
