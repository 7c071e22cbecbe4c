import { useMemo } from 'preact/hooks';
import { alertOfEvent, cureHere } from '../alert-list.ts';
import { whoLooks } from '../parts/who-looks.ts';
import type { RemoteApp } from '../remote-app.ts';
import { Plot, type PlottedSeries } from '../see/plot.tsx';
import { boardReadings, drivingReadings, type Reading, seeingReadings } from '../see/readings.ts';
import { SurveyView } from '../see/survey-view.tsx';
import { inWordsOf } from '../texts/car-words.ts';
import { texts } from '../texts/language.ts';

const colours = {
  blue: '#2f9be0',
  green: '#2fa36b',
  orange: '#d97b1f',
  pink: '#c85bb2',
  violet: '#8b78e6',
  grey: '#8a97a4',
};

/** All that is measured: as numbers, over the last minute, and from above. */
export function TelemetryScreen({ app }: { app: RemoteApp }) {
  const words = texts.value;
  const telemetry = app.telemetry.value;
  const latency = useMemo(
    (): PlottedSeries[] => [
      { of: 'frameToCommandMs', name: words.stages.frameToCommandMs, colour: colours.blue },
      { of: 'runMs', name: words.stages.runMs, colour: colours.orange },
      { of: 'waitMs', name: words.stages.waitMs, colour: colours.grey },
      { of: 'preprocessMs', name: words.stages.preprocessMs, colour: colours.green },
      { of: 'decodeMs', name: words.stages.decodeMs, colour: colours.pink },
      { of: 'linkMs', name: words.stages.linkMs, colour: colours.violet, dashed: true },
    ],
    [words],
  );
  const demand = useMemo(
    (): PlottedSeries[] => [
      { of: 'steeringAsked', name: words.demand.steeringAsked, colour: colours.blue, dashed: true },
      { of: 'steeringGiven', name: words.demand.steeringGiven, colour: colours.blue },
      { of: 'throttleAsked', name: words.demand.throttleAsked, colour: colours.orange, dashed: true },
      { of: 'throttleGiven', name: words.demand.throttleGiven, colour: colours.orange },
    ],
    [words],
  );
  const crossTrack = useMemo(
    (): PlottedSeries[] => [{ of: 'crossTrackM', name: words.besideTheLine, colour: colours.green }],
    [words],
  );
  if (telemetry === undefined) return <p class="screen-note">{words.noTelemetry}</p>;
  const { board, lastStop } = telemetry;
  const stopped = lastStop && alertOfEvent(lastStop, words);
  const cure = stopped === undefined ? '' : cureHere(stopped, whoLooks(app), words);
  return (
    <section class="page" data-testid="telemetry">
      <h1 class="unseen">{words.screens.telemetry}</h1>
      {stopped !== undefined && (
        <div class="note" data-severity={stopped.severity}>
          <strong>
            {words.lastStop}: {stopped.text}
          </strong>
          {cure !== '' && <span>{cure}</span>}
        </div>
      )}
      {board?.hints?.map(({ code, text, cure }) => (
        <div key={code} class="note" data-severity="warning" data-testid="hint">
          <strong>{inWordsOf(words.carWords, text)}</strong>
          <span>{inWordsOf(words.carWords, cure)}</span>
        </div>
      ))}
      <div class="panels">
        <Readings title={words.groups.driving} readings={drivingReadings(telemetry, words)} />
        <SurveyView app={app} />
        <Readings
          title={words.groups.seeing}
          readings={seeingReadings(telemetry, words, app.carClock.best, app.videoRate.value)}
        />
        <Plot app={app} title={words.latency} unit="ms" series={latency} atLeast={latencyRange} />
        {board !== undefined && <Readings title={words.groups.board} readings={boardReadings(board, words)} />}
        <Plot app={app} title={words.steeringAndThrottle} unit="" series={demand} atLeast={demandRange} />
        <Plot app={app} title={words.crossTrack} unit="m" series={crossTrack} atLeast={crossTrackRange} />
      </div>
    </section>
  );
}

const latencyRange = [0, 50] as const;
const demandRange = [-1, 1] as const;
const crossTrackRange = [-0.2, 0.2] as const;

function Readings({ title, readings }: { title: string; readings: readonly Reading[] }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      <dl class="readings">
        {readings.map(({ id, value, unit, detail, share, level }) => (
          <div key={id} data-testid={`reading-${id}`} data-level={level ?? 'normal'}>
            <dt>{texts.value.readings[id]}</dt>
            <dd>
              <strong class="reading-value">{value}</strong>
              {unit !== undefined && <span> {unit}</span>}
              {share !== undefined && (
                <span class="meter" aria-hidden="true">
                  <span style={{ width: `${Math.round(Math.max(0, Math.min(1, share)) * 100)}%` }} />
                </span>
              )}
              {detail !== undefined && <small>{detail}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
