import { z } from 'zod';
import { type SettingsPatch, settingsPatchSchema } from '../../../daemon/protocol/settings.ts';

const draftSchema = z.strictObject({ changes: settingsPatchSchema, from: settingsPatchSchema });

/** What was changed on a screen of settings and is not saved yet, and for each of these values what it was in the car until then. */
export interface Draft {
  readonly changes: SettingsPatch;
  readonly from: SettingsPatch;
}

export const noDraft: Draft = { changes: {}, from: {} };

/** Where a screen of settings keeps its draft: in this tab, over other screens and reloads. */
export interface KeptDraft {
  read(): Draft;
  write(draft: Draft): void;
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
        const draft = draftSchema.safeParse(JSON.parse(storage().getItem(key) ?? 'null'));
        return draft.success ? draft.data : noDraft;
      } catch {
        // Storage that is switched off, or text that is none of ours.
        return noDraft;
      }
    },
    write(draft) {
      try {
        if (Object.keys(draft.changes).length === 0) storage().removeItem(key);
        else storage().setItem(key, JSON.stringify(draft));
      } catch {
        // The draft lives as long as the screen is shown, then.
      }
    },
  };
}
