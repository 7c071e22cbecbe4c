import type { CarConfig } from './car/config.ts';
import type { PerceptionStart } from './protocol/perception-messages.ts';

/** It has no cable: when it is late, the computer that draws its pictures had no time. */
const simulatedCameraWords = {
  name: 'the simulated camera',
  stallCure: 'This computer is too busy: close other programs',
} as const;

/**
 * What the perception process is started with. `camera.source` alone says which camera: the simulated car's wheels go
 * with any.
 * @param simulatedCamera the program of the simulated car's own camera, where there is one
 */
export function perceptionStart(
  config: CarConfig,
  modelFile: string,
  simulatedCamera: readonly string[] | undefined,
): PerceptionStart {
  const { camera, detector, remote } = config;
  const simulated = camera.source === 'simulator' ? simulatedCamera : undefined;
  return {
    kind: 'start',
    camera: {
      command: [...(simulated ?? splitCommand(camera.source))],
      ...(simulated !== undefined && simulatedCameraWords),
      framing: simulated === undefined ? 'raw' : 'stamped',
      widthPx: camera.widthPx,
      heightPx: camera.heightPx,
      framesPerSecond: camera.framesPerSecond,
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

/** Words of a command line; quotes keep spaces, as a shell would. */
function splitCommand(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
