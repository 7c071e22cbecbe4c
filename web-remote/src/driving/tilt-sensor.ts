import { z } from 'zod';
import type { DriverInput } from './driver-input.ts';
import { leanOf } from './tilt-chart.ts';

/** Why the phone's lean cannot be had, or that it can. */
export type TiltAccess =
  | 'granted'
  /** Browsers give sensors to pages of https (and of this machine itself) alone. */
  | 'insecure'
  | 'refused'
  | 'no-sensor';

/** iOS asks the person; others have no such function. It is not in TypeScript's DOM library. */
const askingEventSchema = z.object({
  requestPermission: z.custom<() => Promise<unknown>>((f) => typeof f === 'function'),
});

/** To be called from within a tap: iOS asks the person only then. */
export async function askForTilt(): Promise<TiltAccess> {
  if (!window.isSecureContext) return 'insecure';
  if (!('DeviceOrientationEvent' in window)) return 'no-sensor';
  const asking = askingEventSchema.safeParse({
    requestPermission: Reflect.get(DeviceOrientationEvent, 'requestPermission'),
  });
  if (!asking.success) return 'granted';
  try {
    const answer = await Reflect.apply(asking.data.requestPermission, DeviceOrientationEvent, []);
    return answer === 'granted' ? 'granted' : 'refused';
  } catch {
    return 'refused';
  }
}

/** Feeds the phone's lean to the driver's input from now on; without the person's consent no reading ever comes. */
export function listenToTilt(input: DriverInput): void {
  window.addEventListener('deviceorientation', ({ beta, gamma }) => {
    if (beta === null || gamma === null) return;
    input.lean(leanOf(beta, gamma, screen.orientation.angle), performance.now());
  });
}
