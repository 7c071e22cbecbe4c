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

/** The circle that the make-believe car drives in Auto, left about (0, radius): its cones stay where they are. */
const ringCones = 18;

export function ringPlan(pose: { xM: number; yM: number; headingRad: number }, radiusM: number): Plan {
  const toCar = (xM: number, yM: number) => {
    const cos = Math.cos(pose.headingRad);
    const sin = Math.sin(pose.headingRad);
    const dx = xM - pose.xM;
    const dy = yM - pose.yM;
    return { xM: cos * dx + sin * dy, yM: -sin * dx + cos * dy };
  };
  const onRing = (radius: number, angle: number) => toCar(radius * Math.cos(angle), radiusM + radius * Math.sin(angle));
  const cones = Array.from({ length: ringCones }, (_, i) => (i * 2 * Math.PI) / ringCones).flatMap((angle) => [
    { ...onRing(radiusM - 0.45, angle), colour: 'blue' as const },
    { ...onRing(radiusM + 0.45, angle), colour: 'yellow' as const },
  ]);
  const here = Math.atan2(pose.yM - radiusM, pose.xM);
  const centreLine = Array.from({ length: 12 }, (_, i) => onRing(radiusM, here + (0.2 + i * 0.15) / radiusM));
  const target = centreLine[4];
  return {
    cones: cones.filter(({ xM }) => xM > 0.1),
    centreLine,
    pose,
    ...(target && { target }),
    speedMps: 1.4,
    because: 'curve',
  };
}
