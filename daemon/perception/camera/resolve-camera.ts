import { accessSync, constants } from 'node:fs';
import { entryAt, whyUnreadable } from '../../platform/file-trouble.ts';
import { daemonEntry } from '../../platform/paths.ts';
import { UserError } from '../../platform/user-error.ts';
import { parseCameraSource } from './camera-source.ts';
import { findCameraTools, lacksDecoder, probeModes } from './camera-tools.ts';
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
      if (entryAt(source.path)?.isDirectory() !== true) {
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
    case 'file': {
      checkVideo(source.path);
      const tools = await findCameraTools();
      const needsFfmpeg = tools.ffmpeg && (await lacksDecoder(source.path));
      return planCamera(source, wanted, needsFfmpeg ? { ...tools, elements: undefined } : tools, []);
    }
    case 'usb':
      return planCamera(source, wanted, await findCameraTools(), await probeModes(source.device));
    case 'csi':
    case 'test':
    case 'rtsp':
      return planCamera(source, wanted, await findCameraTools(), []);
  }
}

/** Here, where it can be refused before the car has started. */
function checkVideo(path: string): void {
  const why = whyNoVideo(path);
  if (why !== undefined) {
    throw new UserError(`camera.source names the video ${path}, which ${why}. Change camera.source or --camera.`);
  }
}

function whyNoVideo(path: string): string | undefined {
  const entry = entryAt(path);
  if (entry === undefined) return 'is not there';
  if (entry.isDirectory()) return `is a folder. Right would be a video in it, or folder:${path} for its pictures`;
  if (entry.isFile() && entry.size === 0) return 'is empty. Right would be an MP4 with H.264, say';
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return whyUnreadable(error);
  }
}
