import { alertOfEvent } from '../alert-list.ts';
import { fixed } from '../fixed.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';

/** All that is measured. */
export function TelemetryScreen({ app }: { app: RemoteApp }) {
  const telemetry = app.telemetry.value;
  const rows = texts.value.rows;
  const link = app.carClock.best;
  return (
    <section class="page" data-testid="telemetry">
      <h1>{texts.value.screens.telemetry}</h1>
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
        <Row
          name={rows.lastStop}
          value={telemetry?.lastStop && alertOfEvent(telemetry.lastStop, texts.value.events).text}
        />
        <Row name={rows.camera} value={rate(telemetry?.cameraFramesPerSecond)} />
        <Row name={rows.detector} value={rate(telemetry?.detectorFramesPerSecond)} />
        <Row name={rows.provider} value={[telemetry?.provider, telemetry?.model].filter(Boolean).join(' · ')} />
        <Row name={rows.detection} value={milliseconds(telemetry?.detectionAgeMs)} />
        <Row name={rows.frameToCommand} value={milliseconds(telemetry?.frameToCommandMs, 1)} />
        <Row name={rows.jitter} value={milliseconds(telemetry?.controlJitterMs, 2)} />
        <Row name={rows.video} value={rate(app.videoRate.value)} />
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
