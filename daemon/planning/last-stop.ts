import type { CarEvent } from '../protocol/events.ts';
import type { ModeEffect, ModeState } from './modes.ts';

const isDriving = ({ mode }: ModeState): boolean => mode === 'manual' || mode === 'auto';

/**
 * Why the car last stopped driving, for whoever looks only afterwards: what was announced as it left manual or auto, or
 * was stopped by hand, which holds also where it stood already. Undefined while it drives, after a disarming by hand, and once a stop pressed by hand is released: none of them leaves
 * a question.
 */
export function lastStopAfter(
  last: CarEvent | undefined,
  change: { readonly before: ModeState; readonly after: ModeState; readonly effects: readonly ModeEffect[] },
  nowMs: number,
): CarEvent | undefined {
  const { before, after, effects } = change;
  if (isDriving(after)) return undefined;
  const stoppedByHand = before.mode !== 'estop' && after.mode === 'estop';
  if (isDriving(before) || stoppedByHand) {
    const told = effects.find((effect) => effect.kind === 'announce');
    if (told === undefined) return undefined;
    const { kind: _kind, ...event } = told;
    return { ...event, atMs: nowMs };
  }
  const released = before.mode === 'estop' && after.mode === 'disarmed';
  return released && last?.code === 'emergency-stop' ? undefined : last;
}
