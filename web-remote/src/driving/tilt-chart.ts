import type { Deflection } from './stick-chart.ts';

/**
 * Steering by leaning the phone, as a state chart: idle → settling → steering. It steers only while a thumb is on the
 * throttle, and straight ahead is the lean at which the thumb landed. Everything that lifts the thumb, and a sensor
 * that says nothing more, leads to idle, which is neutral.
 */
export type TiltState =
  | { readonly kind: 'idle' }
  /** The thumb is down; the first reading will be straight ahead. */
  | { readonly kind: 'settling'; readonly sinceMs: number }
  | { readonly kind: 'steering'; readonly straightRad: number; readonly leanRad: number; readonly readAtMs: number };

export type TiltEvent =
  | { readonly kind: 'grip'; readonly atMs: number }
  | { readonly kind: 'reading'; readonly leanRad: number; readonly atMs: number }
  | { readonly kind: 'release' }
  /** Time has passed. */
  | { readonly kind: 'tick'; readonly atMs: number };

export const idleTilt: TiltState = { kind: 'idle' };

/** A sensor tells sixty times a second. This long without a word, and it is not one any more. */
export const tiltSilenceMs = 300;
/** This far to one side is full steering: as far as two hands turn a phone without looking at it. */
export const fullLeanRad = 0.52;

export function reduceTilt(state: TiltState, event: TiltEvent): TiltState {
  switch (event.kind) {
    case 'grip':
      return state.kind === 'idle' ? { kind: 'settling', sinceMs: event.atMs } : state;
    case 'reading':
      if (state.kind === 'idle' || !Number.isFinite(event.leanRad)) return state;
      return {
        kind: 'steering',
        straightRad: state.kind === 'steering' ? state.straightRad : event.leanRad,
        leanRad: event.leanRad,
        readAtMs: event.atMs,
      };
    case 'release':
      return idleTilt;
    case 'tick': {
      if (state.kind === 'idle') return state;
      const heardAtMs = state.kind === 'steering' ? state.readAtMs : state.sinceMs;
      return event.atMs - heardAtMs > tiltSilenceMs ? idleTilt : state;
    }
  }
}

/** To the right is positive; full at `fullLeanRad` from where straight ahead is. */
export function tiltDeflection(state: TiltState): Deflection['right'] {
  if (state.kind !== 'steering') return 0;
  return Math.max(-1, Math.min(1, (state.leanRad - state.straightRad) / fullLeanRad));
}

/**
 * How far the screen's right edge hangs below its left one, in [-π/2, π/2]: the same for a phone held flat and upright.
 * `betaDeg` and `gammaDeg` as in DeviceOrientationEvent (W3C Device Orientation, section 3.1: rotations about the
 * device's x and y axes), `screenDeg` as in ScreenOrientation.angle.
 */
export function leanOf(betaDeg: number, gammaDeg: number, screenDeg: number): number {
  const beta = (betaDeg * Math.PI) / 180;
  const gamma = (gammaDeg * Math.PI) / 180;
  const screen = (screenDeg * Math.PI) / 180;
  // Gravity along the device's own axes, then along the screen's right edge.
  const x = Math.cos(beta) * Math.sin(gamma);
  const y = -Math.sin(beta);
  return Math.asin(Math.max(-1, Math.min(1, x * Math.cos(screen) - y * Math.sin(screen))));
}
