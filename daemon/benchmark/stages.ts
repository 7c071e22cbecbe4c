import type { CarConfig } from '../car/config.ts';
import { type ClosedLoopOptions, createClosedLoop } from '../closed-loop.ts';
import {
  createDetector,
  type Detector,
  type DetectorOptions,
  type DetectorResult,
} from '../perception/detector/detector.ts';
import { createPictureEncoder } from '../perception/jpeg.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { createRenderer, type Renderer } from '../simulator/renderer/renderer.ts';
import { sceneFromTrack } from '../simulator/scene-from-track.ts';
import { loadTrack } from '../simulator/tracks/load-track.ts';
import { World } from '../simulator/world.ts';
import { type Spread, Stopwatch } from './stopwatch.ts';

const latencyMs = 80;

/** From the camera's frame to the wheels, in this order, then the JPEG for the phone. */
const stageNames = ['grabMs', 'preprocessMs', 'runMs', 'decodeMs', 'planMs', 'commandMs', 'jpegMs'] as const;
/** What the simulated car costs; the real one has it for nothing. */
const simulatorNames = ['renderMs', 'worldMs'] as const;

export interface StageReport {
  readonly stages: Readonly<Record<(typeof stageNames)[number], Spread>>;
  readonly simulator: Readonly<Record<(typeof simulatorNames)[number], Spread>>;
}

/**
 * Drives the simulated car on simulated time with every stage timed. All on one thread after another, so that none waits
 * for another.
 */
export async function measureStages(options: {
  readonly config: CarConfig;
  readonly detector: DetectorOptions;
  readonly frames: number;
  readonly onFrame: (frames: number) => void;
}): Promise<StageReport> {
  const { config } = options;
  const stopwatch = new Stopwatch();
  const detector = await createDetector({ ...options.detector, purpose: 'drive' });
  const track = loadTrack(undefined);
  const world = new World({ track, config, startAtMs: 0, seed: 1 });
  const renderer = createRenderer(sceneFromTrack(track, { seed: 1 }), config.camera);
  let frames = 0;
  const closedLoop = createClosedLoop({
    config,
    world,
    renderer: timedRenderer(renderer, (elapsedMs) => stopwatch.record('renderMs', elapsedMs)),
    detector: timedDetector(detector, ({ timing }) => {
      for (const name of ['preprocessMs', 'runMs', 'decodeMs'] as const) stopwatch.record(name, timing[name]);
      frames += 1;
    }),
    seed: 1,
    latencyMs,
    stopwatch: { nowMs: monotonicNowMs, record: (stage, elapsedMs) => stopwatch.record(stage, elapsedMs) },
  });
  while (frames < options.frames) {
    await closedLoop.advance();
    options.onFrame(frames);
  }
  await pictures(renderer, config, options.frames, stopwatch);
  await detector.close();
  const spreads = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, stopwatch.spread(name)])) as Record<Name, Spread>;
  return { stages: spreads(stageNames), simulator: spreads(simulatorNames) };
}

/** What a frame costs beside detection: one copy from the pipe's buffer, and a JPEG for the phone. */
async function pictures(
  renderer: Renderer,
  { remote }: CarConfig,
  frames: number,
  stopwatch: Stopwatch,
): Promise<void> {
  const { widthPx, heightPx } = renderer;
  const piped = new Uint8Array(widthPx * heightPx * 3);
  const rgb = new Uint8Array(piped.length);
  const encoder = createPictureEncoder({
    video: { maxFramesPerSecond: 120, jpegQuality: remote.jpegQuality, maxWidthPx: remote.videoMaxWidthPx },
    onPicture: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const lent = { capturedAtMs: 0, captureTimeSource: 'camera', widthPx, heightPx, rgb, release() {} } as const;
  for (let frameId = 0; frameId < frames; frameId++) {
    renderer.render({ xM: 0, yM: 0, headingRad: 0, speedMps: 0, yawRateRadps: 0 }, frameId, piped);
    const startedAtMs = monotonicNowMs();
    rgb.set(piped);
    const copiedAtMs = monotonicNowMs();
    stopwatch.record('grabMs', copiedAtMs - startedAtMs);
    encoder.encode({ ...lent, frameId }, copiedAtMs);
    await encoder.settled();
    stopwatch.record('jpegMs', monotonicNowMs() - copiedAtMs);
  }
}

function timedRenderer(renderer: Renderer, onRendered: (elapsedMs: number) => void): ClosedLoopOptions['renderer'] {
  return {
    widthPx: renderer.widthPx,
    heightPx: renderer.heightPx,
    render(view, frameSeed, out) {
      const startedAtMs = monotonicNowMs();
      renderer.render(view, frameSeed, out);
      onRendered(monotonicNowMs() - startedAtMs);
    },
  };
}

function timedDetector(detector: Detector, onResult: (result: DetectorResult) => void): Pick<Detector, 'detect'> {
  return {
    async detect(rgb, widthPx, heightPx) {
      const result = await detector.detect(rgb, widthPx, heightPx);
      onResult(result);
      return result;
    },
  };
}
