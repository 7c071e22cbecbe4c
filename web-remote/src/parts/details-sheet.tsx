import type { Signal } from '@preact/signals';
import { alertOfEvent } from '../alert-list.ts';
import { fixed } from '../fixed.ts';
import type { RemoteApp } from '../remote-app.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../texts.ts';
import { ResetButton } from './reset-button.tsx';

/** All that is measured, and what can be set. Leaves the picture and the stop uncovered. */
export function DetailsSheet(props: { app: RemoteApp; open: Signal<boolean>; videoRate: Signal<number> }) {
  if (!props.open.value) return null;
  return (
    <aside class="sheet" data-testid="details-sheet" aria-label={texts.details}>
      <SettingsForm app={props.app} />
      <Measured app={props.app} videoRate={props.videoRate.value} />
    </aside>
  );
}

function SettingsForm({ app }: { app: RemoteApp }) {
  const settings = app.settings.value;
  const change = (some: Partial<Settings>): void => {
    app.settings.value = { ...settings, ...some };
  };
  const percent = Math.round(settings.throttleCap * 100);
  const toggle = (key: 'showBoxes' | 'showPath' | 'showTopView') => (
    <label class="toggle">
      <input
        type="checkbox"
        checked={settings[key]}
        onChange={(event) => change({ [key]: event.currentTarget.checked })}
      />
      <span>{texts[key]}</span>
    </label>
  );
  const layout = (value: Settings['sticks'], name: string) => (
    <button type="button" aria-pressed={settings.sticks === value} onClick={() => change({ sticks: value })}>
      {name}
    </button>
  );
  return (
    <section>
      <h2>{texts.settings}</h2>
      <label class="slider">
        <span class="slider-name">
          {texts.throttleCap} <output>{percent} %</output>
        </span>
        <input
          type="range"
          data-testid="throttle-cap"
          min="10"
          max="100"
          step="5"
          value={percent}
          onInput={(event) => change({ throttleCap: Number(event.currentTarget.value) / 100 })}
        />
      </label>
      <fieldset class="choice">
        <legend>{texts.sticks}</legend>
        {layout('by-orientation', texts.sticksByOrientation)}
        {layout('one', texts.oneStick)}
        {layout('two', texts.twoSticks)}
      </fieldset>
      <div class="toggles">
        {toggle('showBoxes')}
        {toggle('showPath')}
        {toggle('showTopView')}
      </div>
      <ResetButton app={app} />
    </section>
  );
}

function Measured({ app, videoRate }: { app: RemoteApp; videoRate: number }) {
  const telemetry = app.telemetry.value;
  const rows = texts.rows;
  const link = app.carClock.best;
  return (
    <section>
      <h2>{texts.measured}</h2>
      <dl class="rows">
        <Row name={rows.vehicle} value={telemetry?.vehicle} />
        <Row name={rows.pilot} value={telemetry?.pilot} />
        <Row
          name={rows.because}
          value={telemetry?.plan && `${perSecond(telemetry.plan.speedMps)} · ${telemetry.plan.because}`}
        />
        <Row name={rows.asked} value={telemetry && pair(telemetry.asked)} />
        <Row name={rows.given} value={telemetry && pair(telemetry.given)} />
        <Row name={rows.neutral} value={telemetry?.neutralReason} />
        <Row name={rows.lastStop} value={telemetry?.lastStop && alertOfEvent(telemetry.lastStop).text} />
        <Row name={rows.camera} value={rate(telemetry?.cameraFramesPerSecond)} />
        <Row name={rows.detector} value={rate(telemetry?.detectorFramesPerSecond)} />
        <Row name={rows.provider} value={[telemetry?.provider, telemetry?.model].filter(Boolean).join(' · ')} />
        <Row name={rows.detection} value={milliseconds(telemetry?.detectionAgeMs)} />
        <Row name={rows.frameToCommand} value={milliseconds(telemetry?.frameToCommandMs, 1)} />
        <Row name={rows.jitter} value={milliseconds(telemetry?.controlJitterMs, 2)} />
        <Row name={rows.video} value={rate(videoRate)} />
        <Row name={rows.link} value={milliseconds(link?.roundTripMs, 1)} />
        <Row name={rows.phones} value={telemetry?.clients.toString()} />
        {telemetry?.simulated && <Row name={rows.cones} value={telemetry.simulated.conesHit.toString()} />}
      </dl>
    </section>
  );
}

function Row({ name, value }: { name: string; value: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value === undefined || value === '' ? '–' : value}</dd>
    </div>
  );
}

function milliseconds(value: number | undefined, digits = 0): string | undefined {
  return value === undefined ? undefined : `${value.toFixed(digits)} ms`;
}

function rate(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value.toFixed(1)} /s`;
}

function perSecond(value: number): string {
  return `${fixed(value, 2)} m/s`;
}

function pair(value: { steering: number; throttle: number }): string {
  return `${fixed(value.steering, 2)}, ${fixed(value.throttle, 2)}`;
}
