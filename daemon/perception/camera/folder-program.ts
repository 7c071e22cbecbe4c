import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { monotonicNowMs } from '../../platform/clock.ts';
import { reasonOf } from '../../platform/reason-of.ts';
import { encodeStampedFrameHeader } from '../../protocol/stamped-frame.ts';

/**
 * A camera program that shows the pictures of a folder, in the order of their names, round and round, at a steady rate. Each
 * fills the frame as far as it goes, the rest is grey. What is no picture is passed over and said on standard error.
 */
const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    width: { type: 'string' },
    height: { type: 'string' },
    fps: { type: 'string' },
  },
});
const widthPx = Number(values.width);
const heightPx = Number(values.height);
const periodMs = 1000 / Number(values.fps);
const grey = { r: 114, g: 114, b: 114 };

async function pixelsOf(file: string): Promise<Buffer | undefined> {
  try {
    return await sharp(file)
      .rotate()
      .resize({ width: widthPx, height: heightPx, fit: 'contain', background: grey })
      .toColourspace('srgb')
      .flatten({ background: grey })
      .raw()
      .toBuffer();
  } catch (error) {
    process.stderr.write(`${file}: ${reasonOf(error)}\n`);
    return undefined;
  }
}

/** The reader may be slow, and one that is gone ends this program. */
async function write(bytes: Uint8Array): Promise<void> {
  if (!process.stdout.write(bytes)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

process.stdout.on('error', () => process.exit(0));
const files = readdirSync(values.folder ?? '.')
  .filter((name) => /\.(jpe?g|png|webp|bmp|tiff?|gif)$/i.test(name))
  .sort()
  .map((name) => join(values.folder ?? '.', name));
let frameId = 0;
for (let shown = 1; shown > 0; ) {
  shown = 0;
  for (const file of files) {
    const dueAtMs = monotonicNowMs() + periodMs;
    const rgb = await pixelsOf(file);
    if (rgb === undefined) continue;
    shown++;
    const header = { frameId: frameId++, capturedAtMs: monotonicNowMs(), widthPx, heightPx, lengthBytes: rgb.length };
    await write(encodeStampedFrameHeader(header));
    await write(rgb);
    await wait(Math.max(0, dueAtMs - monotonicNowMs()));
  }
}
process.stderr.write(`there is no picture in ${values.folder}\n`);
process.exitCode = 1;
