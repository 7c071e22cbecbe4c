import sharp from 'sharp';
import type { RgbImage } from '../perception/image-file.ts';
import type { Detection } from '../protocol/detection.ts';
import { seenScore } from './detect-report.ts';
import { layMasks } from './draw-masks.ts';

/** Steps of the golden angle round the colour circle lie far from their neighbours. */
function hueOf(classId: number): number {
  return Math.round((classId * 137.508 + 20) % 360);
}

function colourOf(classId: number): string {
  return `hsl(${hueOf(classId)}, 90%, 55%)`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

interface Tag {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Above the box where there is room, and above the tags that are there already; else inside it and below them. Never past
 * the right edge.
 */
function placeTag(size: { width: number; height: number }, box: Detection['box'], taken: Tag[], widthPx: number): Tag {
  const { width, height } = size;
  const x = Math.max(0, Math.min(box.xPx, widthPx - width));
  const hiddenBy = (y: number) =>
    taken.find((other) => x < other.x + other.width && other.x < x + width && Math.abs(y - other.y) < height);
  let y = box.yPx - height;
  for (let other = hiddenBy(y); other !== undefined; other = hiddenBy(y)) y = other.y - height;
  if (y < 0) {
    y = Math.max(0, box.yPx);
    for (let other = hiddenBy(y); other !== undefined; other = hiddenBy(y)) y = other.y + height;
  }
  const tag = { x, y, width, height };
  taken.push(tag);
  return tag;
}

/** Boxes with label and score, and points that are seen, as an SVG of the image's size; lines and letters grow with the image. */
export function boxesAsSvg(widthPx: number, heightPx: number, detections: readonly Detection[]): string {
  const line = Math.max(2, Math.round(Math.max(widthPx, heightPx) / 400));
  const letter = Math.max(12, Math.round(Math.max(widthPx, heightPx) / 50));
  const taken: Tag[] = [];
  const boxes = detections.map(({ classId, box }) => {
    const size = `x="${box.xPx}" y="${box.yPx}" width="${box.widthPx}" height="${box.heightPx}"`;
    return `<rect ${size} fill="none" stroke="${colourOf(classId)}" stroke-width="${line}"/>`;
  });
  const points = detections.flatMap(({ classId, keypoints = [] }) =>
    keypoints
      .filter(({ score }) => score >= seenScore)
      .map(({ xPx, yPx }) => {
        const place = `cx="${xPx}" cy="${yPx}" r="${2 * line}"`;
        return `<circle ${place} fill="${colourOf(classId)}" stroke="black" stroke-width="${line / 2}"/>`;
      }),
  );
  const tags = detections.map(({ label, classId, score, box }) => {
    const text = `${label} ${score.toFixed(2)}`;
    const width = Math.round(text.length * letter * 0.6 + letter * 0.5);
    const tag = placeTag({ width, height: Math.round(letter * 1.3) }, box, taken, widthPx);
    return (
      `<rect x="${tag.x}" y="${tag.y}" width="${tag.width}" height="${tag.height}" fill="${colourOf(classId)}"/>` +
      `<text x="${tag.x + letter * 0.25}" y="${tag.y + letter}" font-family="DejaVu Sans, sans-serif" font-size="${letter}" fill="black">${escapeXml(text)}</text>`
    );
  });
  // What is to be read lies on top.
  const shapes = [...boxes, ...points, ...tags];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${shapes.join('')}</svg>`;
}

/** Writes the image with masks, boxes and points drawn, as a JPEG. */
export async function writeWithBoxes(image: RgbImage, detections: readonly Detection[], file: string): Promise<void> {
  const { widthPx, heightPx } = image;
  const rgb = layMasks(image, detections, hueOf);
  await sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .composite([{ input: Buffer.from(boxesAsSvg(widthPx, heightPx, detections)) }])
    .jpeg({ quality: 90 })
    .toFile(file);
}
