import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../platform/user-error.ts';
import { CarApi } from '../../protocol/car-api.ts';
import type { LogQuery } from '../../protocol/log-entries.ts';
import type { PowerAction } from '../../protocol/power.ts';
import type { WifiAnswer } from '../../protocol/wifi.ts';
import { startTestCar, type TestCar } from '../testing/phone.ts';
import { logRoutes } from './log-routes.ts';
import { powerRoutes } from './power-routes.ts';
import { wifiRoutes } from './wifi-routes.ts';

const entry = { sequence: 7, at: '2026-01-01T00:00:00.000Z', level: 'info', process: 'car', text: 'armed' } as const;
const wifi: WifiAnswer = { kind: 'there', wifi: { interface: 'wlan0', isUp: true, addresses: ['10.0.0.7'] } };

let car: TestCar;
let armed: boolean;
let asked: LogQuery[];
let begun: PowerAction[];

/** @param host anything but loopback needs pairing. */
async function start(host: string): Promise<void> {
  armed = false;
  asked = [];
  begun = [];
  car = await startTestCar({
    host,
    isArmed: () => armed,
    routes: [
      ...logRoutes({
        read(query) {
          asked.push(query);
          return { run: 'first', entries: [entry], newest: 7, missed: 0 };
        },
      }),
      ...powerRoutes({
        state: async () => ({ isSimulated: false, actions: [{ action: 'shut-down' }] }),
        async begin(action) {
          if (action === 'restart-car') throw new UserError('polkit does not allow it');
          begun.push(action);
          return { kind: 'begun', text: 'The car shuts down' };
        },
      }),
      ...wifiRoutes(async () => wifi),
    ],
  });
}
beforeEach(() => start('0.0.0.0'));
afterEach(() => car.remote.close());

function paired(role: 'driver' | 'viewer'): CarApi {
  const state = car.access.openPairing('a test', role);
  if (!state.open) throw new Error('pairing is closed');
  const answer = car.access.pair(state.code, role, '127.0.0.1');
  if (answer.kind !== 'paired') throw new Error(answer.kind);
  return new CarApi({ address: `http://127.0.0.1:${car.port}`, fetch, token: answer.token });
}
const refusalOf = (request: Promise<unknown>) =>
  request.then(
    () => 'none',
    (error) => error.code,
  );

test('a driver reads the log, asks for more of it, and is told of a question that makes no sense', async () => {
  const api = paired('driver');
  expect(await api.logs()).toEqual({ run: 'first', entries: [entry], newest: 7, missed: 0 });
  await api.logs({ after: 7, level: 'warning', process: 'car', text: 'a & b' });
  expect(asked).toEqual([{}, { after: 7, level: 'warning', process: 'car', text: 'a & b' }]);
  expect(await refusalOf(api.logs({ after: -1 }))).toBe('query-unfit');
  expect(await refusalOf(api.logs({ limit: 1e9 }))).toBe('query-unfit');
});

test('the car is shut down by a driver while it is disarmed, and says why it is not', async () => {
  const api = paired('driver');
  expect((await api.power()).actions).toEqual([{ action: 'shut-down' }]);
  expect(await api.beginPower('shut-down')).toEqual({ kind: 'begun', text: 'The car shuts down' });
  await expect(api.beginPower('restart-car')).rejects.toThrow('polkit does not allow it');
  armed = true;
  expect(await refusalOf(api.beginPower('shut-down'))).toBe('armed');
  expect(begun).toEqual(['shut-down']);
});

test('its Wi-Fi is told', async () => {
  expect(await paired('driver').wifi()).toEqual(wifi);
});

test('none of it is for those who only watch, nor for those who are not paired', async () => {
  const viewer = paired('viewer');
  const stranger = new CarApi({ address: `http://127.0.0.1:${car.port}`, fetch });
  for (const [api, code] of [
    [viewer, 'role-too-low'],
    [stranger, 'not-paired'],
  ] as const) {
    expect(await refusalOf(api.logs())).toBe(code);
    expect(await refusalOf(api.power())).toBe(code);
    expect(await refusalOf(api.beginPower('shut-down'))).toBe(code);
    expect(await refusalOf(api.wifi())).toBe(code);
    expect(await refusalOf(api.devices())).toBe(code);
  }
  expect(asked).toEqual([]);
  expect(begun).toEqual([]);
});

test('the devices, with when each was last there and its connections', async () => {
  const driver = paired('driver');
  paired('viewer');
  const [first, second] = await driver.devices();
  expect(first).toMatchObject({ name: 'driver', isThisDevice: true, sessions: [] });
  expect(Date.parse(first?.lastSeenAt ?? '')).toBeGreaterThan(Date.parse('2020-01-01'));
  expect(second).toMatchObject({ name: 'viewer', isThisDevice: false, isConnected: false });
  expect(second?.lastSeenAt).toBeUndefined();
  expect(await driver.editDevice(second?.id ?? '', { name: 'Lan', role: 'driver' })).toMatchObject({
    name: 'Lan',
    role: 'driver',
  });
  await driver.revokeDevice(second?.id ?? '');
  expect(await driver.devices()).toHaveLength(1);
});
