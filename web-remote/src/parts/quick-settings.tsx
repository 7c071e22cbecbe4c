import type { RemoteApp } from '../remote-app.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../texts/language.ts';
import { ResetButton } from './reset-button.tsx';

/** What one changes while driving. Leaves the picture and the stop uncovered. */
export function QuickSettings({ app }: { app: RemoteApp }) {
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
      <span>{texts.value[key]}</span>
    </label>
  );
  const layout = (value: Settings['sticks'], name: string) => (
    <button type="button" aria-pressed={settings.sticks === value} onClick={() => change({ sticks: value })}>
      {name}
    </button>
  );
  return (
    <aside class="sheet" data-testid="details-sheet" aria-label={texts.value.details}>
      <label class="slider">
        <span class="slider-name">
          {texts.value.throttleCap} <output>{percent} %</output>
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
        <legend>{texts.value.sticks}</legend>
        {layout('by-orientation', texts.value.sticksByOrientation)}
        {layout('one', texts.value.oneStick)}
        {layout('two', texts.value.twoSticks)}
      </fieldset>
      <div class="toggles">
        {toggle('showBoxes')}
        {toggle('showPath')}
        {toggle('showTopView')}
      </div>
      <ResetButton app={app} />
    </aside>
  );
}
