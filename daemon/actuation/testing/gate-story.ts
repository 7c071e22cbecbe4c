import { beforeEach } from 'vitest';
import { rates } from '../../protocol/rates.ts';
import { Gate } from '../gate.ts';
import type { GateLimits } from '../gate-limits.ts';
import type { GateInput, GateStep } from '../gate-types.ts';

/** A gate, its clock and its driver, for tests that read as stories. */
export const limits: GateLimits = {
  commandLifetimeMs: 150,
  steeringSlewPerS: 10,
  throttleSlewPerS: 5,
  maxForward: 0.8,
  maxReverse: 0.5,
};

export let gate: Gate;
export let nowMs: number;
export let sequence: number;

/** Before each test a new gate, which has not seen its board yet. */
export function beginGateStories(): void {
  beforeEach(() => {
    gate = new Gate(limits);
    nowMs = 10_000;
    sequence = 0;
  });
}

/** The clock goes on without the gate being asked. */
export function pass(milliseconds: number): void {
  nowMs += milliseconds;
}

export function step(input: GateInput): GateStep {
  return gate.step(input, nowMs);
}

export function elapse(milliseconds: number): GateStep {
  let last = step({ kind: 'tick' });
  for (let left = milliseconds; left > 0; left -= rates.actuationPeriodMs) {
    nowMs += Math.min(left, rates.actuationPeriodMs);
    last = step({ kind: 'tick' });
  }
  return last;
}

export function drive(throttle: number, steering = 0, over: { issuedAtMs?: number; sequence?: number } = {}): GateStep {
  sequence = over.sequence ?? sequence + 1;
  return step({ kind: 'drive', sequence, issuedAtMs: over.issuedAtMs ?? nowMs, steering, throttle });
}

/** A command every control period for a while. */
export function keepDriving(milliseconds: number, throttle: number, steering = 0): GateStep {
  for (let left = milliseconds; left > 0; left -= rates.controlPeriodMs) {
    drive(throttle, steering);
    elapse(rates.controlPeriodMs);
  }
  return step({ kind: 'tick' });
}

export function ready(): void {
  step({ kind: 'board', fault: undefined });
}

export function arm(): GateStep {
  return step({ kind: 'arm', atMs: nowMs });
}

export function causes({ transitions }: GateStep): string[] {
  return transitions.map(({ cause }) => cause);
}
