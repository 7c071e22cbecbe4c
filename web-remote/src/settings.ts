import { effect, type Signal, signal } from '@preact/signals';
import { z } from 'zod';
import { type PadMapping, standardMapping } from './driving/gamepad-chart.ts';
import { defaultFeel, type Feel } from './driving/stick-feel.ts';

const padControlSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('axis'), index: z.int().min(0).max(31), sign: z.union([z.literal(1), z.literal(-1)]) }),
  z.object({ kind: z.literal('button'), index: z.int().min(0).max(63) }),
]);
const padMappingSchema = z.object({
  right: padControlSchema,
  left: padControlSchema,
  forward: padControlSchema,
  backward: padControlSchema,
  stop: padControlSchema,
}) satisfies z.ZodType<PadMapping>;

const within = (min: number, max: number, otherwise: number) => z.number().min(min).max(max).catch(otherwise);
const on = z.boolean().catch(true);

/**
 * What a person has chosen on this phone. Whatever of it is no valid choice (an older page's, a hand-made one) is as if
 * it had not been chosen; the rest holds.
 */
export const settingsSchema = z.object({
  deadZone: within(0, 0.3, defaultFeel.deadZone),
  steeringExpo: within(0, 0.9, defaultFeel.steeringExpo),
  throttleExpo: within(0, 0.9, defaultFeel.throttleExpo),
  throttleCap: within(0.1, 1, defaultFeel.throttleCap),
  reverseCap: within(0, 1, defaultFeel.reverseCap),
  trim: within(-0.3, 0.3, defaultFeel.trim),
  turnRoundInReverse: z.boolean().catch(defaultFeel.turnRoundInReverse),
  /**
   * `two`: left thumb throttle, right thumb steering. Nothing one thumb does reaches the other axis, which is why it is
   * what a phone held in landscape gets. `one`: a single stick, for a phone held in one hand. `tilt`: a thumb for the
   * throttle, steering by leaning the phone. A gamepad and the keys steer beside each of them.
   */
  sticks: z.enum(['by-orientation', 'one', 'two', 'tilt']).catch('by-orientation'),
  /** By the pad's own name. */
  padMappings: z.record(z.string(), padMappingSchema).catch({}),
  showBoxes: on,
  showLabels: on,
  showLane: on,
  showPath: on,
  showTrajectory: on,
  showTopView: on,
  /** Shake the phone when the car has something to say. */
  haptics: on,
  /** No dark screen while the car is armed. */
  keepAwake: on,
  /** `system`: as the phone is set. */
  appearance: z.enum(['system', 'dark', 'light']).catch('system'),
});
export type Settings = z.infer<typeof settingsSchema> & Feel;

export function mappingFor(settings: Settings, padId: string): PadMapping {
  return Object.hasOwn(settings.padMappings, padId)
    ? (settings.padMappings[padId] ?? standardMapping)
    : standardMapping;
}

const storageKey = 'car-remote-settings';

/** The settings, kept on this device from now on. A browser that keeps nothing gets the defaults each time. */
export function keptSettings(): Signal<Settings> {
  const settings = signal<Settings>(parseSettings(kept()));
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

/** From what was kept, whatever it is, to settings. */
export function parseSettings(text: string | null): Settings {
  try {
    return settingsSchema.parse(z.looseObject({}).parse(JSON.parse(text ?? '{}')));
  } catch {
    return settingsSchema.parse({});
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}
