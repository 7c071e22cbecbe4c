import sharp from 'sharp';
import type { RgbImage } from '../perception/image-file.ts';
import type { Detection } from '../protocol/detection.ts';

/** A colour for each class, far from its neighbours': steps of the golden angle round the colour circle. */
function colourOf(classId: number): string {
  return `hsl(${Math.round((classId * 137.508 + 20) % 360)}, 90%, 55%)`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Boxes with label and score as an SVG of the image's size; lines and letters grow with the image. */
export function boxesAsSvg(widthPx: number, heightPx: number, detections: readonly Detection[]): string {
  const line = Math.max(2, Math.round(Math.max(widthPx, heightPx) / 400));
  const letter = Math.max(12, Math.round(Math.max(widthPx, heightPx) / 50));
  const shapes = detections.map(({ label, classId, score, box }) => {
    const text = `${label} ${score.toFixed(2)}`;
    const tagWidth = Math.round(text.length * letter * 0.6 + letter * 0.5);
    const tagHeight = Math.round(letter * 1.3);
    // Above the box where there is room, else inside it; never past the right edge.
    const tagY = box.yPx >= tagHeight ? box.yPx - tagHeight : box.yPx;
    const tagX = Math.max(0, Math.min(box.xPx, widthPx - tagWidth));
    const colour = colourOf(classId);
    return (
      `<rect x="${box.xPx}" y="${box.yPx}" width="${box.widthPx}" height="${box.heightPx}" fill="none" stroke="${colour}" stroke-width="${line}"/>` +
      `<rect x="${tagX}" y="${tagY}" width="${tagWidth}" height="${tagHeight}" fill="${colour}"/>` +
      `<text x="${tagX + letter * 0.25}" y="${tagY + letter}" font-family="DejaVu Sans, sans-serif" font-size="${letter}" fill="black">${escapeXml(text)}</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${shapes.join('')}</svg>`;
}

/** Writes the image with the boxes drawn, as a JPEG. */
export async function writeWithBoxes(image: RgbImage, detections: readonly Detection[], file: string): Promise<void> {
  const { rgb, widthPx, heightPx } = image;
  await sharp(rgb, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .composite([{ input: Buffer.from(boxesAsSvg(widthPx, heightPx, detections)) }])
    .jpeg({ quality: 90 })
    .toFile(file);
}
