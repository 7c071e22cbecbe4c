import sharp from 'sharp';
import type { Detection } from '../../daemon/protocol/detection.ts';
import type { PixelPolyline } from '../../daemon/protocol/remote-messages.ts';
import type { Plan } from '../../daemon/protocol/telemetry.ts';

/** What the make-believe car sees: two rows of cones along a bend, passing by. One period holds `sceneFrames` pictures. */
export const sceneFrames = 40;
const widthPx = 480;
const heightPx = 360;
const horizonPx = 130;
const focalPx = 290;
const cameraHeightM = 0.16;
const spacingM = 0.6;

export interface Scene {
  readonly jpeg: Uint8Array;
  readonly detections: Detection[];
  readonly plan: Plan;
  readonly pathPx: PixelPolyline;
  readonly laneBordersPx: PixelPolyline[];
  readonly trajectoryPx: PixelPolyline;
  readonly widthPx: number;
  readonly heightPx: number;
}

const bend = (xM: number): number => 0.09 * xM * xM;

function project(xM: number, yM: number): { xPx: number; yPx: number } {
  return { xPx: widthPx / 2 - (yM / xM) * focalPx, yPx: horizonPx + (cameraHeightM / xM) * focalPx };
}

export async function renderScene(index: number): Promise<Scene> {
  const offsetM = spacingM * (1 - (index % sceneFrames) / sceneFrames);
  const cones = Array.from({ length: 6 }, (_, i) => offsetM + 0.25 + i * spacingM).flatMap((xM) => [
    { xM, yM: bend(xM) + 0.45, colour: 'blue' as const },
    { xM, yM: bend(xM) - 0.45, colour: 'yellow' as const },
  ]);
  const centreLine = Array.from({ length: 14 }, (_, i) => ({ xM: 0.3 + i * 0.22, yM: bend(0.3 + i * 0.22) }));
  const detections: Detection[] = [];
  let drawn = '';
  for (const cone of [...cones].sort((a, b) => b.xM - a.xM)) {
    const foot = project(cone.xM, cone.yM);
    const height = (0.16 / cone.xM) * focalPx;
    const width = height * 0.7;
    if (foot.xPx < -width || foot.xPx > widthPx + width) continue;
    const fill = cone.colour === 'blue' ? '#2456c8' : '#e8b90c';
    const left = foot.xPx - width / 2;
    const top = foot.yPx - height;
    drawn +=
      `<ellipse cx="${foot.xPx}" cy="${foot.yPx}" rx="${width * 0.7}" ry="${height * 0.1}" fill="#000" opacity=".3"/>` +
      `<path d="M${left} ${foot.yPx} L${foot.xPx - width * 0.09} ${top} h${width * 0.18} L${left + width} ${foot.yPx} Z" fill="${fill}"/>` +
      `<path d="M${foot.xPx - width * 0.3} ${top + height * 0.6} h${width * 0.6} l${-width * 0.09} ${-height * 0.2} h${-width * 0.42} z" fill="#f4f4f4"/>`;
    detections.push({
      label: `${cone.colour} cone`,
      classId: cone.colour === 'blue' ? 0 : 1,
      score: Math.max(0.42, 0.97 - cone.xM * 0.12),
      box: { xPx: left, yPx: top, widthPx: width, heightPx: height },
    });
  }
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">` +
    '<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#8fb7d8"/><stop offset="1" stop-color="#dbe6ea"/></linearGradient>' +
    '<linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop stop-color="#8b8f8a"/><stop offset="1" stop-color="#5d625f"/></linearGradient></defs>' +
    `<rect width="${widthPx}" height="${horizonPx}" fill="url(#s)"/>` +
    `<rect y="${horizonPx}" width="${widthPx}" height="${heightPx - horizonPx}" fill="url(#g)"/>${drawn}</svg>`;
  const target = centreLine[5];
  return {
    jpeg: await sharp(Buffer.from(svg)).jpeg({ quality: 70 }).toBuffer(),
    detections,
    plan: { cones, centreLine, ...(target && { target }), speedMps: 1.4, because: 'curve' },
    pathPx: centreLine.map((point) => project(point.xM, point.yM)),
    laneBordersPx: ['blue', 'yellow'].map((colour) =>
      cones.filter((cone) => cone.colour === colour).map((cone) => project(cone.xM, cone.yM)),
    ),
    trajectoryPx: Array.from({ length: 12 }, (_, i) => project(0.3 + i * 0.1, 0.07 * (0.3 + i * 0.1) ** 2)),
    widthPx,
    heightPx,
  };
}
