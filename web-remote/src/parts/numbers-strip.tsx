import { fixed } from '../fixed.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts.ts';

/** What one wants to know while driving. Always the same places, digits of one width. */
export function NumbersStrip({ app }: { app: RemoteApp }) {
  const telemetry = app.telemetry.value;
  const simulated = telemetry?.simulated;
  return (
    <dl class="numbers" data-simulated={app.isSimulated.value}>
      <div class="number">
        <dt>{texts.speed}</dt>
        <dd data-testid="speed">{telemetry === undefined ? '–' : fixed(telemetry.speedMps, 2)}</dd>
      </div>
      <Gauge
        name={texts.steering}
        asked={-(telemetry?.asked.steering ?? 0)}
        given={-(telemetry?.given.steering ?? 0)}
      />
      <Gauge name={texts.throttle} asked={telemetry?.asked.throttle ?? 0} given={telemetry?.given.throttle ?? 0} />
      {app.isSimulated.value && (
        <>
          <div class="number">
            <dt>{texts.laps}</dt>
            <dd data-testid="laps">{simulated?.laps ?? '–'}</dd>
          </div>
          <div class="number position">
            <dt>{texts.position}</dt>
            <dd data-testid="position">
              {simulated === undefined ? '–' : `${fixed(simulated.xM, 2)}, ${fixed(simulated.yM, 2)}`}
            </dd>
          </div>
        </>
      )}
    </dl>
  );
}

/** Asked as a mark, given as a bar, from the middle. Right and forward grow to the right. */
function Gauge({ name, asked, given }: { name: string; asked: number; given: number }) {
  const half = Math.abs(given) * 50;
  return (
    <div class="number gauge">
      <dt>{name}</dt>
      <dd>
        <span class="gauge-value">{percent(given)}</span>
        <span class="gauge-track" aria-hidden="true">
          <span class="gauge-bar" style={{ left: `${given < 0 ? 50 - half : 50}%`, width: `${half}%` }} />
          <span class="gauge-mark" style={{ left: `${50 + asked * 50}%` }} />
        </span>
      </dd>
    </div>
  );
}

function percent(value: number): string {
  const whole = Math.round(value * 100);
  return `${whole > 0 ? '+' : whole < 0 ? '−' : ''}${Math.abs(whole)}`;
}
