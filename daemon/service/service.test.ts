import { join } from 'node:path';
import koffi from 'koffi';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import type { Health } from '../protocol/telemetry.ts';
import { openNotifySocket } from './notify-socket.ts';
import { ServiceManager, serviceEnvironment } from './service-manager.ts';
import { statusText } from './status-text.ts';

const log = pino({ level: 'silent' });

/** A service manager's end of the socket: the kernel's own, for Node has none. */
function listenAt(path: string) {
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const bind = library.func('int bind(int, const uint8_t *, uint32_t)');
  const receive = library.func('intptr_t recv(int, _Out_ uint8_t *, size_t, int)');
  const close = library.func('int close(int)');
  const descriptor: number = socket(1, 2, 0);
  const address = Buffer.concat([Buffer.of(1, 0), Buffer.from(path.replace(/^@/, '\0'))]);
  if (bind(descriptor, address, address.length) !== 0) throw new Error(`cannot bind ${path}`);
  return {
    next(): string | undefined {
      const buffer = Buffer.alloc(4096);
      const length: number = receive(descriptor, buffer, buffer.length, 0x40);
      return length < 0 ? undefined : buffer.toString('utf8', 0, length);
    },
    close: () => void close(descriptor),
  };
}

describe('the notify socket', () => {
  const folder = folderForEachTest(testFolder('jetson-car-notify'));

  test.each([
    ['a path', () => join(folder(), 'notify')],
    ['an abstract name', () => `@jetson-car-test-${process.pid}`],
  ])('carries each message to %s as one datagram', (_, place) => {
    const manager = listenAt(place());
    const send = openNotifySocket(place());
    send('READY=1\nSTATUS=Bánh xe');
    send('WATCHDOG=1');
    expect([manager.next(), manager.next(), manager.next()]).toEqual([
      'READY=1\nSTATUS=Bánh xe',
      'WATCHDOG=1',
      undefined,
    ]);
    manager.close();
  });

  test('does not wait for a manager that does not read', () => {
    const manager = listenAt(join(folder(), 'notify'));
    const send = openNotifySocket(join(folder(), 'notify'));
    expect(() => {
      for (let sent = 0; sent < 100_000; sent++) send('WATCHDOG=1');
    }).toThrow('took no message (errno 11)');
    manager.close();
  });

  test('refuses what is no address', () => {
    expect(() => openNotifySocket('relative')).toThrow('NOTIFY_SOCKET is "relative"');
    expect(() => openNotifySocket(`/${'x'.repeat(120)}`)).toThrow('under 108 bytes');
  });
});

describe('what systemd said', () => {
  test('is nothing without a socket', () => {
    expect(serviceEnvironment({}, 7)).toBeUndefined();
    expect(serviceEnvironment({ NOTIFY_SOCKET: '' }, 7)).toBeUndefined();
  });

  test.each([
    [{}, undefined],
    [{ WATCHDOG_USEC: '2000000' }, 2000],
    [{ WATCHDOG_USEC: '2000000', WATCHDOG_PID: '7' }, 2000],
    [{ WATCHDOG_USEC: '2000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
  ])('%j gives a watchdog of %s ms', (variables, watchdogMs) => {
    const environment = serviceEnvironment({ NOTIFY_SOCKET: '/run/notify', ...variables }, 7);
    expect(environment).toEqual({ notifySocket: '/run/notify', watchdogMs });
  });
});

describe('the service manager', () => {
  test('hears of a status only when it changed', () => {
    const told: string[] = [];
    const manager = new ServiceManager((text) => told.push(text), log);
    manager.ready('Disarmed');
    manager.status('Disarmed');
    manager.status('Manual');
    manager.status('Manual');
    manager.alive();
    manager.stopping();
    expect(told).toEqual(['READY=1\nSTATUS=Disarmed', 'STATUS=Manual', 'WATCHDOG=1', 'STOPPING=1\nSTATUS=Stopping']);
  });

  test('that cannot be told ends nothing, and is complained of once', () => {
    const lines: string[] = [];
    const manager = new ServiceManager(
      () => {
        throw new Error('errno 111');
      },
      pino({}, { write: (line: string) => lines.push(line) }),
    );
    manager.ready('Disarmed');
    manager.alive();
    manager.alive();
    expect(lines).toHaveLength(1);
  });
});

describe('the status text', () => {
  const sound: Health = {
    ready: true,
    mode: 'manual',
    vehicle: 'hshop-1-18',
    pilot: 'cones',
    framesPerSecond: 29.84,
    detectionAgeMs: 40,
    provider: 'cuda',
    laps: null,
    pids: { planning: 1, perception: 2, actuation: 3, simulator: null },
  };

  test('says how the car fares', () => {
    expect(statusText(sound)).toBe('Manual on hshop-1-18, 29.8 frames/s, cuda');
  });

  test('names what is missing', () => {
    const { pids } = sound;
    expect(statusText({ ...sound, framesPerSecond: 0, provider: null })).toBe('Manual on hshop-1-18, no pictures');
    expect(statusText({ ...sound, framesPerSecond: 0, pids: { ...pids, perception: null, actuation: null } })).toBe(
      'Manual on hshop-1-18, cuda, motor control is down, perception is down',
    );
  });

  test('stays one line whatever a name holds', () => {
    expect(statusText({ ...sound, vehicle: 'a\nREADY=1' })).not.toContain('\n');
  });
});
