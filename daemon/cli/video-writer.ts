import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { checkWritable } from '../platform/file-trouble.ts';
import { UserError } from '../platform/user-error.ts';
import type { Detection } from '../protocol/detection.ts';

export interface VideoWriter {
  /** The pixels are copied before this returns. */
  write(rgb: Uint8Array, detections: readonly Detection[]): void;
  /** @throws (rejects) UserError when ffmpeg did not make the file. */
  close(): Promise<void>;
}

const colours: Readonly<Record<string, readonly [number, number, number]>> = {
  'blue cone': [64, 140, 255],
  'yellow cone': [255, 220, 40],
  'orange cone': [255, 130, 30],
  'stop sign': [255, 60, 60],
};

const containers = ['.mp4', '.mkv', '.mov', '.avi'];

/** @throws UserError for what can be no video, by its name, or cannot be written: before any work is done for it. */
export function checkVideoFile(file: string): void {
  if (!containers.includes(extname(file).toLowerCase())) {
    throw new UserError(`--video ${file} is no name of a video: it must end in ${containers.join(', ')}.`);
  }
  checkWritable(file, '--video');
}

/** Frames with their boxes as a video, by ffmpeg, which runs until `close`. */
export function openVideo(file: string, widthPx: number, heightPx: number, framesPerSecond: number): VideoWriter {
  const ffmpeg = spawn(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${widthPx}x${heightPx}`],
      ...['-r', String(framesPerSecond), '-i', '-', '-pix_fmt', 'yuv420p', file],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let words = '';
  ffmpeg.stderr.on('data', (chunk) => {
    words += chunk;
  });
  ffmpeg.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve, reject) => {
    ffmpeg.once('error', () => reject(new UserError('--video needs ffmpeg: apt-get install ffmpeg, or leave it out.')));
    ffmpeg.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new UserError(`ffmpeg could not write ${file}: ${words.trim()}. Change --video.`));
    });
  });
  ended.catch(() => {});
  return {
    write(rgb, detections) {
      const frame = Buffer.from(rgb);
      for (const { box, label } of detections) {
        drawFrame(frame, widthPx, heightPx, box, colours[label] ?? [255, 255, 255]);
      }
      ffmpeg.stdin.write(frame);
    },
    async close() {
      ffmpeg.stdin.end();
      await ended;
    },
  };
}

function drawFrame(
  rgb: Buffer,
  widthPx: number,
  heightPx: number,
  box: Detection['box'],
  colour: readonly [number, number, number],
): void {
  const left = Math.max(0, Math.round(box.xPx));
  const top = Math.max(0, Math.round(box.yPx));
  const right = Math.min(widthPx - 1, Math.round(box.xPx + box.widthPx));
  const bottom = Math.min(heightPx - 1, Math.round(box.yPx + box.heightPx));
  const dot = (x: number, y: number) => rgb.set(colour, (y * widthPx + x) * 3);
  for (let x = left; x <= right; x++) {
    dot(x, top);
    dot(x, bottom);
  }
  for (let y = top; y <= bottom; y++) {
    dot(left, y);
    dot(right, y);
  }
}
