import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { RemoteApp } from '../remote-app.ts';
import type { HistorySeries } from './history.ts';
import { backFrom, stepsS } from './time-axis.ts';

export interface PlottedSeries {
  readonly of: HistorySeries;
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
}

const heightPx = 170;

/** The last minute of some series, drawn anew with each telemetry. */
export function Plot(props: {
  readonly app: RemoteApp;
  readonly title: string;
  readonly unit: string;
  readonly series: readonly PlottedSeries[];
  /** At least this much of the value axis is shown. */
  readonly atLeast: readonly [low: number, high: number];
}) {
  const { app, title, unit, series, atLeast } = props;
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const ink = getComputedStyle(element);
    const axis = {
      stroke: ink.getPropertyValue('--muted'),
      grid: { stroke: ink.getPropertyValue('--line'), width: 1 },
      ticks: { show: false },
      font: "11px 'Inter Variable', system-ui, sans-serif",
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: false },
          y: {
            range: (_plot, low, high) => [Math.min(atLeast[0], low ?? 0), Math.max(atLeast[1], high ?? 0)],
          },
        },
        series: [
          {},
          ...series.map(({ colour, dashed }) => ({
            stroke: colour,
            width: 1.75,
            points: { show: false },
            ...(dashed && { dash: [5, 4] }),
          })),
        ],
        axes: [
          { ...axis, incrs: [...stepsS], splits: ticks, values: secondsAgo, size: 26 },
          { ...axis, size: 40 },
        ],
      },
      [[]],
      element,
    );
    const draw = effect(() => {
      app.telemetry.value;
      const { timesS, values } = app.history;
      plot.setData([timesS, ...series.map(({ of }) => values[of])]);
    });
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    resized.observe(element);
    return () => {
      draw();
      resized.disconnect();
      plot.destroy();
    };
  }, [app, series, atLeast]);
  return (
    <figure class="plot">
      <figcaption>
        <strong class="plot-title">{title}</strong> <span>{unit}</span>
        <ul>
          {series.map(({ of, name, colour, dashed }) => (
            <li key={of}>
              <span class="plot-ink" data-dashed={dashed === true} style={{ color: colour }} aria-hidden="true" />
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={holder} class="plot-canvas" role="img" aria-label={title} />
    </figure>
  );
}

function ticks(plot: uPlot, _axis: number, oldest: number, _newest: number, stepS: number): number[] {
  return backFrom(plot.data[0].at(-1) ?? oldest, oldest, stepS);
}

/** Labels of the time axis: seconds before now. */
function secondsAgo(plot: uPlot, splits: number[]): string[] {
  const newest = plot.data[0].at(-1) ?? 0;
  return splits.map((at) => `${Math.round(at - newest)} s`.replace('-', '−'));
}
