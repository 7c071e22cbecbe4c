import { afterEach, expect, test, vi } from 'vitest';
import type { Session } from '../../../daemon/protocol/pairing.ts';
import { keptDraft } from './kept-draft.ts';
import { unsavedScreens } from './unsaved-screens.ts';

afterEach(() => void vi.unstubAllGlobals());

const session: Session = { role: 'driver', pairingNeeded: false, pairingOpen: false, pairingForS: 0, device: null };

test('the screens that hold a draft are told, of this car alone, and none while the car does not answer', async () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  vi.stubGlobal('sessionStorage', storage);
  const deadZone = { changes: { throttle: { deadZone: 0.1 } }, from: { throttle: { deadZone: 0.05 } } };
  keptDraft({ screen: 'wheels', deviceId: undefined }, () => storage).write(deadZone);
  keptDraft({ screen: 'camera', deviceId: 'of another car' }, () => storage).write(deadZone);
  const screens = ['steering', 'wheels', 'camera'];
  expect(await unsavedScreens(screens, { session: async () => session })).toEqual(['wheels']);
  const off = { session: () => Promise.reject(new Error('no answer')) };
  expect(await unsavedScreens(screens, off)).toEqual([]);
});
