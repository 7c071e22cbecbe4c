import { afterEach, describe, expect, it } from 'vitest';
import { monotonicNowMs } from '../../platform/clock.ts';
import type { PerceptionStart } from '../../protocol/perception-messages.ts';
import { type CameraFrame, type CameraReader, type CameraState, startCameraReader } from './camera-reader.ts';

/** One kind of camera program, and how to call it. */
export interface CameraUnderTest {
  readonly name: string;
  readonly framing: PerceptionStart['camera']['framing'];
  /** Streams for ever. */
  readonly endless: readonly string[];
  /** Ends by itself after some frames. */
  readonly short: readonly string[];
}

export const testSize = { widthPx: 64, heightPx: 48, framesPerSecond: 30 } as const;

/** A reader whose events can be waited for. */
export function openCamera(camera: Pick<PerceptionStart['camera'], 'command' | 'framing' | 'name'>): {
  reader: CameraReader;
  states: { state: CameraState; text: string | undefined }[];
  nextFrame: () => Promise<CameraFrame>;
  nextState: (wanted: CameraState) => Promise<string | undefined>;
  /** The same, passing over those that say something else. */
  nextStateSaying: (wanted: CameraState, what: RegExp) => Promise<void>;
} {
  let wake: () => void = () => {};
  const states: { state: CameraState; text: string | undefined }[] = [];
  let statesSeen = 0;
  const happening = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const reader = startCameraReader({
    camera: { ...testSize, captureOffsetMs: 5, ...camera, command: [...camera.command] },
    nowMs: monotonicNowMs,
    onFrame: () => wake(),
    onState: (state, text) => {
      states.push({ state, text });
      wake();
    },
    onProgramLine: () => {},
    timing: { restartFirstMs: 20, restartMaxMs: 100, graceMs: 200 },
  });
  const nextState = async (wanted: CameraState): Promise<string | undefined> => {
    for (;;) {
      const found = states.slice(statesSeen).findIndex(({ state }) => state === wanted);
      if (found >= 0) {
        statesSeen += found + 1;
        return states[statesSeen - 1]?.text;
      }
      await happening();
    }
  };
  return {
    reader,
    states,
    async nextFrame() {
      for (;;) {
        const frame = reader.takeNewest();
        if (frame !== undefined) return frame;
        await happening();
      }
    },
    nextState,
    async nextStateSaying(wanted, what) {
      while (!what.test((await nextState(wanted)) ?? ''));
    },
  };
}

/** What every camera program's frames must be like once the reader has them. */
export function describeCamera(camera: CameraUnderTest): void {
  describe(`a camera program: ${camera.name}`, () => {
    const open: CameraReader[] = [];
    afterEach(async () => {
      await Promise.all(open.splice(0).map((reader) => reader.stop()));
    });
    const start = (command: readonly string[]) => {
      const opened = openCamera({ command: [...command], framing: camera.framing });
      open.push(opened.reader);
      return opened;
    };

    it('gives new pictures with growing identity and time', async () => {
      const { nextFrame, reader, states } = start(camera.endless);
      let last: { frameId: number; capturedAtMs: number; rgb: Uint8Array } | undefined;
      for (let count = 0; count < 8; count++) {
        const frame = await nextFrame();
        expect(frame).toMatchObject({ widthPx: testSize.widthPx, heightPx: testSize.heightPx });
        expect(frame.rgb).toHaveLength(testSize.widthPx * testSize.heightPx * 3);
        const hasTimes = camera.framing === 'stamped' || camera.framing.startsWith('gdp-');
        expect(frame.captureTimeSource).toBe(hasTimes ? 'camera' : 'arrival');
        expect(frame.jpeg !== undefined).toBe(camera.framing.includes('jpeg'));
        expect(frame.capturedAtMs).toBeLessThanOrEqual(monotonicNowMs());
        if (last !== undefined) {
          expect(frame.frameId).toBeGreaterThan(last.frameId);
          expect(frame.capturedAtMs).toBeGreaterThan(last.capturedAtMs);
          expect(Buffer.compare(frame.rgb, last.rgb)).not.toBe(0);
        }
        last = { frameId: frame.frameId, capturedAtMs: frame.capturedAtMs, rgb: frame.rgb.slice() };
        frame.release();
      }
      // A busy machine may hold the pictures up for a moment.
      const told = states.map(({ state }) => state);
      expect(told.slice(0, 2)).toEqual(['starting', 'streaming']);
      expect(told).not.toContain('failed');
      expect(reader.counters.frames).toBeGreaterThanOrEqual(8);
    });

    it('never changes a picture that is held', async () => {
      const { nextFrame } = start(camera.endless);
      const held = await nextFrame();
      const copy = held.rgb.slice();
      for (let count = 0; count < 8; count++) (await nextFrame()).release();
      expect(Buffer.compare(held.rgb, copy)).toBe(0);
      held.release();
    });

    it('is started again when it ends, and frame ids go on', async () => {
      const { nextFrame, nextState } = start(camera.short);
      await nextState('streaming');
      const first = await nextFrame();
      first.release();
      expect(await nextState('failed')).toMatch(/ended \(exit code 0\).*started again in 0\.02 s/);
      await nextState('streaming');
      const later = await nextFrame();
      expect(later.frameId).toBeGreaterThan(first.frameId);
      later.release();
    });

    it('is gone when the reader has stopped', async () => {
      const { nextFrame, reader } = start(camera.endless);
      (await nextFrame()).release();
      await reader.stop();
      const { frames } = reader.counters;
      await reader.stop();
      expect(reader.counters.frames).toBe(frames);
    });
  });
}
