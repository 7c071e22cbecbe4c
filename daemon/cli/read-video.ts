import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import type { RgbImage } from '../perception/image-file.ts';
import { missingFile } from '../platform/missing-file.ts';
import { UserError } from '../platform/user-error.ts';

const videoExtensions = new Set(
  ['mp4', 'm4v', 'mov', 'avi', 'mkv', 'webm', 'mpg', 'mpeg', 'ts', 'mjpeg', 'h264', 'ogv', '3gp', 'wmv', 'flv'].map(
    (extension) => `.${extension}`,
  ),
);

export function isVideo(file: string): boolean {
  return videoExtensions.has(extname(file).toLowerCase());
}

/**
 * A video's frames, upright, in order, one at a time, by ffmpeg. Each is valid until the next is asked for.
 * @throws UserError when the file is missing, ffmpeg is not installed, or it cannot read the file.
 */
export async function* readVideo(file: string): AsyncGenerator<RgbImage> {
  if (!existsSync(file)) throw new UserError(missingFile('the video', file));
  // PPM frames say how large they are, after the rotation that a phone's video asks for.
  const ffmpeg = spawn(
    'ffmpeg',
    ['-nostdin', '-loglevel', 'error', '-i', file, '-an', '-f', 'image2pipe', '-c:v', 'ppm', '-pix_fmt', 'rgb24', '-'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  ffmpeg.stderr.on('data', (chunk) => {
    words = `${words}${chunk}`.slice(-2000);
  });
  const ended = new Promise<UserError | undefined>((resolve) => {
    ffmpeg.once('error', () => {
      resolve(new UserError(`videos need ffmpeg, which is not installed: apt-get install ffmpeg (for ${file})`));
    });
    ffmpeg.once('close', (code) => {
      resolve(code === 0 ? undefined : new UserError(`ffmpeg cannot read the video ${file}: ${words.trim()}`));
    });
  });
  const cutter = createPpmCutter();
  let frames = 0;
  try {
    for await (const chunk of ffmpeg.stdout) {
      for (const frame of cutter.push(chunk as Buffer)) {
        frames++;
        yield frame;
      }
    }
  } finally {
    ffmpeg.kill('SIGKILL');
  }
  const failure = await ended;
  if (failure !== undefined) throw failure;
  if (frames === 0) throw new UserError(`the video ${file} has no frame`);
}

/** Cuts a stream of binary PPM pictures (P6, 255 levels) into frames. */
export function createPpmCutter(): { push(chunk: Buffer): RgbImage[] } {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let needed = 0;
  return {
    push(chunk) {
      pending.push(chunk);
      pendingBytes += chunk.length;
      // Joining for every piece of a large frame would copy it over and over.
      if (pendingBytes < needed) return [];
      let bytes = Buffer.concat(pending);
      const frames: RgbImage[] = [];
      for (;;) {
        const match = /^P6\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString('latin1', 0, 40));
        if (match === null) {
          if (bytes.length >= 40) throw new UserError('ffmpeg gave something that is no PPM picture');
          needed = 0;
          break;
        }
        const [widthPx, heightPx] = [Number(match[1]), Number(match[2])];
        const frameBytes = widthPx * heightPx * 3;
        needed = match[0].length + frameBytes;
        if (bytes.length < needed) break;
        frames.push({ rgb: bytes.subarray(match[0].length, needed), widthPx, heightPx });
        bytes = bytes.subarray(needed);
      }
      pending = [bytes];
      pendingBytes = bytes.length;
      return frames;
    },
  };
}
