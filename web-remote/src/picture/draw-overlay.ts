import type { PixelPolyline, VideoHeader } from '../../../daemon/protocol/remote-messages.ts';

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
const laneColours = ['#6aa5ff', '#ffd54a'];
const trajectoryColour = '#ffffff';

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

/** What of a frame's belongings is drawn. */
export interface Shown {
  readonly boxes: boolean;
  readonly labels: boolean;
  readonly lane: boolean;
  readonly path: boolean;
  readonly trajectory: boolean;
}

/** Draws what belongs to one frame over it. Lengths are CSS pixels; `size` is the drawing's. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  header: VideoHeader,
  size: { readonly width: number; readonly height: number },
  show: Shown,
  /** What a label is called in the page's language. */
  nameOf: (label: string) => string,
): void {
  context.clearRect(0, 0, size.width, size.height);
  const at = placeContained({ width: header.frameWidthPx, height: header.frameHeightPx }, size);
  if (show.lane) {
    for (const [i, border] of (header.laneBordersPx ?? []).entries()) {
      drawLine(context, border, at, { colour: laneColours[i] ?? otherColour, width: 2, dashes: [2, 6] });
    }
  }
  if (show.path) drawLine(context, header.pathPx ?? [], at, { colour: pathColour, width: 3.5, dashes: [], end: 5 });
  if (show.trajectory) {
    drawLine(context, header.trajectoryPx ?? [], at, { colour: trajectoryColour, width: 2.5, dashes: [8, 6] });
  }
  if (header.detections === undefined) return;
  if (show.boxes) drawBoxes(context, header.detections, at);
  if (show.labels) drawLabels(context, header.detections, at, size.width, nameOf);
}

function drawLine(
  context: CanvasRenderingContext2D,
  line: PixelPolyline,
  at: Placement,
  style: { readonly colour: string; readonly width: number; readonly dashes: number[]; readonly end?: number },
): void {
  const points = line.map((point) => ({ x: at.left + point.xPx * at.scale, y: at.top + point.yPx * at.scale }));
  if (points.length < 2) return;
  context.save();
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const [colour, width, dashes] of [
    ['rgba(4, 12, 20, 0.5)', style.width * 2, []],
    [style.colour, style.width, style.dashes],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dashes);
    context.beginPath();
    points.forEach((point, i) => {
      if (i === 0) context.moveTo(point.x, point.y);
      else context.lineTo(point.x, point.y);
    });
    context.stroke();
  }
  const end = points.at(-1);
  if (end !== undefined && style.end !== undefined) {
    context.fillStyle = style.colour;
    context.beginPath();
    context.arc(end.x, end.y, style.end, 0, 2 * Math.PI);
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

type Detections = NonNullable<VideoHeader['detections']>;

function placeBox({ box }: Detections[number], at: Placement): Rectangle {
  return {
    x: at.left + box.xPx * at.scale,
    y: at.top + box.yPx * at.scale,
    width: box.widthPx * at.scale,
    height: box.heightPx * at.scale,
  };
}

function drawBoxes(context: CanvasRenderingContext2D, detections: Detections, at: Placement): void {
  for (const detection of detections) {
    const { x, y, width, height } = placeBox(detection, at);
    for (const [colour, lineWidth] of [
      ['rgba(4, 12, 20, 0.5)', 3.5],
      [colours[detection.label] ?? otherColour, 1.75],
    ] as const) {
      context.strokeStyle = colour;
      context.lineWidth = lineWidth;
      context.strokeRect(x, y, width, height);
    }
  }
}

function drawLabels(
  context: CanvasRenderingContext2D,
  detections: Detections,
  at: Placement,
  widthLimit: number,
  nameOf: (label: string) => string,
): void {
  context.save();
  context.font = "600 11px 'Inter Variable', system-ui, sans-serif";
  context.textBaseline = 'middle';
  const taken: Rectangle[] = [];
  // Nearest first: where labels would lie on one another, the far one goes without.
  for (const detection of [...detections].sort((a, b) => b.box.heightPx - a.box.heightPx)) {
    const { x, y } = placeBox(detection, at);
    const text = `${nameOf(detection.label)} ${Math.round(detection.score * 100)}`;
    const textWidth = context.measureText(text).width + 8;
    const labelX = Math.max(0, Math.min(x - 1, widthLimit - textWidth));
    const tag = { x: labelX, y: Math.max(0, y - 16), width: textWidth, height: 15 };
    if (taken.some((other) => overlap(tag, other))) continue;
    taken.push(tag);
    context.fillStyle = colours[detection.label] ?? otherColour;
    context.fillRect(tag.x, tag.y, tag.width, tag.height);
    context.fillStyle = '#06131d';
    context.fillText(text, tag.x + 4, tag.y + 8);
  }
  context.restore();
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
