/** `node scripts/make-icons.js`: the page's icons as PNG, from web-remote/public/icon.svg. Some phones install no page without them. */
import { join } from 'node:path';
import sharp from 'sharp';

const folder = join(import.meta.dirname, '..', 'web-remote', 'public');
const svg = join(folder, 'icon.svg');
const ground = '#0e1217';

for (const [name, sizePx] of [
  ['icon-192.png', 192],
  ['icon-512.png', 512],
]) {
  await sharp(svg, { density: 300 }).resize(sizePx).png({ palette: true }).toFile(join(folder, name));
}
// Phones cut these to their own shape: the drawing keeps within the middle four fifths, on a ground without corners.
for (const [name, sizePx] of [
  ['icon-maskable.png', 512],
  ['icon-apple.png', 180],
]) {
  const drawing = await sharp(svg, { density: 300 })
    .resize(Math.round(sizePx * 0.8))
    .toBuffer();
  await sharp({ create: { width: sizePx, height: sizePx, channels: 3, background: ground } })
    .composite([{ input: drawing }])
    .png({ palette: true })
    .toFile(join(folder, name));
}
