import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { GroundPoint } from '../../../daemon/protocol/geometry.ts';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { type Survey, toWorld } from './cone-survey.ts';

const coneColours = { blue: '#6aa5ff', yellow: '#ffd54a', orange: '#ff9a4d' } as const;
/** The view shows at least so much, that a car at rest is not drawn as large as a house. */
const leastSpanM = 5;
const marginM = 0.6;

/** Everything seen so far from above: cones, the way behind the car, the car, its plan. */
export function SurveyView({ app }: { app: RemoteApp }) {
  const canvasRef = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = canvasRef.current;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const draw = (): void => {
      const ratio = Math.min(2, window.devicePixelRatio);
      const size = { width: canvas.clientWidth, height: canvas.clientHeight };
      if (canvas.width !== Math.round(size.width * ratio)) canvas.width = Math.round(size.width * ratio);
      if (canvas.height !== Math.round(size.height * ratio)) canvas.height = Math.round(size.height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawSurvey(context, size, app.survey.value, app.telemetry.peek());
    };
    const stop = effect(draw);
    const resized = new ResizeObserver(draw);
    resized.observe(canvas);
    return () => {
      stop();
      resized.disconnect();
    };
  }, [app]);
  return (
    <figure class="plot survey">
      <figcaption>
        <strong class="plot-title">{texts.value.survey}</strong> <span>m</span>
      </figcaption>
      <canvas ref={canvasRef} role="img" aria-label={texts.value.topView} data-cones={app.survey.value.cones.length} />
    </figure>
  );
}

function drawSurvey(
  context: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
  survey: Survey,
  telemetry: Telemetry | undefined,
): void {
  context.clearRect(0, 0, size.width, size.height);
  const { pose, cones, trail } = survey;
  if (pose === undefined) return;
  const all: GroundPoint[] = [pose, ...cones, ...trail];
  const xs = all.map(({ xM }) => xM);
  const ys = all.map(({ yM }) => yM);
  const middle = { xM: (Math.min(...xs) + Math.max(...xs)) / 2, yM: (Math.min(...ys) + Math.max(...ys)) / 2 };
  const spanX = Math.max(leastSpanM, Math.max(...xs) - Math.min(...xs) + 2 * marginM);
  const spanY = Math.max(leastSpanM, Math.max(...ys) - Math.min(...ys) + 2 * marginM);
  // x to the right, y up: as on a map.
  const scale = Math.min(size.width / spanX, size.height / spanY);
  const place = ({ xM, yM }: GroundPoint) =>
    [size.width / 2 + (xM - middle.xM) * scale, size.height / 2 - (yM - middle.yM) * scale] as const;
  const line = (points: readonly GroundPoint[], colour: string, width: number): void => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineJoin = 'round';
    context.beginPath();
    for (const [i, point] of points.entries()) {
      const [x, y] = place(point);
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    }
    context.stroke();
  };
  line(trail, 'rgba(255, 255, 255, 0.28)', 2);
  const plan = telemetry?.plan;
  if (plan !== undefined)
    line(
      plan.centreLine.map((point) => toWorld(pose, point)),
      '#4cc2ff',
      2.5,
    );
  for (const cone of cones) {
    const [x, y] = place(cone);
    context.globalAlpha = cone.sightings > 2 ? 1 : 0.45;
    context.fillStyle = coneColours[cone.colour];
    context.beginPath();
    context.arc(x, y, 3.2, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
  const [x, y] = place(pose);
  context.save();
  context.translate(x, y);
  context.rotate(-pose.headingRad);
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.moveTo(11, 0);
  context.lineTo(-7, 6.5);
  context.lineTo(-3.5, 0);
  context.lineTo(-7, -6.5);
  context.closePath();
  context.fill();
  context.restore();
}
