import type { CarConfig } from '../car/config.ts';
import { findModel } from '../car/find-model.ts';
import type { CameraProgramPlan } from '../perception/camera/pipelines.ts';
import { UserError } from '../platform/user-error.ts';
import type { PerceptionStart } from '../protocol/perception-messages.ts';

/** It has no cable: when it is late, the computer that draws its pictures had no time. */
const simulatedCameraWords = {
  name: 'the simulated camera',
  stallCure: 'This computer is too busy: close other programs',
} as const;

/** The program of the simulated car's own camera. */
export function simulatedCameraPlan(command: readonly string[], framesPerSecond: number): CameraProgramPlan {
  return { command: [...command], ...simulatedCameraWords, framing: 'stamped', framesPerSecond };
}

/** What the perception process is started with. */
export function perceptionStart(config: CarConfig, modelFile: string, program: CameraProgramPlan): PerceptionStart {
  const { camera, detector, remote } = config;
  return {
    kind: 'start',
    camera: {
      ...program,
      widthPx: camera.widthPx,
      heightPx: camera.heightPx,
      captureOffsetMs: camera.captureOffsetMs,
    },
    detector: { ...detector, modelFile },
    video: {
      maxFramesPerSecond: remote.videoFramesPerSecond,
      jpegQuality: remote.jpegQuality,
      maxWidthPx: remote.videoMaxWidthPx,
    },
  };
}

/** Where the network lies; as it is named, where it does not: perception then says so, and again at each new start. */
export function networkFileOf({ detector: { modelFile } }: CarConfig): string {
  try {
    return findModel(modelFile);
  } catch (error) {
    if (error instanceof UserError) return modelFile;
    throw error;
  }
}
