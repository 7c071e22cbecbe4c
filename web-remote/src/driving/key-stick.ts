import { approach } from '../../../daemon/protocol/approach.ts';
import { type Deflection, noDeflection } from './stick-chart.ts';

/** The driving keys by their place on the keyboard (KeyboardEvent.code), so that WASD is a cross on every layout. */
const directions: Readonly<Record<string, Deflection>> = {
  KeyW: { right: 0, up: 1 },
  ArrowUp: { right: 0, up: 1 },
  KeyS: { right: 0, up: -1 },
  ArrowDown: { right: 0, up: -1 },
  KeyA: { right: -1, up: 0 },
  ArrowLeft: { right: -1, up: 0 },
  KeyD: { right: 1, up: 0 },
  ArrowRight: { right: 1, up: 0 },
};

export function isDrivingKey(code: string): boolean {
  return Object.hasOwn(directions, code);
}

/** Full deflections a second: a key is all or nothing, so the stick it stands for travels there. */
const pushPerS: Deflection = { right: 4.5, up: 2.5 };
const returnPerS: Deflection = { right: 9, up: 8 };

/** Where the keys' stick has got to `elapsedMs` later. No key pressed: back to the middle, throttle at once. */
export function stepKeyStick(at: Deflection, pressed: ReadonlySet<string>, elapsedMs: number): Deflection {
  if (pressed.size === 0 && at.right === 0) return noDeflection;
  let right = 0;
  let up = 0;
  for (const code of pressed) {
    right += directions[code]?.right ?? 0;
    up += directions[code]?.up ?? 0;
  }
  const seconds = Math.max(0, elapsedMs) / 1000;
  return {
    right: pushed(at.right, Math.sign(right), seconds, pushPerS.right, returnPerS.right),
    // Letting go of the throttle is not a ramp.
    up: up === 0 ? 0 : pushed(at.up, Math.sign(up), seconds, pushPerS.up, returnPerS.up),
  };
}

function pushed(at: number, target: number, seconds: number, push: number, back: number): number {
  const towardsMiddle = target === 0 || at * target < 0;
  return approach(at, target, (towardsMiddle ? back : push) * seconds);
}
