import { effect, type Signal, signal } from '@preact/signals';
import { z } from 'zod';

/** What a person has chosen on this phone. */
const settingsSchema = z.object({
  /** Share of the full throttle, both ways. */
  throttleCap: z.number().min(0.1).max(1).catch(0.6),
  /**
   * `two`: left thumb throttle, right thumb steering. Nothing one thumb does reaches the other axis, which is why it is
   * what a phone held in landscape gets. `one`: a single stick, for a phone held in one hand.
   */
  sticks: z.enum(['by-orientation', 'one', 'two']).catch('by-orientation'),
  showBoxes: z.boolean().catch(true),
  showPath: z.boolean().catch(true),
  showTopView: z.boolean().catch(true),
});
export type Settings = z.infer<typeof settingsSchema>;

const storageKey = 'car-remote-settings';

/** The settings, kept on this device from now on. A browser that keeps nothing gets the defaults each time. */
export function keptSettings(): Signal<Settings> {
  const settings = signal(settingsSchema.parse(load()));
  effect(() => {
    const text = JSON.stringify(settings.value);
    try {
      localStorage.setItem(storageKey, text);
    } catch {
      // Private mode, or a full disk: the choice holds until the page is closed.
    }
  });
  return settings;
}

function load(): unknown {
  try {
    return z.looseObject({}).parse(JSON.parse(localStorage.getItem(storageKey) ?? '{}'));
  } catch {
    return {};
  }
}
