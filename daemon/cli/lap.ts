import { basename } from 'node:path';
import { findModel } from '../car/find-model.ts';
import { loadConfig } from '../car/load-config.ts';
import { type ClosedLoop, createClosedLoop } from '../closed-loop.ts';
import { createWorkerDetector } from '../perception/detector/worker/worker-detector.ts';
import { blindnessToTrack, cureOfBlindness } from '../planning/ground.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { UserError } from '../platform/user-error.ts';
import { eventTexts } from '../protocol/events.ts';
import type { Lap } from '../simulator/lap-judge.ts';
import { limitLap } from '../simulator/limit-lap.ts';
import type { Obstacle } from '../simulator/obstacles.ts';
import { createRenderer } from '../simulator/renderer/renderer.ts';
import { sceneFromTrack } from '../simulator/scene-from-track.ts';
import { loadTrack } from '../simulator/tracks/load-track.ts';
import { World } from '../simulator/world.ts';
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
 * @throws UserError when something the user named cannot be used.
 */
export async function lap(options: LapOptions): Promise<number> {
  const config = loadConfig({
    ...(options.config !== undefined && { file: options.config }),
    overrides: {
      ...(options.model !== undefined && { detector: { modelFile: options.model } }),
      ...(options.pilot !== undefined && { pilot: { name: options.pilot } }),
    },
  });
  if (options.video !== undefined) checkVideoFile(options.video);
  const track = loadTrack(options.track, {
    reverse: options.reverse === true,
    ...(options.scale !== undefined && { scale: options.scale }),
  });
  const world = new World({
    track,
    config,
    startAtMs: 0,
    seed: options.seed,
    noise: options.noise,
    obstacles: options.obstacle ?? [],
  });
  const scene = sceneFromTrack(track, {
    seed: options.seed,
    noise: options.noise,
    obstacles: options.obstacle ?? [],
  });
  const renderer = createRenderer(scene, config.camera);
  const modelFile = findModel(config.detector.modelFile);
  const { limitLapS } = limitLap(track, config.vehicle);
  // What runs on until it is closed comes last: nothing between here and the closing may throw.
  const detector = await createWorkerDetector({ ...config.detector, modelFile, purpose: 'drive' });
  const blindness = blindnessToTrack(detector.info.labels);
  if (blindness !== undefined) {
    await detector.close();
    throw new UserError(
      `the network ${modelFile} ${blindness}: no lap can be driven by it. Change --model, or detector.modelFile in the ` +
        `configuration; the network that ships knows cones. ${cureOfBlindness}`,
    );
  }
  const video =
    options.video === undefined
      ? undefined
      : openVideo(options.video, renderer.widthPx, renderer.heightPx, config.camera.framesPerSecond);
  const closedLoop = createClosedLoop({
    config,
    world,
    renderer,
    detector,
    seed: options.seed,
    latencyMs: options.latencyMs,
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

  const { judge } = world.status();
  const laps = judge.laps.slice(0, options.laps);
  const completed = laps.length === options.laps;
  const meanLapS = laps.length === 0 ? null : laps.reduce((sum, one) => sum + one.timeS, 0) / laps.length;
  const report = {
    track: track.name,
    pilot: config.pilot.name,
    model: basename(config.detector.modelFile),
    lengthM: track.lengthM,
    laps,
    completed,
    ...(!completed && {
      endedBecause: interrupted ? 'Ctrl-C ended it' : endedBecause(closedLoop),
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
    simulatedS: closedLoop.nowMs / 1000,
    wallS,
    timesRealTime: closedLoop.nowMs / 1000 / wallS,
  };
  process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : table(report));
  if (videoTrouble !== undefined) throw videoTrouble;
  if (interrupted) return interruptedCode;
  return completed && judge.conesHit === 0 && judge.obstaclesHit === 0 && !judge.wasOffTrack ? 0 : 1;
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

function table(report: {
  readonly track: string;
  readonly lengthM: number;
  readonly laps: readonly Lap[];
  readonly completed: boolean;
  readonly meanLapS: number | null;
  readonly limitLapS: number;
  readonly ratioToLimit: number | null;
  readonly timesRealTime: number;
  readonly endedBecause?: string;
  readonly drivenM?: number;
}): string {
  const lines = [
    `${report.track}, ${report.lengthM.toFixed(1)} m, limit lap ${report.limitLapS.toFixed(2)} s`,
    'lap    time s   cones hit   off track   furthest from the centre line m',
    ...report.laps.map(
      (one, index) =>
        `${String(index + 1).padStart(3)} ${one.timeS.toFixed(2).padStart(9)} ${String(one.conesHit).padStart(11)} ` +
        `${(one.offTrack ? 'yes' : 'no').padStart(11)} ${one.maxLateralErrorM.toFixed(2).padStart(35)}`,
    ),
    report.completed && report.meanLapS !== null && report.ratioToLimit !== null
      ? `mean lap ${report.meanLapS.toFixed(2)} s, ${report.ratioToLimit.toFixed(2)} of the limit lap, ` +
        `simulated at ${report.timesRealTime.toFixed(1)} times real time`
      : `not completed: ${report.laps.length} laps and ${((report.drivenM ?? 0) % report.lengthM).toFixed(1)} m driven. ${report.endedBecause}`,
  ];
  return `${lines.join('\n')}\n`;
}
