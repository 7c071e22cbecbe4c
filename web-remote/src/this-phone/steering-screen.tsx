import { Slider, Toggle } from '../parts/fields.tsx';
import { SteeringWays } from '../parts/steering-ways.tsx';
import type { RemoteApp } from '../remote-app.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../texts/language.ts';
import { FeelCurve } from './feel-curve.tsx';

/** What a teacher sets at one touch. */
const presets = {
  child: { throttleCap: 0.25, reverseCap: 0.2, throttleExpo: 0.5, steeringExpo: 0.5 },
  learner: { throttleCap: 0.5, reverseCap: 0.4, throttleExpo: 0.35, steeringExpo: 0.4 },
  free: { throttleCap: 1, reverseCap: 0.6, throttleExpo: 0.2, steeringExpo: 0.3 },
} as const satisfies Record<string, Partial<Settings>>;

/** How this phone steers; every change holds at once, and is kept on this phone. */
export function SteeringScreen({ app }: { app: RemoteApp }) {
  const words = texts.value.thisPhone;
  const settings = app.settings.value;
  const isChosen = (preset: Partial<Settings>) =>
    Object.entries(preset).every(([key, value]) => settings[key as keyof Settings] === value);
  return (
    <div class="panels">
      <section class="panel">
        <h2>{words.waysToSteer}</h2>
        <SteeringWays app={app} />
        <p class="hint">{words.keysHint}</p>
      </section>
      <section class="panel">
        <h2>{words.howFast}</h2>
        <fieldset class="choice three">
          <legend class="unseen">{words.howFast}</legend>
          {(['child', 'learner', 'free'] as const).map((name) => (
            <button
              key={name}
              type="button"
              data-testid={`preset-${name}`}
              aria-pressed={isChosen(presets[name])}
              onClick={() => {
                app.settings.value = { ...settings, ...presets[name] };
              }}
            >
              {words.presets[name]}
            </button>
          ))}
        </fieldset>
        <Slider app={app} of="throttleCap" testId="throttle-cap" minPercent={10} maxPercent={100} />
        <Slider app={app} of="reverseCap" testId="reverse-cap" minPercent={0} maxPercent={100} />
        <Toggle app={app} of="turnRoundInReverse" />
      </section>
      <section class="panel">
        <h2>{words.howFine}</h2>
        <FeelCurve settings={settings} />
        <Slider app={app} of="deadZone" testId="dead-zone" minPercent={0} maxPercent={30} stepPercent={1} />
        <Slider app={app} of="steeringExpo" testId="steering-expo" minPercent={0} maxPercent={90} />
        <Slider app={app} of="throttleExpo" testId="throttle-expo" minPercent={0} maxPercent={90} />
        <Slider app={app} of="trim" testId="trim" minPercent={-30} maxPercent={30} stepPercent={1} />
      </section>
    </div>
  );
}
