import { afterEach, beforeEach, expect, test } from 'vitest';
import { CarApi, CarRefusal } from '../../protocol/car-api.ts';
import type { SettingsPatch, SettingsState } from '../../protocol/settings.ts';
import { networkListSchema, settingsStateSchema } from '../../protocol/settings.ts';
import { startTestCar, type TestCar } from '../testing/phone.ts';
import { settingsRoutes } from './settings-routes.ts';

const state: SettingsState = {
  settings: {
    steering: { leftPulseUs: 1900, centrePulseUs: 1500, rightPulseUs: 1100 },
    throttle: { maxForward: 1, maxReverse: 1, deadZone: 0 },
    camera: { horizontalFieldOfViewRad: 1, heightM: 0.1, pitchRad: 0, rollRad: 0, forwardM: 0 },
    detector: { modelFile: 'models/a.onnx', scoreThreshold: 0.4, iouThreshold: 0.6 },
    pilot: { gripShare: 0.7, maxSpeedMps: 2, coneHeightM: 0.1, stopSignWaitMs: 2000, stopFor: ['person'] },
  },
  undoable: 0,
  kept: { kind: 'until-the-end' },
  frame: { widthPx: 640, heightPx: 480, radialDistortion: [0, 0] },
};
const network = { name: 'a', modelFile: 'models/a.onnx', bytes: 1, origin: 'shipped', card: { layout: 'x' } } as const;
const facts = {
  name: 'a',
  layout: 'yolov8',
  labels: ['cone'],
  input: { widthPx: 384, heightPx: 288, channels: 'rgb', type: 'float32' },
  opset: 13,
  irVersion: 7,
  parameters: 1,
  producer: 'pytorch',
  sha256: 'ab',
  warnings: [],
};

let armed: boolean;
let car: TestCar;
let calls: unknown[];

beforeEach(async () => {
  armed = false;
  calls = [];
  const settings = {
    state,
    change: (patch: SettingsPatch) => calls.push(patch),
    reset: (group: string) => calls.push(group),
    undo: () => calls.push('undo'),
  };
  car = await startTestCar({
    routes: settingsRoutes({ settings, networks: () => [network], networkFacts: async () => facts }),
    isArmed: () => armed,
  });
});
afterEach(() => car.remote.close());

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`http://127.0.0.1:${car.port}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  return { status: answer.status, body: await answer.json() };
}

test('what is in force, and the networks there are, by their schemas', async () => {
  expect(settingsStateSchema.parse((await ask('GET', '/api/settings')).body)).toEqual(state);
  expect(networkListSchema.parse((await ask('GET', '/api/networks')).body)).toEqual({
    networks: [network],
    inUse: 'models/a.onnx',
  });
});

test('a change, an undo and a reset reach the daemon', async () => {
  const patch = { steering: { centrePulseUs: 1480 } };
  expect(await ask('PATCH', '/api/settings', patch)).toEqual({ status: 200, body: state });
  expect((await ask('POST', '/api/settings/undo', {})).status).toBe(200);
  expect((await ask('POST', '/api/settings/reset', { group: 'camera' })).status).toBe(200);
  expect(calls).toEqual([patch, 'undo', 'camera']);
});

test('nothing is changed while the car is armed', async () => {
  armed = true;
  for (const [method, path, body] of [
    ['PATCH', '/api/settings', { pilot: { maxSpeedMps: 1 } }],
    ['POST', '/api/settings/undo', {}],
    ['POST', '/api/settings/reset', { group: 'pilot' }],
  ] as const) {
    expect((await ask(method, path, body)).status, path).toBe(409);
  }
  expect((await ask('GET', '/api/settings')).status).toBe(200);
  expect(calls).toEqual([]);
});

test.each([
  { steering: { centrePulseUs: 9000 } },
  { steering: { centerPulseUs: 1500 } },
  { camera: { pitchRad: 9 } },
  { throttle: { maxForward: 0 } },
  { actuators: {} },
  { pilot: { stopFor: 'person' } },
])('%j is beyond what any car may be set to', async (patch) => {
  expect((await ask('PATCH', '/api/settings', patch)).status).toBe(422);
  expect(calls).toEqual([]);
});

test('a program asks through the typed client, and hears why it was refused', async () => {
  const api = new CarApi({ address: `http://127.0.0.1:${car.port}/`, fetch });
  expect(await api.settings()).toEqual(state);
  expect((await api.networks()).networks).toEqual([network]);
  expect(await api.networkFacts('a')).toEqual(facts);
  expect(await api.networkFacts('b').catch((error: CarRefusal) => error.code)).toBe('no-such-network');
  await api.changeSettings({ pilot: { maxSpeedMps: 1 } });
  await api.resetSettings('pilot');
  await api.undoSettings();
  expect(calls).toEqual([{ pilot: { maxSpeedMps: 1 } }, 'pilot', 'undo']);
  armed = true;
  const refused = await api.undoSettings().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(CarRefusal);
  expect(refused).toMatchObject({ status: 409, code: 'armed', message: 'the car is armed: disarm it first' });
});
