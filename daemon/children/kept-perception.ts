import type { BlackBoxRecording } from '../black-box-recording.ts';
import type { DriveLoop } from '../planning/drive-loop.ts';
import { blindnessToTrack, cureOfBlindness } from '../planning/ground.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import type { PerceptionReport, PerceptionStart } from '../protocol/perception-messages.ts';
import type { PictureLevel } from '../protocol/picture-levels.ts';
import { keepRunning } from './keep-running.ts';
import { type PerceptionProcess, type ProcessLog, spawnPerception } from './processes.ts';

const graceMs = 1500;

/** Perception, kept running. */
export interface KeptPerception {
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /** Which pictures somebody watches from now on, also after it was started again. */
  show(levels: readonly PictureLevel[]): void;
  /** Ends it in order and starts it with what `startWith` says by then. */
  restart(): void;
  /** Ends it for good. */
  end(): Promise<void>;
}

type Report<Kind extends PerceptionReport['kind']> = Extract<PerceptionReport, { kind: Kind }>;

/** Who shows what perception reports. */
export interface PerceptionView {
  setDetections(report: Report<'detections'>): void;
  setPicture(report: Report<'picture'>, jpeg: Uint8Array, nowMs: number): void;
  setDetector(report: Report<'detector'>): void;
  setCamera(report: Report<'camera'>): void;
  setRate(report: Report<'perception-rate'>): void;
  /** It is down: what it said says nothing any more. */
  clearPerception(): void;
}

/** Starts perception, starts it again when it fails, and tells its reports to whom they concern. */
export function keepPerception(options: {
  readonly output: ProcessLog;
  readonly loop: DriveLoop;
  readonly view: PerceptionView;
  readonly recording: BlackBoxRecording;
  /** Camera and network as they are now. */
  readonly startWith: () => PerceptionStart;
  /** The loop was given new detections. */
  onDetections(): void;
  /** The view was given a new picture. */
  onPicture(): void;
}): KeptPerception {
  const { output, loop, view, recording } = options;
  let levels: readonly PictureLevel[] = [];
  let running: PerceptionProcess | undefined;
  let isEnding = false;
  const kept = keepRunning({
    name: 'perception',
    log: output.log,
    nowMs: monotonicNowMs,
    start() {
      loop.setProcessAlive('perception', true);
      const started = spawnPerception(output, options.startWith(), (report, payload) => {
        // The last words of one that is gone would bring it back to life.
        if (kept.child !== started.child) return;
        recording.heardPerception(report, payload, monotonicNowMs());
        hear(report, payload);
      });
      started.send({ kind: 'show', levels: [...levels] });
      running = started;
      return started.child;
    },
    async onDown() {
      running = undefined;
      // However it ended: the car ends with it, and nobody lost it.
      if (isEnding) return;
      loop.setProcessAlive('perception', false);
      view.clearPerception();
    },
    onRestart() {
      running = undefined;
      loop.expectAnew('perception');
      view.clearPerception();
    },
  });

  let warnedOf: string | undefined;
  /** Once for each network: a page says so only when somebody wants the car to drive itself. */
  function warnOfBlindness({ state, model, labels }: Report<'detector'>): void {
    const blindness = state === 'ready' && labels !== undefined ? blindnessToTrack(labels) : undefined;
    if (blindness === undefined || warnedOf === model) return;
    warnedOf = model;
    output.log.warn(
      `the network ${model} ${blindness}: the car does not drive itself by it; driving by hand works. ` +
        `Change --model, or detector.modelFile in the configuration. ${cureOfBlindness}`,
    );
  }

  function hear(report: PerceptionReport, payload: Uint8Array): void {
    switch (report.kind) {
      case 'detections':
        loop.acceptDetections(report);
        view.setDetections(report);
        options.onDetections();
        break;
      case 'picture':
        view.setPicture(report, payload, monotonicNowMs());
        options.onPicture();
        break;
      case 'detector':
        loop.acceptDetectorState(report);
        view.setDetector(report);
        warnOfBlindness(report);
        break;
      case 'camera':
        loop.acceptCameraState(report);
        view.setCamera(report);
        break;
      case 'perception-rate':
        view.setRate(report);
        break;
    }
  }

  return {
    get pid() {
      return kept.child?.pid;
    },
    show(wanted) {
      levels = wanted;
      running?.send({ kind: 'show', levels: [...levels] });
    },
    restart: () => kept.restart(graceMs),
    async end() {
      isEnding = true;
      await kept.end(graceMs);
    },
  };
}
