import { describe, expect, test } from 'vitest';
import { describeFindings, judge, judgeCamera, judgeNetwork } from './judge.ts';
import { judgeBoardWatchdog, judgeClock, judgeDisk, judgeService, judgeWifi } from './judge-machine.ts';
import { judgeBus, judgeOutputEnable, judgePins } from './judge-wiring.ts';
import type { Readings } from './readings.ts';
import { runs, scan, service, sound, streams } from './testing/sound-car.ts';

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

test('people read a line a finding, and the cure below it', () => {
  const text = describeFindings([judgeWifi(undefined), judgeClock({ year: 2026 })]);
  expect(text).toBe(
    'weak  WiFi   there is no wireless interface\n' +
      '             → Plug in a WiFi card; phones reach the car by cable only\n' +
      'ok    clock  2026\n',
  );
});
