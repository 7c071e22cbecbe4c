import type { Logger } from '../platform/log.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { troubleOf } from '../platform/user-error.ts';
import type { PerceptionStart } from '../protocol/perception-messages.ts';
import type { PictureLevel } from '../protocol/picture-levels.ts';
import { rates } from '../protocol/rates.ts';
import { type CameraFrame, type CameraReader, startCameraReader } from './camera/camera-reader.ts';
import type { DetectorOptions, OfferedPicture, PipelinedDetector } from './detector/detector.ts';
import { describeFallback } from './detector/runtime/runtime.ts';
import { createPictureEncoder } from './jpeg.ts';
import type { ReportSender } from './report-sender.ts';

export interface PerceptionOptions {
  readonly start: PerceptionStart;
  readonly sender: ReportSender;
  readonly log: Logger;
  readonly nowMs: () => number;
  readonly createDetector: (options: DetectorOptions) => Promise<PipelinedDetector>;
  /** The detector does not answer: native code cannot be interrupted, so the process must end. */
  readonly onDetectorHang: () => void;
}

export interface Perception {
  /** Which sizes of the picture are made from now on. */
  show(levels: readonly PictureLevel[]): void;
  /**
   * Ends the camera program and the detector. `stuck`: the detector is in native code that does not return, or is
   * still loading; its thread cannot be ended, so only a signal ends the process.
   */
  stop(): Promise<'ended' | 'stuck'>;
}

/** It is also the proof that this process lives. */
const ratePeriodMs = rates.perceptionSilentMs / 3;
/** No run of any network that could drive a car takes this long. With the ending it makes less than two seconds. */
const detectorHangMs = 1200;
/** The first run also sets the network up (cuDNN tries its algorithms then); no car drives before it. */
const firstRunHangMs = 10_000;
const reloadAfterMs = 1000;
const closeWithinMs = 500;

/**
 * Camera to detector and JPEG: every new frame is offered to the detector, which takes the newest when it has done with the
 * last, and what it looks at goes to the phone. Without a detector, pictures go on.
 */
export function startPerception(options: PerceptionOptions): Perception {
  const { start, sender, log, nowMs } = options;
  const { modelFile } = start.detector;
  let detector: PipelinedDetector | undefined;
  let detectorHasRun = false;
  let stopping = false;
  let warned: string | undefined;
  let looked = 0;

  const encoder = createPictureEncoder({
    video: start.video,
    onPicture: (picture) => sender.sendPicture(picture),
    onError: (error) => log.warn({ error: error.message }, 'a picture could not be encoded'),
  });

  const offerPicture = (frame: CameraFrame, kind: 'looked-at' | 'passed-by'): void => {
    const now = nowMs();
    if (encoder.wants(now, kind)) encoder.encode(frame, now);
    else frame.release();
  };

  /** Waits for what becomes of a frame; its pixels are kept until then, for the picture. */
  const follow = async (frame: CameraFrame, offered: OfferedPicture): Promise<void> => {
    const { frameId, capturedAtMs, captureTimeSource, widthPx, heightPx } = frame;
    const fate = await offered.fate.catch((error: unknown) => {
      frame.release();
      throw error;
    });
    offerPicture(frame, fate);
    if (fate === 'passed-by') return;
    const { detections, timing, warning } = await withinTime(offered.result);
    looked++;
    detectorHasRun = true;
    const detectedAtMs = nowMs();
    sender.sendDetections({
      kind: 'detections',
      frameId,
      capturedAtMs,
      captureTimeSource,
      detectedAtMs,
      widthPx,
      heightPx,
      detections,
      timing,
    });
    if (warning !== undefined && warning !== warned) log.warn(warning);
    warned = warning;
  };

  /** Native code that does not return, be it a run or the end of a network, costs the process. */
  const withinTime = async <Result>(result: Promise<Result>): Promise<Result> => {
    const hangMs = detectorHasRun ? detectorHangMs : firstRunHangMs;
    const hang = setTimeout(() => {
      sender.send({
        kind: 'detector',
        state: 'failed',
        model: modelFile,
        text: `the detector did not answer for ${hangMs / 1000} s; the camera process starts anew`,
      });
      options.onDetectorHang();
    }, hangMs);
    return await result.finally(() => clearTimeout(hang));
  };

  const onFrame = (): void => {
    if (stopping) return;
    const frame = camera.takeNewest();
    if (frame === undefined) return;
    const asked = detector;
    if (asked === undefined) {
      offerPicture(frame, 'passed-by');
      return;
    }
    let offered: OfferedPicture;
    try {
      offered = asked.offer(frame.rgb, frame.widthPx, frame.heightPx);
    } catch (error) {
      frame.release();
      fail(asked, error);
      return;
    }
    follow(frame, offered).catch((error: unknown) => fail(asked, error));
  };

  /** All pictures that a detector had fail together with it: it is told of and replaced once. */
  const fail = (failed: PipelinedDetector, error: unknown): void => {
    if (detector !== failed) return;
    lost('failed', error);
    if (!stopping) void reload();
  };

  const lost = (state: 'refused' | 'failed', error: unknown): void => {
    const text = reasonOf(error);
    log.error({ model: modelFile }, text);
    const trouble = troubleOf(error);
    if (!stopping) {
      sender.send({ kind: 'detector', state, model: modelFile, text, ...(trouble !== undefined && { trouble }) });
    }
  };

  /** A network that cannot be loaded stays so; one whose run failed gets another chance. */
  const load = async (): Promise<void> => {
    sender.send({ kind: 'detector', state: 'loading', model: modelFile });
    try {
      const loaded = await options.createDetector({ ...start.detector, purpose: 'drive' });
      if (stopping) {
        await loaded.close();
        return;
      }
      const { layout, provider, fallbacks, labels, because, cardDoubt } = loaded.info;
      const unused = fallbacks.map(describeFallback);
      for (const text of unused) log.warn({ model: modelFile }, text);
      if (cardDoubt !== undefined) log.warn({ model: modelFile }, cardDoubt);
      log.info({ model: modelFile, layout, provider, because }, 'detector ready');
      sender.send({
        kind: 'detector',
        state: 'ready',
        model: modelFile,
        layout,
        provider,
        labels: [...labels],
        ...(unused.length > 0 && { fallbacks: unused }),
      });
      detector = loaded;
      onFrame();
    } catch (error) {
      lost('refused', error);
    }
  };
  let loading: Promise<void>;
  let reloadTimer: NodeJS.Timeout | undefined;
  const reload = async (): Promise<void> => {
    const broken = detector;
    detector = undefined;
    if (broken !== undefined) await withinTime(broken.close());
    detectorHasRun = false;
    clearTimeout(reloadTimer);
    if (!stopping) {
      reloadTimer = setTimeout(() => {
        loading = load();
      }, reloadAfterMs);
    }
  };

  const camera: CameraReader = startCameraReader({
    camera: start.camera,
    nowMs,
    onFrame,
    onState: (state, text) => {
      log.info({ camera: start.camera.name ?? start.camera.command[0], state }, text ?? `camera ${state}`);
      const cure = state === 'stalled' ? start.camera.stallCure : undefined;
      sender.send({ kind: 'camera', state, ...(text !== undefined && { text }), ...(cure !== undefined && { cure }) });
    },
    onProgramLine: (line) => log.debug({ camera: start.camera.command[0] }, line),
  });
  loading = load();

  let last = { atMs: nowMs(), frames: 0, dropped: 0, looked: 0 };
  const rateTimer = setInterval(() => {
    const now = { atMs: nowMs(), frames: camera.counters.frames, dropped: camera.counters.dropped, looked };
    const seconds = (now.atMs - last.atMs) / 1000;
    sender.send({
      kind: 'perception-rate',
      cameraFramesPerSecond: (now.frames - last.frames) / seconds,
      detectorFramesPerSecond: (now.looked - last.looked) / seconds,
      droppedFrames: now.dropped,
    });
    last = now;
  }, ratePeriodMs);

  return {
    show: (levels) => encoder.setLevels(levels),
    async stop() {
      stopping = true;
      clearInterval(rateTimer);
      clearTimeout(reloadTimer);
      const closed = loading.then(() => detector?.close()).then(() => 'ended' as const);
      const late = new Promise<'stuck'>((resolve) => setTimeout(() => resolve('stuck'), closeWithinMs));
      // Together: a camera that will not end and a detector that does not answer may not cost their time twice.
      const [end] = await Promise.all([Promise.race([closed, late]), camera.stop()]);
      await encoder.settled();
      return end;
    },
  };
}
