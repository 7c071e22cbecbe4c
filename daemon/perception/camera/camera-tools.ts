import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { parseVideoModes, type VideoMode } from './video-modes.ts';

/** What this computer has for cameras. */
export interface CameraTools {
  /** GStreamer's elements; undefined where GStreamer is not installed. */
  readonly elements: ReadonlySet<string> | undefined;
  readonly ffmpeg: boolean;
}

const run = promisify(execFile);
/** The first call of gst-inspect on a Nano builds its registry, which takes a while. */
const patienceMs = 20_000;

export async function findCameraTools(): Promise<CameraTools> {
  const [elements, ffmpeg] = await Promise.all([
    run('gst-inspect-1.0', ['--no-colors'], { timeout: patienceMs, maxBuffer: 4 << 20 })
      // Ubuntu 18.04's knows no such option.
      .catch(() => run('gst-inspect-1.0', [], { timeout: patienceMs, maxBuffer: 4 << 20 }))
      .then(({ stdout }) => parseElements(stdout))
      .catch(() => undefined),
    run('ffmpeg', ['-version'], { timeout: patienceMs }).then(
      () => true,
      () => false,
    ),
  ]);
  return { elements, ffmpeg };
}

/** The list that gst-inspect-1.0 prints: `plugin:  element: what it is`. */
export function parseElements(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^\S+?:\s+([\w-]+):? /gm)].map((match) => match[1]!));
}

/** The modes of a device; none where it is not there now, or nobody can ask it. */
export async function probeModes(device: string): Promise<VideoMode[]> {
  if (!existsSync(device)) return [];
  return await run('v4l2-ctl', ['--device', device, '--list-formats-ext'], { timeout: patienceMs }).then(
    ({ stdout }) => parseVideoModes(stdout),
    () => [],
  );
}
