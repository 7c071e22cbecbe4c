import { type SettingsPatch, settingsPatchSchema } from '../../../daemon/protocol/settings.ts';

/** Where a screen of settings keeps what was changed on it and is not saved yet: in this tab, over other screens and reloads. */
export interface KeptDraft {
  read(): SettingsPatch;
  write(patch: SettingsPatch): void;
}

/**
 * @param of the screen's name: each has a draft of its own; and as what the car knows this device, by which one car is told from
 * another: cars that make a network of their own share one address, and so the browser's storage.
 * @param storage throws in a browser that keeps nothing.
 */
export function keptDraft(
  of: { readonly screen: string; readonly deviceId: string | undefined },
  storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
): KeptDraft {
  const key = `draft ${of.screen} ${of.deviceId ?? 'on this machine'}`;
  return {
    read() {
      try {
        const draft = settingsPatchSchema.safeParse(JSON.parse(storage().getItem(key) ?? '{}'));
        return draft.success ? draft.data : {};
      } catch {
        // Storage that is switched off, or text that is none of ours.
        return {};
      }
    },
    write(patch) {
      try {
        if (Object.keys(patch).length === 0) storage().removeItem(key);
        else storage().setItem(key, JSON.stringify(patch));
      } catch {
        // The draft lives as long as the screen is shown, then.
      }
    },
  };
}
