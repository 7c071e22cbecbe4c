import { Hand, Route } from 'lucide';
import type { DrivingMode, RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon } from './icons.tsx';

/** Who drives: before arming, the mode to arm in; after it, the mode the car is in. */
export function ModeSwitch({ app }: { app: RemoteApp }) {
  const mode = app.telemetry.value?.mode;
  const chosen = mode === 'manual' || mode === 'auto' ? mode : app.wantedMode.value;
  const disabled = !app.isDriver.value || mode === undefined || mode === 'estop' || mode === 'stopping';
  const hasAnotherDriver = !app.isDriver.value && app.telemetry.value?.driver !== undefined;
  if (app.connection.value === 'connected' && hasAnotherDriver && !app.mayOnlyWatch.value) {
    return (
      <button type="button" class="mode-switch plain" data-testid="ask-to-drive" onClick={() => app.askToDrive()}>
        {texts.value.askToDrive}
      </button>
    );
  }
  const option = (name: DrivingMode) => (
    <button
      type="button"
      data-testid={`mode-${name}`}
      aria-pressed={chosen === name}
      disabled={disabled}
      onClick={() => app.chooseMode(name)}
    >
      {name === 'manual' ? <Icon shape={Hand} size={20} /> : <Icon shape={Route} size={20} />}
      {texts.value[name]}
    </button>
  );
  return (
    <fieldset class="mode-switch" aria-label={texts.value.modeSwitch}>
      {option('manual')}
      {option('auto')}
    </fieldset>
  );
}
