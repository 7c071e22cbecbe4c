import type { RemoteApp } from '../remote-app.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../texts/language.ts';

/** The settings that are a share, and those that are on or off. */
type Share = 'throttleCap' | 'reverseCap' | 'deadZone' | 'steeringExpo' | 'throttleExpo' | 'trim';
type Switch =
  | 'showBoxes'
  | 'showLabels'
  | 'showLane'
  | 'showPath'
  | 'showTrajectory'
  | 'showTopView'
  | 'turnRoundInReverse'
  | 'haptics'
  | 'keepAwake';

export function change(app: RemoteApp, some: Partial<Settings>): void {
  app.settings.value = { ...app.settings.value, ...some };
}

export function Slider(props: {
  readonly app: RemoteApp;
  readonly of: Share;
  readonly testId: string;
  readonly minPercent: number;
  readonly maxPercent: number;
  readonly stepPercent?: number;
}) {
  const percent = Math.round(props.app.settings.value[props.of] * 100);
  return (
    <label class="slider">
      <span class="slider-name">
        {texts.value[props.of]} <output>{percent} %</output>
      </span>
      <input
        type="range"
        data-testid={props.testId}
        min={props.minPercent}
        max={props.maxPercent}
        step={props.stepPercent ?? 5}
        value={percent}
        onInput={(event) => change(props.app, { [props.of]: Number(event.currentTarget.value) / 100 })}
      />
    </label>
  );
}

export function Toggle({ app, of }: { app: RemoteApp; of: Switch }) {
  return (
    <label class="toggle">
      <input
        type="checkbox"
        data-testid={`toggle-${of}`}
        checked={app.settings.value[of]}
        onChange={(event) => change(app, { [of]: event.currentTarget.checked })}
      />
      <span>{texts.value[of]}</span>
    </label>
  );
}
