import { basename } from 'node:path';
import type { CarConfig } from '../car/config.ts';
import { findModel, networkNamedBy } from '../car/find-model.ts';
import { loadConfig } from '../car/load-config.ts';
import { type ClosedLoop, createClosedLoop } from '../closed-loop.ts';
import type { Detector } from '../perception/detector/detector.ts';
import { describeFallback } from '../perception/detector/runtime/runtime.ts';
import { createWorkerDetector } from '../perception/detector/worker/worker-detector.ts';
import { blindnessToTrack, cureOfBlindness } from '../planning/ground.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { UserError } from '../platform/user-error.ts';
import { eventTexts } from '../protocol/events.ts';
import { limitLap } from '../simulator/limit-lap.ts';
import type { Obstacle } from '../simulator/obstacles.ts';
import { createRenderer } from '../simulator/renderer/renderer.ts';
import { sceneFromTrack } from '../simulator/scene-from-track.ts';
import { loadTrack } from '../simulator/tracks/load-track.ts';
import { World } from '../simulator/world.ts';
import { describeLaps, type LapReport } from './lap-report.ts';
import { createProgress } from './progress.ts';
import { checkVideoFile, openVideo } from './video-writer.ts';

export interface LapOptions {
  readonly track?: string;
  readonly scale?: number;
  readonly laps: number;
  readonly pilot?: string;
  readonly model?: string;
  readonly config?: string;
  readonly seed: number;
  readonly reverse?: boolean;
  readonly noise: number;
  readonly latencyMs: number;
  readonly obstacle?: readonly Obstacle[];
  readonly video?: string;
  readonly json?: boolean;
}

/** A drive that takes this many times the limit lap has failed. */
const patience = 4;
const startAllowanceS = 10;

/** Of a program that Ctrl-C has ended, as shells have it: 128 and the signal's number. */
const interruptedCode = 130;

/**
 * Drives laps headless on simulated time and prints what a marshal saw; after Ctrl-C, of the laps that were driven.
 * @returns the exit code: 0 when all laps were driven, with nothing hit and never off the track.
 * @throws (rejects) UserError when something the user named cannot be used.
 */
export async function lap(options: LapOptions): Promise<number> {
  const config = configOf(options);
  if (options.video !== undefined) checkVideoFile(options.video);
  const track = loadTrack(options.track, {
    reverse: options.reverse === true,
    ...(options.scale !== undefined && { scale: options.scale }),
  });
  const { seed, noise, latencyMs } = options;
  const surroundings = { seed, noise, obstacles: options.obstacle ?? [] };
  const world = new World({ track, config, startAtMs: 0, ...surroundings });
  const renderer = createRenderer(sceneFromTrack(track, surroundings), config.camera);
  const { limitLapS } = limitLap(track, config.vehicle);
  // What runs on until it is closed comes last: nothing between here and the closing may throw.
  const detector = await openDetector(config);
  const video =
    options.video === undefined
      ? undefined
      : openVideo(options.video, renderer.widthPx, renderer.heightPx, config.camera.framesPerSecond);
  const closedLoop = createClosedLoop({
    ...{ config, world, renderer, detector, seed, latencyMs },
    ...(video !== undefined && { onFrame: ({ rgb, detections }) => video.write(rgb, detections) }),
  });

  const startedAtMs = monotonicNowMs();
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.on('SIGINT', interrupt);
  let videoTrouble: unknown;
  try {
    const limitMs = (patience * limitLapS * options.laps + startAllowanceS) * 1000;
    await drive(closedLoop, world, options.laps, () => closedLoop.nowMs < limitMs && !interrupted);
  } finally {
    process.removeListener('SIGINT', interrupt);
    await detector.close();
    // The laps were driven whether or not there is a film of them.
    await video?.close().catch((error: unknown) => {
      videoTrouble = error;
    });
  }
  const wallS = (monotonicNowMs() - startedAtMs) / 1000;
  const report = reportOf({ options, config, world, closedLoop, limitLapS, wallS, interrupted });
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : describeLaps(report));
  if (videoTrouble !== undefined) throw videoTrouble;
  if (interrupted) return interruptedCode;
  return report.completed && report.conesHit === 0 && report.obstaclesHit === 0 && !report.wasOffTrack ? 0 : 1;
}

function configOf({ config, model, pilot }: LapOptions): CarConfig {
  return loadConfig({
    ...(config !== undefined && { file: config }),
    overrides: {
      ...(model !== undefined && { detector: { modelFile: model } }),
      ...(pilot !== undefined && { pilot: { name: pilot } }),
    },
  });
}

/** @throws (rejects) UserError for a network that no lap can be driven by. */
async function openDetector(config: CarConfig): Promise<Detector> {
  const modelFile = findModel(config.detector.modelFile);
  const detector = await createWorkerDetector({ ...config.detector, modelFile, purpose: 'drive' });
  for (const each of detector.info.fallbacks) process.stderr.write(`jetson-car lap: ${describeFallback(each)}\n`);
  const blindness = blindnessToTrack(detector.info.labels);
  if (blindness === undefined) return detector;
  await detector.close();
  throw new UserError(
    `the network ${modelFile} ${blindness}: no lap can be driven by it. Change ${networkNamedBy}; ` +
      `the network that ships knows cones. ${cureOfBlindness}`,
  );
}

function reportOf(driven: {
  readonly options: LapOptions;
  readonly config: CarConfig;
  readonly world: World;
  readonly closedLoop: ClosedLoop;
  readonly limitLapS: number;
  readonly wallS: number;
  readonly interrupted: boolean;
}): LapReport {
  const { options, config, world, closedLoop, limitLapS, wallS } = driven;
  const { track } = world;
  const { judge } = world.status();
  const laps = judge.laps.slice(0, options.laps);
  const completed = laps.length === options.laps;
  const meanLapS = laps.length === 0 ? null : laps.reduce((sum, one) => sum + one.timeS, 0) / laps.length;
  const simulatedS = closedLoop.nowMs / 1000;
  return {
    track: track.name,
    pilot: config.pilot.name,
    model: basename(config.detector.modelFile),
    lengthM: track.lengthM,
    laps,
    completed,
    ...(!completed && {
      endedBecause: driven.interrupted ? 'Ctrl-C ended it' : endedBecause(closedLoop),
      drivenM: Math.max(0, judge.progressM),
    }),
    meanLapS,
    limitLapS,
    ratioToLimit: meanLapS === null ? null : meanLapS / limitLapS,
    conesHit: judge.conesHit,
    obstaclesHit: judge.obstaclesHit,
    wasOffTrack: judge.wasOffTrack,
    direction: options.reverse === true ? 'reverse' : 'forward',
    seed: options.seed,
    noise: options.noise,
    latencyMs: options.latencyMs,
    simulatedS,
    wallS,
    timesRealTime: simulatedS / wallS,
  };
}

async function drive(loop: ClosedLoop, world: World, laps: number, mayGoOn: () => boolean): Promise<void> {
  const progress = createProgress('laps', laps);
  let driven = 0;
  try {
    while (driven < laps && mayGoOn() && !loop.hasEnded) {
      await loop.advance();
      const { judge } = world.status();
      driven = judge.laps.length;
      progress.update(Math.max(0, judge.progressM / world.track.lengthM));
    }
  } finally {
    // Its timer would keep the program from ending.
    progress.end();
  }
}

function endedBecause({ lastEvent, hasEnded }: ClosedLoop): string {
  const told = lastEvent === undefined ? 'it never started' : eventTexts[lastEvent.code].text;
  const detail = lastEvent?.detail === undefined ? '' : ` (${lastEvent.detail})`;
  return hasEnded ? `${told}${detail}` : `out of time; last heard: ${told}${detail}`;
}
