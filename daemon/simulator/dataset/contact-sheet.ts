import sharp from 'sharp';
import { createTrainingSample, type SampleObject, sampleHeightPx, sampleWidthPx } from '../renderer/training-sample.ts';
import type { SampleRange } from './draw-samples.ts';

const columns = 6;
const mostRows = 4;
/** By class; ignored objects are drawn in grey. */
const boxColours = ['#3aa0ff', '#ffe600', '#ff7a1a', '#ff2bd6', '#22ff66', '#ffffff'];

function boxesSvg(objects: readonly SampleObject[]): Buffer {
  const rectangles = objects.map(({ classId, box: [left, top, right, bottom], ignore }) => {
    const colour = ignore ? '#888888' : (boxColours[classId] ?? '#000000');
    return `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="${colour}"/>`;
  });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sampleWidthPx}" height="${sampleHeightPx}">${rectangles.join('')}</svg>`,
  );
}

/**
 * Writes a sheet (PNG) of the first pictures of a range, 24 at most, with their boxes.
 * @returns how many it shows
 */
export async function writeContactSheet(file: string, range: SampleRange): Promise<number> {
  const shown = Math.min(range.count, columns * mostRows);
  const tiles: { input: Buffer; raw?: sharp.CreateRaw; left: number; top: number }[] = [];
  for (let i = 0; i < shown; i++) {
    const { pixels, objects } = createTrainingSample(range.seed, range.startIndex + i);
    const left = (i % columns) * sampleWidthPx;
    const top = Math.floor(i / columns) * sampleHeightPx;
    const raw = { width: sampleWidthPx, height: sampleHeightPx, channels: 3 } as const;
    tiles.push({ input: Buffer.from(pixels), raw, left, top }, { input: boxesSvg(objects), left, top });
  }
  const size = {
    width: Math.min(shown, columns) * sampleWidthPx,
    height: Math.ceil(shown / columns) * sampleHeightPx,
  };
  await sharp({ create: { ...size, channels: 3, background: '#000000' } })
    .composite(tiles)
    .png()
    .toFile(file);
  return shown;
}
