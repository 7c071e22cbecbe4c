import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../test/harness/test-folders.ts';
import { BlackBoxRecording } from './black-box-recording.ts';
import type { DriveStep } from './planning/drive-types.ts';
import type { EventCode } from './protocol/events.ts';
import type { Mode } from './protocol/modes.ts';

const folder = folderForEachTest(testFolder('jetson-car-recording'));

const still = { steering: 0, throttle: 0 };
function step(mode: Mode, ...codes: EventCode[]): DriveStep {
  return {
    commands: [],
    events: codes.map((code) => ({ code, atMs: 0 })),
    snapshot: {
      ...{
        mode,
        asked: still,
        given: still,
        plan: { cones: [], centreLine: [], speedMps: 0, because: '' },
        speedMps: 0,
        obstacles: [],
        autoObstacles: [],
      },
      ...{ neutralReason: undefined, slowReason: undefined, lastStop: undefined },
      ...{ detectionAgeMs: undefined, frameToCommandMs: undefined },
    },
  };
}

/** A life of one mode after the other, in steps of 100 ms; the critical event comes in the last step but thirty. */
function live(recording: BlackBoxRecording, modes: readonly { readonly mode: Mode; readonly forMs: number }[]): void {
  let nowMs = 0;
  for (const { mode, forMs } of modes) {
    for (const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += 100) recording.stepped(step(mode), nowMs);
  }
  recording.stepped(step('disarmed', 'camera-stalled'), nowMs);
  for (let after = 100; after <= 3000; after += 100) recording.stepped(step('disarmed'), nowMs + after);
}

test('is written when a car that drives stops for a critical reason, with what came before and after', async () => {
  live(new BlackBoxRecording(folder(), pino({ level: 'silent' })), [
    { mode: 'disarmed', forMs: 60_000 },
    { mode: 'auto', forMs: 5000 },
  ]);
  const name = await vi.waitFor(() => {
    const [written = ''] = readdirSync(folder());
    expect(written).toMatch(/-camera-stalled\.jsonl$/);
    return written;
  }, 25_000);
  const lines = readFileSync(join(folder(), name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const modes = lines.filter(({ kind }) => kind === 'step').map(({ mode }) => mode);
  expect(modes.filter((mode) => mode === 'auto')).toHaveLength(50);
  expect(modes.at(-1)).toBe('disarmed');
  expect(lines.at(-1).atMs - lines[0].atMs).toBe(30_000);
  expect(lines.some(({ kind, event }) => kind === 'event' && event.code === 'camera-stalled')).toBe(true);
});

test('is not written for a car that has long been disarmed: its older ones are worth more', async () => {
  const recording = new BlackBoxRecording(folder(), pino({ level: 'silent' }));
  live(recording, [
    { mode: 'auto', forMs: 5000 },
    { mode: 'estop', forMs: 31_000 },
  ]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(readdirSync(folder())).toEqual([]);
});
