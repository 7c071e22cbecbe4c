import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from 'lucide';
import { useRef } from 'preact/hooks';
import { fixed } from '../fixed.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon, type IconShape } from './icons.tsx';

/** What one wants to know while driving. Always the same places, digits of one width. */
export function NumbersStrip({ app }: { app: RemoteApp }) {
  const telemetry = app.telemetry.value;
  const simulated = telemetry?.simulated;
  // How many numbers there are says the first telemetry: shown before it, they would jump.
  const isKnown = useRef(false);
  isKnown.current ||= telemetry !== undefined || app.connection.value === 'lost';
  return (
    <dl class="numbers" data-simulated={app.isSimulated.value} data-known={isKnown.current}>
      <div class="number">
        <dt>{texts.value.speed}</dt>
        <dd data-testid="speed">{telemetry === undefined ? '–' : fixed(telemetry.speedMps, 2)}</dd>
      </div>
      <Gauge
        name={texts.value.steering}
        asked={-(telemetry?.asked.steering ?? 0)}
        given={-(telemetry?.given.steering ?? 0)}
        below={{ icon: ArrowLeft, word: texts.value.left }}
        above={{ icon: ArrowRight, word: texts.value.right }}
      />
      <Gauge
        name={texts.value.throttle}
        asked={telemetry?.asked.throttle ?? 0}
        given={telemetry?.given.throttle ?? 0}
        below={{ icon: ArrowDown, word: texts.value.backward }}
        above={{ icon: ArrowUp, word: texts.value.forward }}
      />
      {app.isSimulated.value && (
        <>
          <div class="number">
            <dt>{texts.value.laps}</dt>
            <dd data-testid="laps">{simulated?.laps ?? '–'}</dd>
          </div>
          <div class="number position">
            <dt>{texts.value.position}</dt>
            <dd data-testid="position">
              {simulated === undefined ? '–' : `${fixed(simulated.xM, 2)}, ${fixed(simulated.yM, 2)}`}
            </dd>
          </div>
        </>
      )}
    </dl>
  );
}

interface Way {
  readonly icon: IconShape;
  readonly word: string;
}

/**
 * Asked as a mark, given as a bar, from the middle. Right and forward grow to the right; which way it is, an arrow
 * says (a word, to whoever listens), since a signed number would have to be known by heart.
 */
function Gauge(props: {
  readonly name: string;
  readonly asked: number;
  readonly given: number;
  readonly below: Way;
  readonly above: Way;
}) {
  const { name, asked, given } = props;
  const half = Math.abs(given) * 50;
  const percent = Math.round(given * 100);
  const way = percent === 0 ? undefined : percent < 0 ? props.below : props.above;
  return (
    <div class="number gauge">
      <dt>{name}</dt>
      <dd>
        <span class="gauge-value">
          {way !== undefined && <Icon shape={way.icon} size={14} />}
          <span class="digits">{Math.abs(percent)}</span>
          {way !== undefined && <span class="unseen">{way.word}</span>}
        </span>
        <span class="gauge-track" aria-hidden="true">
          <span class="gauge-bar" style={{ left: `${given < 0 ? 50 - half : 50}%`, width: `${half}%` }} />
          <span class="gauge-mark" style={{ left: `${50 + asked * 50}%` }} />
        </span>
      </dd>
    </div>
  );
}
