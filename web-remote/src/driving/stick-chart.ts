/**
 * One thumb on one stick, as a state chart: idle → pointing → dragging. The stick's middle is where the thumb lands, so
 * that landing beside the middle is no sudden throttle. Everything that ends a gesture (finger up, cancelled or lost
 * capture, page blurred or hidden, connection closed) is the same event, `release`, and leads to the same state: idle,
 * which is neutral. After it, moves of a finger that is still down are nobody's: it has to be lifted and put down again.
 */
export type StickState =
  | { readonly kind: 'idle' }
  | ({ readonly kind: 'pointing' } & Grip)
  | ({ readonly kind: 'dragging'; readonly xPx: number; readonly yPx: number } & Grip);

interface Grip {
  readonly pointerId: number;
  readonly originXPx: number;
  readonly originYPx: number;
}

export type StickEvent =
  | { readonly kind: 'down'; readonly pointerId: number; readonly xPx: number; readonly yPx: number }
  | { readonly kind: 'move'; readonly pointerId: number; readonly xPx: number; readonly yPx: number }
  /** Without a pointer: whoever holds it. */
  | { readonly kind: 'release'; readonly pointerId?: number };

export const idleStick: StickState = { kind: 'idle' };

/** A thumb that only lies there trembles this much. */
const slackPx = 4;

export function reduceStick(state: StickState, event: StickEvent): StickState {
  switch (event.kind) {
    case 'down':
      if (state.kind !== 'idle') return state;
      return { kind: 'pointing', pointerId: event.pointerId, originXPx: event.xPx, originYPx: event.yPx };
    case 'move': {
      if (state.kind === 'idle' || event.pointerId !== state.pointerId) return state;
      const { pointerId, originXPx, originYPx } = state;
      const moved = Math.hypot(event.xPx - originXPx, event.yPx - originYPx);
      if (state.kind === 'pointing' && moved <= slackPx) return state;
      return { kind: 'dragging', pointerId, originXPx, originYPx, xPx: event.xPx, yPx: event.yPx };
    }
    case 'release':
      if (state.kind === 'idle') return state;
      return event.pointerId === undefined || event.pointerId === state.pointerId ? idleStick : state;
  }
}

export interface Deflection {
  /** Right is +1. */
  readonly right: number;
  /** Away from the driver is +1. */
  readonly up: number;
}

export const noDeflection: Deflection = { right: 0, up: 0 };

/**
 * How far the stick is pushed, each axis in [-1, 1] by itself: full steering at full throttle must be reachable, so the
 * stick's reach is a square, not a circle. `radiusPx` is the travel to full deflection.
 */
export function stickDeflection(state: StickState, radiusPx: number): Deflection {
  switch (state.kind) {
    case 'idle':
    case 'pointing':
      return noDeflection;
    case 'dragging':
      return {
        right: clampToUnit((state.xPx - state.originXPx) / radiusPx),
        up: clampToUnit((state.originYPx - state.yPx) / radiusPx),
      };
  }
}

function clampToUnit(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(-1, value)) : 0;
}
