import type { DrivingMode, RemoteApp } from '../remote-app.ts';
import { texts } from '../texts.ts';
import { HandIcon, RouteIcon } from './icons.tsx';

/** Who drives: before arming, the mode to arm in; after it, the mode the car is in. */
export function ModeSwitch({ app }: { app: RemoteApp }) {
  const mode = app.telemetry.value?.mode;
  const chosen = mode === 'manual' || mode === 'auto' ? mode : app.wantedMode.value;
  const disabled = !app.isDriver.value || mode === undefined || mode === 'estop' || mode === 'stopping';
  const option = (name: DrivingMode) => (
    <button
      type="button"
      data-testid={`mode-${name}`}
      aria-pressed={chosen === name}
      disabled={disabled}
      onClick={() => app.chooseMode(name)}
    >
      {name === 'manual' ? <HandIcon /> : <RouteIcon />}
      {texts[name]}
    </button>
  );
  return (
    <fieldset class="mode-switch" aria-label={texts.modeSwitch}>
      {option('manual')}
      {option('auto')}
    </fieldset>
  );
}
