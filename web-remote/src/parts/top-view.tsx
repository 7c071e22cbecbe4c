import { useEffect, useRef } from 'preact/hooks';
import type { Plan } from '../../../daemon/protocol/telemetry.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';

const sizePx = 116;
/** How far the view reaches ahead of the car and behind it. */
const aheadM = 3.2;
const behindM = 0.5;

const coneColours = { blue: '#6aa5ff', yellow: '#ffd54a', orange: '#ff9a4d' } as const;

/** The ground as the pilot sees it: the car below, forward is up, left is left. */
export function TopView({ app }: { app: RemoteApp }) {
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const plan = app.telemetry.value?.plan;
  useEffect(() => {
    const context = canvasRef.current?.getContext('2d');
    if (context) drawTopView(context, plan);
  }, [plan]);
  const ratio = 2;
  return (
    <canvas
      ref={canvasRef}
      class="top-view"
      width={sizePx * ratio}
      height={sizePx * ratio}
      role="img"
      aria-label={texts.value.topView}
    />
  );
}

function drawTopView(context: CanvasRenderingContext2D, plan: Plan | undefined): void {
  const ratio = context.canvas.width / sizePx;
  const scale = sizePx / (aheadM + behindM);
  const place = (point: { xM: number; yM: number }) =>
    [sizePx / 2 - point.yM * scale, sizePx - (point.xM + behindM) * scale] as const;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, sizePx, sizePx);

  context.strokeStyle = 'rgba(255, 255, 255, 0.13)';
  context.lineWidth = 1;
  for (let rangeM = 1; rangeM <= aheadM; rangeM++) {
    const [x, y] = place({ xM: 0, yM: 0 });
    context.beginPath();
    context.arc(x, y, rangeM * scale, Math.PI, 2 * Math.PI);
    context.stroke();
  }
  if (plan !== undefined) {
    context.strokeStyle = '#4cc2ff';
    context.lineWidth = 2;
    context.lineJoin = 'round';
    context.beginPath();
    plan.centreLine.forEach((point, i) => {
      const [x, y] = place(point);
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    context.stroke();
    for (const cone of plan.cones) disc(context, place(cone), 2.6, coneColours[cone.colour]);
    if (plan.target !== undefined) {
      context.strokeStyle = '#ffffff';
      context.lineWidth = 1.5;
      const [x, y] = place(plan.target);
      context.beginPath();
      context.arc(x, y, 4, 0, 2 * Math.PI);
      context.stroke();
    }
  }
  const [x, y] = place({ xM: 0, yM: 0 });
  context.fillStyle = '#ffffff';
  context.beginPath();
  context.moveTo(x, y - 8);
  context.lineTo(x + 5, y + 5);
  context.lineTo(x, y + 2.5);
  context.lineTo(x - 5, y + 5);
  context.closePath();
  context.fill();
}

function disc(context: CanvasRenderingContext2D, at: readonly [number, number], radius: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(at[0], at[1], radius, 0, 2 * Math.PI);
  context.fill();
}
