import { describe, expect, test } from 'vitest';
import { DriverInput } from './driver-input.ts';
import { standardMapping } from './gamepad-chart.ts';
import { fullLeanRad, tiltSilenceMs } from './tilt-chart.ts';

const pad = (forward: number, timestampMs: number) => ({
  id: 'pad',
  timestampMs,
  axes: [0, 0, 0, 0],
  buttons: Array.from({ length: 17 }, (_, i) => (i === 7 ? forward : 0)),
});

/** Someone who holds everything at once. */
function holdEverything(input: DriverInput): void {
  input.touch('throttle', { kind: 'down', pointerId: 1, xPx: 0, yPx: 100 }, 10);
  input.touch('throttle', { kind: 'move', pointerId: 1, xPx: 0, yPx: 0 }, 20);
  input.lookAtPad({ kind: 'look', reading: pad(0, 1), mapping: standardMapping, atMs: 20 });
  input.lookAtPad({ kind: 'look', reading: pad(1, 2), mapping: standardMapping, atMs: 30 });
  input.key('KeyW', true, 30);
}

describe('every way to steer', () => {
  test('goes through one door, and behind it is neutral, though nothing was lifted', () => {
    const input = new DriverInput();
    holdEverything(input);
    expect(input.sample(40).deflection.up).toBe(1);
    input.releaseAll();
    input.lookAtPad({ kind: 'look', reading: pad(1, 3), mapping: standardMapping, atMs: 50 });
    input.touch('throttle', { kind: 'move', pointerId: 1, xPx: 0, yPx: -20 }, 50);
    const after = input.sample(60);
    expect(after).toMatchObject({ touched: false, deflection: { right: 0, up: 0 } });
  });

  test('thumbs win over a pad, a pad over keys', () => {
    const input = new DriverInput();
    holdEverything(input);
    input.touch('throttle', { kind: 'move', pointerId: 1, xPx: 0, yPx: 132 }, 40);
    expect(input.sample(50).deflection.up).toBe(-0.5);
    input.touch('throttle', { kind: 'release', pointerId: 1 }, 60);
    expect(input.sample(70).deflection.up).toBe(1);
    input.lookAtPad({ kind: 'look', reading: undefined, mapping: standardMapping, atMs: 80 });
    expect(input.sample(90)).toMatchObject({ touched: true });
  });

  test('tilt steers with a thumb on the throttle; a sensor that falls silent lets go of the throttle, too', () => {
    const input = new DriverInput();
    input.tiltSteers = true;
    input.touch('throttle', { kind: 'down', pointerId: 1, xPx: 0, yPx: 100 }, 0);
    input.touch('throttle', { kind: 'move', pointerId: 1, xPx: 0, yPx: 36 }, 10);
    input.lean(0.1, 20);
    input.lean(0.1 + fullLeanRad, 40);
    expect(input.sample(50).deflection).toEqual({ right: 1, up: 1 });
    expect(input.sample(41 + tiltSilenceMs).deflection).toEqual({ right: 0, up: 0 });
    input.lean(0.1, 400);
    expect(input.sample(410).deflection, 'not until the thumb is put down anew').toEqual({ right: 0, up: 0 });
  });
});
