import type { VideoHeader } from '../../../daemon/protocol/remote-messages.ts';

const colours: Readonly<Record<string, string>> = {
  'blue cone': '#6aa5ff',
  'yellow cone': '#ffd54a',
  'orange cone': '#ff9a4d',
  'stop sign': '#ff7070',
  person: '#ff93dc',
  box: '#d9b48a',
};
const otherColour = '#ffffff';
const pathColour = '#4cc2ff';

/** Where a picture lies inside a box that it keeps its shape in (CSS object-fit: contain). */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

export function placeContained(
  picture: { readonly width: number; readonly height: number },
  box: { readonly width: number; readonly height: number },
): Placement {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return { left: (box.width - picture.width * scale) / 2, top: (box.height - picture.height * scale) / 2, scale };
}

/** Draws what belongs to one frame over it. Lengths are CSS pixels; `size` is the drawing's. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  header: VideoHeader,
  size: { readonly width: number; readonly height: number },
  show: { readonly boxes: boolean; readonly path: boolean },
): void {
  context.clearRect(0, 0, size.width, size.height);
  const at = placeContained({ width: header.frameWidthPx, height: header.frameHeightPx }, size);
  if (show.path && header.pathPx !== undefined) drawPath(context, header.pathPx, at);
  if (show.boxes && header.detections !== undefined) drawBoxes(context, header.detections, at, size.width);
}

function drawPath(context: CanvasRenderingContext2D, path: NonNullable<VideoHeader['pathPx']>, at: Placement): void {
  const points = path.map((point) => ({ x: at.left + point.xPx * at.scale, y: at.top + point.yPx * at.scale }));
  if (points.length < 2) return;
  context.save();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const [colour, width] of [
    ['rgba(4, 12, 20, 0.55)', 7],
    [pathColour, 3.5],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    points.forEach((point, i) => {
      if (i === 0) context.moveTo(point.x, point.y);
      else context.lineTo(point.x, point.y);
    });
    context.stroke();
  }
  const end = points.at(-1);
  if (end !== undefined) {
    context.fillStyle = pathColour;
    context.beginPath();
    context.arc(end.x, end.y, 5, 0, 2 * Math.PI);
    context.fill();
  }
  context.restore();
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawBoxes(
  context: CanvasRenderingContext2D,
  detections: NonNullable<VideoHeader['detections']>,
  at: Placement,
  widthLimit: number,
): void {
  context.save();
  context.font = '600 11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  const taken: Rectangle[] = [];
  // Nearest first: where labels would lie on one another, the far one goes without.
  const largestFirst = [...detections].sort((a, b) => b.box.heightPx - a.box.heightPx);
  for (const { label, score, box } of largestFirst) {
    const colour = colours[label] ?? otherColour;
    const x = at.left + box.xPx * at.scale;
    const y = at.top + box.yPx * at.scale;
    const width = box.widthPx * at.scale;
    const height = box.heightPx * at.scale;
    context.lineWidth = 3.5;
    context.strokeStyle = 'rgba(4, 12, 20, 0.5)';
    context.strokeRect(x, y, width, height);
    context.lineWidth = 1.75;
    context.strokeStyle = colour;
    context.strokeRect(x, y, width, height);
    const text = `${label} ${Math.round(score * 100)}`;
    const textWidth = context.measureText(text).width + 8;
    const labelX = Math.max(0, Math.min(x - 1, widthLimit - textWidth));
    const tag = { x: labelX, y: Math.max(0, y - 16), width: textWidth, height: 15 };
    if (taken.some((other) => overlap(tag, other))) continue;
    taken.push(tag);
    context.fillStyle = colour;
    context.fillRect(tag.x, tag.y, tag.width, tag.height);
    context.fillStyle = '#06131d';
    context.fillText(text, tag.x + 4, tag.y + 8);
  }
  context.restore();
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
