import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { absentPad, isPadPushed, livePadDeflection, type PadEvent, type PadState, reducePad } from './gamepad-chart.ts';
import { isDrivingKey, stepKeyStick } from './key-stick.ts';
import {
  type Deflection,
  idleStick,
  noDeflection,
  reduceStick,
  type StickEvent,
  type StickState,
  stickDeflection,
} from './stick-chart.ts';
import { idleTilt, reduceTilt, type TiltState, tiltDeflection } from './tilt-chart.ts';

/** `both` is the single stick; the other two are the thumbs of the two-thumb layout. */
export type StickName = 'both' | 'throttle' | 'steering';

/** Travel to full deflection: what a thumb reaches without the hand moving. */
export const stickRadiusPx = 64;

export interface InputSample {
  readonly deflection: Deflection;
  readonly touched: boolean;
  readonly inputAtMs: number;
}

/**
 * Every way to steer together: what the driver wants at this moment, and when the page last really looked. Thumbs win
 * over a pad, a pad over keys. A finger that lies still sends no events, so the time of a look is that of the last
 * animation frame, the moment at which a browser delivers input: when the screen stands still, so does the proof that
 * somebody is there.
 */
export class DriverInput {
  readonly sticks: Readonly<Record<StickName, Signal<StickState>>> = {
    both: signal(idleStick),
    throttle: signal(idleStick),
    steering: signal(idleStick),
  };
  readonly #tilt = signal<TiltState>(idleTilt);
  readonly #pad = signal<PadState>(absentPad);
  readonly #keys = new Set<string>();
  #keyStick: Deflection = noDeflection;
  #sampledAtMs = 0;
  #lookedAtMs = 0;
  /** Steering comes from leaning the phone, the throttle from a thumb. */
  tiltSteers = false;

  get tilt(): ReadonlySignal<TiltState> {
    return this.#tilt;
  }

  get pad(): ReadonlySignal<PadState> {
    return this.#pad;
  }

  /** Once an animation frame. */
  look(nowMs: number): void {
    this.#lookedAtMs = nowMs;
  }

  touch(name: StickName, event: StickEvent, nowMs: number): void {
    const stick = this.sticks[name];
    stick.value = reduceStick(stick.value, event);
    if (name === 'throttle') {
      const held = stick.value.kind !== 'idle';
      this.#tilt.value = reduceTilt(this.#tilt.value, held ? { kind: 'grip', atMs: nowMs } : { kind: 'release' });
    }
    this.look(nowMs);
  }

  /** The phone leans so far to the right. */
  lean(leanRad: number, nowMs: number): void {
    this.#tilt.value = reduceTilt(this.#tilt.value, { kind: 'reading', leanRad, atMs: nowMs });
  }

  lookAtPad(event: Extract<PadEvent, { kind: 'look' }>): void {
    const next = reducePad(this.#pad.value, event);
    if (!samePad(this.#pad.value, next)) this.#pad.value = next;
  }

  /** Whether the key is one that drives. */
  key(code: string, down: boolean, nowMs: number): boolean {
    if (!isDrivingKey(code)) return false;
    if (down) this.#keys.add(code);
    else this.#keys.delete(code);
    this.look(nowMs);
    return true;
  }

  /** The one door by which every gesture ends when something else than the hand ends it. Behind it is neutral. */
  releaseAll(): void {
    for (const stick of Object.values(this.sticks)) stick.value = reduceStick(stick.value, { kind: 'release' });
    this.#tilt.value = reduceTilt(this.#tilt.value, { kind: 'release' });
    this.#pad.value = reducePad(this.#pad.value, { kind: 'release' });
    this.#keys.clear();
    this.#keyStick = noDeflection;
  }

  sample(nowMs: number): InputSample {
    this.#keyStick = stepKeyStick(this.#keyStick, this.#keys, nowMs - this.#sampledAtMs);
    this.#sampledAtMs = nowMs;
    const inputAtMs = this.#lookedAtMs;
    const thumbs = this.#thumbs(nowMs);
    if (thumbs !== undefined) return { deflection: thumbs, touched: true, inputAtMs };
    if (isPadPushed(this.#pad.value)) {
      return { deflection: livePadDeflection(this.#pad.value), touched: true, inputAtMs };
    }
    const keys = this.#keyStick;
    return { deflection: keys, touched: this.#keys.size > 0 || keys.right !== 0 || keys.up !== 0, inputAtMs };
  }

  /** Undefined when none is down. */
  #thumbs(nowMs: number): Deflection | undefined {
    const both = this.sticks.both.value;
    if (both.kind !== 'idle') return stickDeflection(both, stickRadiusPx);
    const throttle = this.sticks.throttle.value;
    const steering = this.sticks.steering.value;
    if (throttle.kind === 'idle' && steering.kind === 'idle') return undefined;
    const { up } = stickDeflection(throttle, stickRadiusPx);
    if (!this.tiltSteers) return { right: stickDeflection(steering, stickRadiusPx).right, up };
    this.#tilt.value = reduceTilt(this.#tilt.value, { kind: 'tick', atMs: nowMs });
    // A sensor that says nothing steers nothing, and a car that cannot be steered is not driven.
    return this.#tilt.value.kind === 'steering' ? { right: tiltDeflection(this.#tilt.value), up } : noDeflection;
  }
}

/** The look at a live pad comes sixty times a second; what is shown of it changes only with its values. */
function samePad(before: PadState, now: PadState): boolean {
  return before.kind === now.kind && before.kind === 'absent';
}
