import { afterEach, expect, test, vi } from 'vitest';
import { configOf } from '../../../daemon/car/load-config.ts';
import { PassingConfig } from '../../../daemon/car/passing-config.ts';
import { CarSettings } from '../../../daemon/phone/car-settings.ts';
import { CarApi } from '../../../daemon/protocol/car-api.ts';
import type { Session } from '../../../daemon/protocol/pairing.ts';
import { SettingsDraft } from './car-settings.ts';

afterEach(() => void vi.unstubAllGlobals());

/** A car that knows this device as `deviceId`; each is reached at the same address. */
function carThatKnows(deviceId: string): CarApi {
  const { state } = new CarSettings({
    config: configOf({}),
    keeper: new PassingConfig({ problemsOf: () => [] }),
    checkNetwork: () => {},
    apply: () => {},
  });
  const session: Session = {
    ...{ role: 'driver', pairingNeeded: true, pairingOpen: false, pairingForS: 0 },
    device: { id: deviceId, name: 'Phone' },
  };
  return new CarApi({
    address: '',
    fetch: async (url) => ({ ok: true, status: 200, json: async () => (url === '/api/session' ? session : state) }),
  });
}

async function openWheels(car: CarApi): Promise<SettingsDraft> {
  const draft = new SettingsDraft('wheels', car);
  await expect.poll(() => draft.loaded.value.kind).toBe('there');
  return draft;
}

test('what was changed for one car is there again for that car, and never for another at the same address', async () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  (await openWheels(carThatKnows('a'))).set('steering', { centrePulseUs: 1480 });
  const other = await openWheels(carThatKnows('b'));
  expect(other.changed.value).toBe(false);
  expect(other.shown.value?.steering?.centrePulseUs).toBe(1500);
  const again = await openWheels(carThatKnows('a'));
  expect(again.changed.value).toBe(true);
  expect(again.shown.value?.steering?.centrePulseUs).toBe(1480);
});
