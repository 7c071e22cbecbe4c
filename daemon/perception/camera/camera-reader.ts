import type { FrameDetections } from '../../protocol/detection.ts';
import type { PerceptionReport, PerceptionStart } from '../../protocol/perception-messages.ts';
import { rates } from '../../protocol/rates.ts';
import { isBlack } from './blackness.ts';
import { type CameraProgram, startCameraProgram } from './camera-program.ts';
import { explainEnd } from './explain-end.ts';
import { FrameRing, type FrameSlot } from './frame-ring.ts';
import {
  judgeLiveness,
  type Liveness,
  type LivenessLimits,
  noteBlackPicture,
  noteNewPicture,
  noteOldPicture,
  startLiveness,
} from './liveness.ts';
import { createProgramOutput, type FrameStamp } from './program-output.ts';

export type CameraState = Extract<PerceptionReport, { kind: 'camera' }>['state'];

export interface CameraFrame {
  /** Grows from frame to frame, over restarts of the program too. */
  readonly frameId: number;
  readonly capturedAtMs: number;
  readonly captureTimeSource: FrameDetections['captureTimeSource'];
  readonly widthPx: number;
  readonly heightPx: number;
  /** uint8, row by row; not overwritten before `release`. */
  readonly rgb: Uint8Array;
  /** The same picture as the camera itself compressed it, where it did; in memory of its own, which stays valid. */
  readonly jpeg?: Uint8Array;
  /** Gives the buffer back; once. */
  release(): void;
}

export interface CameraCounters {
  /** New pictures. */
  frames: number;
  /** New pictures that nobody took before the next one came, or that found no buffer. */
  dropped: number;
  /** Pictures that repeated the one before, or its time; never handed out. */
  repeated: number;
  /** Compressed pictures that could not be decoded. */
  corrupt: number;
}

export interface CameraTiming extends LivenessLimits {
  /** Between SIGINT, SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** The first restart waits this long, each further one twice as long, up to `restartMaxMs`. */
  readonly restartFirstMs: number;
  readonly restartMaxMs: number;
}

export interface CameraReaderOptions {
  readonly camera: PerceptionStart['camera'];
  readonly nowMs: () => number;
  /** A new picture can be taken. */
  readonly onFrame: () => void;
  /** Told once for each change; `text` is for people. */
  readonly onState: (state: CameraState, text?: string) => void;
  /** What the program writes to its standard error. */
  readonly onProgramLine: (line: string) => void;
  readonly timing?: Partial<CameraTiming>;
}

type FramePicture = Omit<CameraFrame, 'release'>;

/** Reads a camera program for as long as it is wanted, restarting it when it ends or stalls. */
export interface CameraReader {
  /** The newest picture, if it was not taken before. The caller releases it. */
  takeNewest(): CameraFrame | undefined;
  readonly counters: Readonly<CameraCounters>;
  /** Ends the program and waits until it is gone. */
  stop(): Promise<void>;
}

/** One written, one newest, and two that are read: one waits for the detector's choice, one becomes a JPEG. */
const bufferCount = 4;
/** How often liveness is judged. */
const watchPeriodMs = 25;
/** A clock that differs from ours by more is another clock. */
const clockToleranceMs = 100;
const oldestCaptureMs = 60_000;
/** A program that streamed for this long was well: its next restart does not wait longer than the first. */
const wellAfterMs = 5000;

export function startCameraReader(options: CameraReaderOptions): CameraReader {
  const { camera, nowMs } = options;
  const timing: CameraTiming = {
    stallMs: Math.max(rates.cameraStallMs, 3000 / camera.framesPerSecond),
    restartMs: Math.max(1000, 6000 / camera.framesPerSecond),
    repeatRestartMs: 3000,
    startMs: 10_000,
    graceMs: 300,
    restartFirstMs: 200,
    restartMaxMs: 5000,
    ...options.timing,
  };
  const ring = new FrameRing(bufferCount, camera.widthPx * camera.heightPx * 3);
  const counters: CameraCounters = { frames: 0, dropped: 0, repeated: 0, corrupt: 0 };
  let newest: FramePicture | undefined;
  let newestTaken = false;
  let state: CameraState | undefined;
  let stopping = false;
  let program: CameraProgram | undefined;
  let wakeUp: () => void = () => {};

  const report = (next: CameraState, text?: string) => {
    if (state === next && next !== 'failed') return;
    state = next;
    options.onState(next, text);
  };

  /** One life of the program. Resolves when it is gone, with why, and how long it had streamed. */
  const runOnce = async (): Promise<{ why: string; streamedMs: number }> => {
    let liveness: Liveness = startLiveness(nowMs());
    let firstNewAtMs: number | undefined;
    let verdict: string | undefined;
    let frameIdOffset: number | undefined;
    let lastCapturedAtMs = Number.NEGATIVE_INFINITY;
    const giveUp = (why: string) => {
      verdict ??= why;
      program?.end();
    };
    const onFrame = ({ capturedAtMs, source, frameId: programFrameId }: FrameStamp, jpeg?: Uint8Array) => {
      const arrivedAtMs = nowMs();
      if (capturedAtMs > arrivedAtMs + clockToleranceMs || capturedAtMs < arrivedAtMs - oldestCaptureMs) {
        giveUp(`its capture times (${capturedAtMs} ms) are not of the monotonic clock (${Math.round(arrivedAtMs)} ms)`);
        return;
      }
      const slot = written;
      if (slot === undefined) return;
      const black = isBlack(slot.rgb);
      // memcmp ends at the first byte that differs: with pictures of a live sensor, at once.
      if (!black && newest !== undefined && Buffer.compare(slot.rgb, newest.rgb) === 0) {
        counters.repeated++;
        liveness = noteOldPicture(liveness, 'same-picture');
        return;
      }
      if (source === 'camera' && capturedAtMs <= lastCapturedAtMs) {
        counters.repeated++;
        liveness = noteOldPicture(liveness, 'same-time');
        return;
      }
      lastCapturedAtMs = capturedAtMs;
      frameIdOffset ??= offsetAfter(newest?.frameId, programFrameId ?? 0);
      const frameId = programFrameId === undefined ? nextAfter(newest?.frameId) : programFrameId + frameIdOffset;
      if (newest !== undefined && !newestTaken) counters.dropped++;
      ring.publish();
      newest = {
        frameId,
        capturedAtMs,
        captureTimeSource: source,
        widthPx: camera.widthPx,
        heightPx: camera.heightPx,
        rgb: slot.rgb,
        ...(jpeg !== undefined && { jpeg }),
      };
      newestTaken = false;
      counters.frames++;
      firstNewAtMs ??= arrivedAtMs;
      if (black) {
        // Shown as it is, so that people see it; but nobody drives by it.
        liveness = noteBlackPicture(liveness, arrivedAtMs);
      } else {
        liveness = noteNewPicture(liveness, arrivedAtMs);
        report('streaming');
      }
      options.onFrame();
    };
    let written: ReturnType<FrameRing['claim']>;
    let over = false;
    const assembler = createProgramOutput({
      camera,
      nowMs,
      claim: () => {
        // A picture may be decoded when its program is gone: it would say that the camera is back.
        written = over ? undefined : ring.claim();
        return written?.rgb;
      },
      onFrame,
      onSkipped: () => {
        counters.dropped++;
        // It came, whether or not there was room for it.
        liveness = noteNewPicture(liveness, nowMs());
      },
      onCorrupt: () => {
        counters.corrupt++;
        liveness = noteOldPicture(liveness, 'corrupt');
      },
      onRubbish: giveUp,
    });
    program = startCameraProgram({
      command: camera.command,
      graceMs: timing.graceMs,
      onData: (chunk) => assembler.push(chunk),
      onErrorLine: options.onProgramLine,
    });
    const watch = setInterval(() => {
      const judged = judgeLiveness(liveness, nowMs(), timing);
      switch (judged.state) {
        case 'starting':
        case 'streaming':
          break;
        case 'stalled':
          report('stalled', `${camera.name ?? camera.command[0]}: ${judged.text}`);
          if (judged.giveUp) giveUp(judged.text);
          break;
        case 'never-started':
          giveUp(judged.text);
          break;
      }
    }, watchPeriodMs);
    const end = await program.gone;
    over = true;
    clearInterval(watch);
    const lastLines = program.lastLines();
    const { partialBytes } = assembler;
    const why = explainEnd(camera, { end, verdict, lastLines, partialBytes, gavePicture: firstNewAtMs !== undefined });
    program = undefined;
    return { why, streamedMs: firstNewAtMs === undefined ? 0 : (liveness.lastNewAtMs ?? 0) - firstNewAtMs };
  };

  const supervise = async (): Promise<void> => {
    report('starting');
    for (let delayMs = timing.restartFirstMs; !stopping; delayMs = Math.min(delayMs * 2, timing.restartMaxMs)) {
      const { why, streamedMs } = await runOnce();
      if (stopping) return;
      if (streamedMs >= wellAfterMs) delayMs = timing.restartFirstMs;
      report('failed', `${why}. It is started again in ${delayMs / 1000} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const supervised = supervise();

  return {
    counters,
    takeNewest() {
      if (newestTaken) return undefined;
      newestTaken = newest !== undefined;
      return newest === undefined || ring.newest === undefined ? undefined : hold(newest, ring.newest);
    },
    async stop() {
      stopping = true;
      wakeUp();
      program?.end();
      await supervised;
    },
  };
}

/** A reader's hold on a frame's buffer. */
function hold(picture: FramePicture, slot: FrameSlot): CameraFrame {
  slot.readers++;
  let held = true;
  return {
    ...picture,
    release() {
      if (held) slot.readers--;
      held = false;
    },
  };
}

function nextAfter(lastFrameId: number | undefined): number {
  return lastFrameId === undefined ? 0 : lastFrameId + 1;
}

/** Frame ids go on where they were when a restarted program begins to count anew. */
function offsetAfter(lastFrameId: number | undefined, firstFrameId: number): number {
  return lastFrameId === undefined || firstFrameId > lastFrameId ? 0 : lastFrameId + 1 - firstFrameId;
}
