import { existsSync, statSync } from 'node:fs';
import { daemonEntry } from '../../platform/paths.ts';
import { UserError } from '../../platform/user-error.ts';
import { parseCameraSource } from './camera-source.ts';
import { findCameraTools, probeModes } from './camera-tools.ts';
import { type CameraProgramPlan, planCamera } from './pipelines.ts';
import type { WantedMode } from './video-modes.ts';

/**
 * The program for `camera.source`, after a look at what this computer has; undefined for the simulator's own camera. A USB camera
 * that is not plugged in now is no error: its program is started again and again until it is.
 * @throws UserError when the source cannot be read here, or has no pictures of that size.
 */
export async function resolveCamera(sourceText: string, wanted: WantedMode): Promise<CameraProgramPlan | undefined> {
  const source = parseCameraSource(sourceText);
  switch (source.kind) {
    case 'simulator':
      return undefined;
    case 'program':
      return { command: [...source.command], framing: 'raw', framesPerSecond: wanted.framesPerSecond };
    case 'folder': {
      if (statSync(source.path, { throwIfNoEntry: false })?.isDirectory() !== true) {
        throw new UserError(
          `camera.source names the folder ${source.path}, which is none. Change camera.source or --camera.`,
        );
      }
      const { widthPx, heightPx, framesPerSecond } = wanted;
      const size = ['--width', String(widthPx), '--height', String(heightPx), '--fps', String(framesPerSecond)];
      return {
        command: [
          process.execPath,
          daemonEntry('perception/camera/folder-program'),
          ...['--folder', source.path],
          ...size,
        ],
        framing: 'stamped',
        name: `the pictures in ${source.path}`,
        framesPerSecond,
      };
    }
    case 'file':
      if (!existsSync(source.path)) {
        throw new UserError(
          `camera.source names the video ${source.path}, which is not there. Change camera.source or --camera.`,
        );
      }
      return planCamera(source, wanted, await findCameraTools(), []);
    case 'usb':
      return planCamera(source, wanted, await findCameraTools(), await probeModes(source.device));
    case 'csi':
    case 'test':
    case 'rtsp':
      return planCamera(source, wanted, await findCameraTools(), []);
  }
}
