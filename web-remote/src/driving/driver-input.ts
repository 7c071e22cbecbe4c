import { type Signal, signal } from '@preact/signals';
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
 * Thumbs and keys together: what the driver wants at this moment, and when the page last really looked. Thumbs win over
 * keys. A finger that lies still sends no events, so the time of a look is that of the last animation frame, the moment
 * at which a browser delivers input: when the screen stands still, so does the proof that somebody is there.
 */
export class DriverInput {
  readonly sticks: Readonly<Record<StickName, Signal<StickState>>> = {
    both: signal(idleStick),
    throttle: signal(idleStick),
    steering: signal(idleStick),
  };
  readonly #keys = new Set<string>();
  #keyStick: Deflection = noDeflection;
  #sampledAtMs = 0;
  #lookedAtMs = 0;

  /** Once an animation frame. */
  look(nowMs: number): void {
    this.#lookedAtMs = nowMs;
  }

  touch(name: StickName, event: StickEvent, nowMs: number): void {
    const stick = this.sticks[name];
    stick.value = reduceStick(stick.value, event);
    this.look(nowMs);
  }

  /** Whether the key is one that drives. */
  key(code: string, down: boolean, nowMs: number): boolean {
    if (!isDrivingKey(code)) return false;
    if (down) this.#keys.add(code);
    else this.#keys.delete(code);
    this.look(nowMs);
    return true;
  }

  /** The one door by which every gesture ends when something else than the thumb ends it. Behind it is neutral. */
  releaseAll(): void {
    for (const stick of Object.values(this.sticks)) stick.value = reduceStick(stick.value, { kind: 'release' });
    this.#keys.clear();
    this.#keyStick = noDeflection;
  }

  sample(nowMs: number): InputSample {
    this.#keyStick = stepKeyStick(this.#keyStick, this.#keys, nowMs - this.#sampledAtMs);
    this.#sampledAtMs = nowMs;
    const { both, throttle, steering } = this.sticks;
    const held = Object.values(this.sticks).some((stick) => stick.value.kind !== 'idle');
    const one = stickDeflection(both.value, stickRadiusPx);
    const thumbs =
      both.value.kind === 'idle'
        ? {
            right: stickDeflection(steering.value, stickRadiusPx).right,
            up: stickDeflection(throttle.value, stickRadiusPx).up,
          }
        : one;
    const keys = this.#keyStick;
    return {
      deflection: held ? thumbs : keys,
      touched: held || this.#keys.size > 0 || keys.right !== 0 || keys.up !== 0,
      inputAtMs: this.#lookedAtMs,
    };
  }
}
