import { type Deflection, noDeflection } from './stick-chart.ts';

/** What a pad says at one look, as the Gamepad API gives it. */
export interface PadReading {
  readonly id: string;
  /** Grows whenever the pad has sent something new (Gamepad.timestamp). */
  readonly timestampMs: number;
  /** Each in [-1, 1]: right and towards the driver are positive. */
  readonly axes: readonly number[];
  /** Each in [0, 1]. */
  readonly buttons: readonly number[];
}

/** One control of a pad that stands for a direction. */
export type PadControl =
  | { readonly kind: 'axis'; readonly index: number; readonly sign: 1 | -1 }
  | { readonly kind: 'button'; readonly index: number };

/** Which control does what. What is both pushed and pulled (one axis) is the same axis with two signs. */
export interface PadMapping {
  readonly right: PadControl;
  readonly left: PadControl;
  readonly forward: PadControl;
  readonly backward: PadControl;
  readonly stop: PadControl;
}
export type PadRole = keyof PadMapping;

/** Of a pad with the standard layout (W3C Gamepad, section 9.1): left stick steers, right trigger is the throttle. */
export const standardMapping: PadMapping = {
  right: { kind: 'axis', index: 0, sign: 1 },
  left: { kind: 'axis', index: 0, sign: -1 },
  forward: { kind: 'button', index: 7 },
  backward: { kind: 'button', index: 6 },
  stop: { kind: 'button', index: 1 },
};

/**
 * A pad as a state chart: absent → resting → live → frozen. A pad counts only after it has been seen at rest, so that one
 * that is plugged in with its trigger held drives nothing; and whoever lets go of everything by other means (`release`)
 * has to bring the pad to rest as well before it counts again.
 */
export type PadState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'resting'; readonly id: string }
  | {
      readonly kind: 'live';
      readonly id: string;
      readonly deflection: Deflection;
      readonly timestampMs: number;
      readonly heardAtMs: number;
    }
  /** It holds a value and has said nothing new for too long: a pad out of range repeats its last word for ever. */
  | { readonly kind: 'frozen'; readonly id: string };

export type PadEvent =
  | {
      readonly kind: 'look';
      readonly reading: PadReading | undefined;
      readonly mapping: PadMapping;
      readonly atMs: number;
    }
  | { readonly kind: 'release' };

export const absentPad: PadState = { kind: 'absent' };

/** No hand holds a stick without the least tremor for so long. */
export const padFrozenAfterMs = 2000;
/** Sticks do not come back exactly to the middle. */
const padRest = 0.12;

export function reducePad(state: PadState, event: PadEvent): PadState {
  switch (event.kind) {
    case 'release':
      return state.kind === 'live' ? { kind: 'resting', id: state.id } : state;
    case 'look': {
      const { reading, mapping, atMs } = event;
      if (reading === undefined) return absentPad;
      const deflection = padDeflection(reading, mapping);
      const atRest = Math.abs(deflection.right) <= padRest && Math.abs(deflection.up) <= padRest;
      const { id, timestampMs } = reading;
      if (state.kind === 'live' && state.id === id) {
        const heardAtMs = timestampMs === state.timestampMs ? state.heardAtMs : atMs;
        if (!atRest && atMs - heardAtMs > padFrozenAfterMs) return { kind: 'frozen', id };
        return { kind: 'live', id, deflection, timestampMs, heardAtMs };
      }
      if (atRest) return { kind: 'live', id, deflection, timestampMs, heardAtMs: atMs };
      return state.kind === 'frozen' && state.id === id ? state : { kind: 'resting', id };
    }
  }
}

/** What the pad asks for; nothing unless it is live and off its rest. */
export function livePadDeflection(state: PadState): Deflection {
  return state.kind === 'live' ? state.deflection : noDeflection;
}

export function isPadPushed(state: PadState): boolean {
  const { right, up } = livePadDeflection(state);
  return Math.abs(right) > padRest || Math.abs(up) > padRest;
}

function padDeflection(reading: PadReading, mapping: PadMapping): Deflection {
  return {
    right: padValue(reading, mapping.right) - padValue(reading, mapping.left),
    up: padValue(reading, mapping.forward) - padValue(reading, mapping.backward),
  };
}

/** How far a control is pushed its way, in [0, 1]. A control that the pad has not got, or that says no number, is at rest. */
export function padValue(reading: PadReading, control: PadControl): number {
  const value =
    control.kind === 'axis' ? (reading.axes[control.index] ?? 0) * control.sign : (reading.buttons[control.index] ?? 0);
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

/** A control that is pushed further than this was meant, when the mapping asks "press what shall be the throttle". */
const meant = 0.6;

/**
 * The control that is pushed now and was not at `before`: what a person shows when asked for one. Some triggers are axes
 * that rest at one end, so it is the change that counts.
 */
export function pushedControl(before: PadReading, now: PadReading): PadControl | undefined {
  for (const [index, value] of now.buttons.entries()) {
    if (value - (before.buttons[index] ?? 0) > meant) return { kind: 'button', index };
  }
  for (const [index, value] of now.axes.entries()) {
    const change = value - (before.axes[index] ?? 0);
    if (Math.abs(change) > meant && Math.abs(value) > meant) return { kind: 'axis', index, sign: change > 0 ? 1 : -1 };
  }
  return undefined;
}
