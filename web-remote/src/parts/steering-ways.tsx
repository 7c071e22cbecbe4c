import { useSignal } from '@preact/signals';
import { askForTilt, type TiltAccess } from '../driving/tilt-sensor.ts';
import type { RemoteApp } from '../remote-app.ts';
import type { Settings } from '../settings.ts';
import { texts } from '../texts/language.ts';
import { change } from './fields.tsx';

/** How the thumbs steer. Keys and a gamepad steer beside each of these. */
export function SteeringWays({ app }: { app: RemoteApp }) {
  const tiltAccess = useSignal<TiltAccess>(window.isSecureContext ? 'granted' : 'insecure');
  const { sticks } = app.settings.value;
  const choose = async (way: Settings['sticks']): Promise<void> => {
    // Whatever is held belongs to the way that is left.
    app.letGo();
    if (way === 'tilt') {
      tiltAccess.value = await askForTilt();
      if (tiltAccess.value !== 'granted') return;
    }
    change(app, { sticks: way });
  };
  const option = (way: Settings['sticks'], name: string) => (
    <button type="button" data-testid={`sticks-${way}`} aria-pressed={sticks === way} onClick={() => void choose(way)}>
      {name}
    </button>
  );
  return (
    <fieldset class="choice">
      <legend>{texts.value.sticks}</legend>
      {option('by-orientation', texts.value.sticksByOrientation)}
      {option('one', texts.value.oneStick)}
      {option('two', texts.value.twoSticks)}
      {option('tilt', texts.value.tilt)}
      {tiltAccess.value !== 'granted' && (
        <p class="hint" role="status">
          {texts.value.tiltAccess[tiltAccess.value]}
        </p>
      )}
    </fieldset>
  );
}
