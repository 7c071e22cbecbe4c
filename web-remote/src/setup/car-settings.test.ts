import { afterEach, describe, expect, test, vi } from 'vitest';
import { configOf } from '../../../daemon/car/load-config.ts';
import { PassingConfig } from '../../../daemon/car/passing-config.ts';
import { CarSettings } from '../../../daemon/phone/car-settings.ts';
import { CarApi } from '../../../daemon/protocol/car-api.ts';
import type { Session } from '../../../daemon/protocol/pairing.ts';
import { SettingsDraft } from './car-settings.ts';

afterEach(() => void vi.unstubAllGlobals());

function carSettings(): CarSettings {
  return new CarSettings({
    config: configOf({}),
    keeper: new PassingConfig({ problemsOf: () => [] }),
    checkNetwork: () => {},
    apply: () => {},
  });
}

/** A car that knows this device as `deviceId`; each is reached at the same address. */
function carThatKnows(deviceId: string, settings = carSettings()): CarApi {
  const session: Session = {
    ...{ role: 'driver', pairingNeeded: true, pairingOpen: false, pairingForS: 0 },
    device: { id: deviceId, name: 'Phone' },
  };
  return new CarApi({
    address: '',
    fetch: async (url, { method, body }) => {
      if (method === 'PATCH') settings.change(JSON.parse(String(body)));
      return { ok: true, status: 200, json: async () => (url === '/api/session' ? session : settings.state) };
    },
  });
}

async function open(screen: string, car: CarApi): Promise<SettingsDraft> {
  const draft = new SettingsDraft(screen, car);
  await expect.poll(() => draft.loaded.value.kind, { timeout: 20_000 }).toBe('there');
  return draft;
}

function keepInTab(): void {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
}

test('what was changed for one car is there again for that car, and never for another at the same address', async () => {
  keepInTab();
  (await open('wheels', carThatKnows('a'))).set('steering', { centrePulseUs: 1480 });
  const other = await open('wheels', carThatKnows('b'));
  expect(other.changed.value).toBe(false);
  expect(other.shown.value?.steering?.centrePulseUs).toBe(1500);
  const again = await open('wheels', carThatKnows('a'));
  expect(again.changed.value).toBe(true);
  expect(again.shown.value?.steering?.centrePulseUs).toBe(1480);
});

describe('what somebody else sets meanwhile', () => {
  /** The top speed was slid from what it was to 1.8 m/s; then somebody else set it. */
  async function changedToo(maxSpeedMps: number) {
    keepInTab();
    const settings = carSettings();
    const car = carThatKnows('a', settings);
    const draft = await open('network', car);
    draft.set('pilot', { maxSpeedMps: 1.8 });
    settings.change({ pilot: { maxSpeedMps } });
    return { settings, car, draft, speed: () => settings.state.settings.pilot.maxSpeedMps };
  }

  test('is shown instead of being saved over, and saved over by saving once more', async () => {
    const { draft, speed } = await changedToo(0.8);
    await draft.save();
    expect(speed()).toBe(0.8);
    expect(draft.meanwhile.value).toEqual({ pilot: { maxSpeedMps: 0.8 } });
    expect(draft.shown.value?.pilot.maxSpeedMps).toBe(1.8);
    await draft.save();
    expect(speed()).toBe(1.8);
    expect(draft.changed.value).toBe(false);
    expect(draft.isBehind.value).toBe(false);
  });

  test('is shown at once when the screen is opened again, and stays by discarding', async () => {
    const { car, speed } = await changedToo(0.8);
    const again = await open('network', car);
    expect(again.meanwhile.value).toEqual({ pilot: { maxSpeedMps: 0.8 } });
    again.discard();
    expect(again.isBehind.value).toBe(false);
    expect(again.shown.value?.pilot.maxSpeedMps).toBe(0.8);
    expect(speed()).toBe(0.8);
  });

  test('is shown anew when it is set anew', async () => {
    const { draft, settings, speed } = await changedToo(0.8);
    await draft.save();
    settings.change({ pilot: { maxSpeedMps: 0.5 } });
    await draft.save();
    expect(speed()).toBe(0.5);
    expect(draft.meanwhile.value).toEqual({ pilot: { maxSpeedMps: 0.5 } });
  });

  test('stays shown while the value is slid on, until it is the same', async () => {
    const { draft } = await changedToo(0.8);
    await draft.save();
    draft.set('pilot', { maxSpeedMps: 1.9 });
    expect(draft.meanwhile.value).toEqual({ pilot: { maxSpeedMps: 0.8 } });
    draft.set('pilot', { maxSpeedMps: 0.8 });
    expect(draft.isBehind.value).toBe(false);
  });

  test('is no matter where it is the same, or something else', async () => {
    const { draft, settings, speed } = await changedToo(1.8);
    settings.change({ pilot: { gripShare: 0.3, stopFor: ['person'] } });
    await draft.save();
    expect(draft.changed.value).toBe(false);
    expect(speed()).toBe(1.8);
    expect(settings.state.settings.pilot).toMatchObject({ gripShare: 0.3, stopFor: ['person'] });
  });

  test('is seen in a list too', async () => {
    const { draft, settings } = await changedToo(1.8);
    draft.set('pilot', { stopFor: ['box'] });
    settings.change({ pilot: { stopFor: [] } });
    await draft.save();
    expect(settings.state.settings.pilot.stopFor).toEqual([]);
    expect(draft.meanwhile.value).toEqual({ pilot: { stopFor: [] } });
  });
});
