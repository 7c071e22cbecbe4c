import type { PerceptionStart } from '../../protocol/perception-messages.ts';
import type { CameraProgramEnd } from './camera-program.ts';
import { cameraTrouble } from './camera-trouble.ts';

/** One life of a camera program, when it is over. */
export interface CameraProgramLife {
  readonly end: CameraProgramEnd;
  /** Why it was ended; undefined when it ended by itself. */
  readonly verdict: string | undefined;
  /** What it last wrote to its standard error, oldest first. */
  readonly lastLines: readonly string[];
  /** Bytes of a frame that never became whole. */
  readonly partialBytes: number;
  readonly gavePicture: boolean;
}

/** Why a camera program is gone, for people: what happened, what it said last, and what may be wrong. */
export function explainEnd(
  camera: Pick<PerceptionStart['camera'], 'name' | 'command' | 'framing' | 'widthPx' | 'heightPx'>,
  { end, verdict, lastLines, partialBytes, gavePicture }: CameraProgramLife,
): string {
  const name = camera.name ?? `the camera program "${camera.command[0]}"`;
  if (end.kind === 'not-started') {
    const why = end.code === 'ENOENT' ? 'is not installed or not in PATH' : `cannot be started (${end.code})`;
    return `${name} ${why}. Change camera.source or --camera`;
  }
  const trouble = gavePicture || end.code === 0 ? undefined : cameraTrouble(camera.command, lastLines);
  if (trouble !== undefined) {
    return `${name} ${trouble.means}. ${trouble.right}. Change camera.source or --camera`;
  }
  const lastWords = lastLines.length === 0 ? '' : `; its last words: ${lastLines.slice(-3).join(' | ')}`;
  if (verdict !== undefined) return `${name} was ended: ${verdict}${lastWords}`;
  const how = end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
  const frameBytes = camera.widthPx * camera.heightPx * 3;
  const isCutOff = partialBytes > 0 && camera.framing === 'raw';
  const size = isCutOff
    ? ` in the middle of a frame (${partialBytes} of ${frameBytes} bytes): is its picture ${camera.widthPx}x${camera.heightPx} RGB?`
    : gavePicture
      ? ''
      : ' without a picture';
  return `${name} ended (${how})${size}${lastWords}`;
}
