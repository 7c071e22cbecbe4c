import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { InstalledNetwork, NetworkFacts } from '../../../daemon/protocol/settings.ts';
import type { RemoteApp } from '../remote-app.ts';
import { inWordsOf } from '../texts/car-words.ts';
import { texts } from '../texts/language.ts';
import { SettingsDraft } from './car-settings.ts';
import { ChangedMeanwhile } from './changed-meanwhile.tsx';
import { NetworkCard } from './network-card.tsx';
import { SettingSlider } from './setting-slider.tsx';
import { SettingsFrame } from './settings-frame.tsx';

/** Which network looks, how sure it must be, what the car stops for, and how the pilot drives. */
export function NetworkScreen({ app }: { app: RemoteApp }) {
  const draft = useMemo(() => new SettingsDraft('network'), []);
  const networks = useSignal<readonly InstalledNetwork[]>([]);
  const facts = useSignal<NetworkFacts | undefined>(undefined);
  useEffect(() => {
    draft.api.networks().then(
      (list) => {
        networks.value = list.networks;
      },
      // The settings come from the same car: their failure is shown, and tried again.
      () => {},
    );
  }, [draft]);
  const words = texts.value.carSetup;
  const settings = draft.shown.value;
  const { detector, pilot } = draft.meanwhile.value;
  const chosen = networks.value.find(({ modelFile }) => modelFile === settings?.detector.modelFile);
  const stopFor = settings?.pilot.stopFor ?? [];
  // A card need not name them; the network itself may.
  const known = facts.value?.name === chosen?.name ? facts.value?.labels : chosen?.classes;
  const labels = [...new Set([...(known ?? []), ...stopFor])];
  return (
    <SettingsFrame app={app} draft={draft} groups={['detector', 'pilot']}>
      <div class="panels">
        <section class="panel">
          <h2>{words.network}</h2>
          <fieldset class="networks">
            <legend class="unseen">{words.network}</legend>
            {networks.value.map((network) => (
              <button
                key={network.modelFile}
                type="button"
                data-testid={`network-${network.name}`}
                aria-pressed={network === chosen}
                onClick={() => draft.set('detector', { modelFile: network.modelFile })}
              >
                {network.name}
              </button>
            ))}
          </fieldset>
          {detector?.modelFile !== undefined && (
            <ChangedMeanwhile
              to={networks.value.find(({ modelFile }) => modelFile === detector.modelFile)?.name ?? detector.modelFile}
            />
          )}
          {chosen && (
            <NetworkCard
              app={app}
              network={chosen}
              onFacts={(read) => {
                facts.value = read;
              }}
            />
          )}
        </section>
        {settings && (
          <section class="panel">
            <h2>{words.detector}</h2>
            {(['scoreThreshold', 'iouThreshold'] as const).map((key) => (
              <SettingSlider
                key={key}
                name={words[key]}
                testId={`set-${key}`}
                value={settings.detector[key]}
                min={0.05}
                max={0.95}
                step={0.05}
                inWords={(value) => value.toFixed(2)}
                meanwhile={detector?.[key]}
                onInput={(value) => draft.set('detector', { [key]: value })}
              />
            ))}
            <fieldset class={labels.length > 16 ? 'toggles many' : 'toggles'}>
              <legend>{words.stopFor}</legend>
              {labels.map((label) => (
                <label key={label} class="toggle">
                  <input
                    type="checkbox"
                    checked={stopFor.includes(label)}
                    onChange={(event) => {
                      const others = stopFor.filter((other) => other !== label);
                      draft.set('pilot', { stopFor: event.currentTarget.checked ? [...others, label] : others });
                    }}
                  />
                  <span>{inWordsOf(texts.value.carWords, label)}</span>
                </label>
              ))}
              {pilot?.stopFor !== undefined && (
                <ChangedMeanwhile
                  to={
                    pilot.stopFor.map((label) => inWordsOf(texts.value.carWords, label)).join(', ') ||
                    words.stopForNothing
                  }
                />
              )}
            </fieldset>
          </section>
        )}
        {settings && (
          <section class="panel">
            <h2>{words.pilot}</h2>
            <SettingSlider
              name={words.maxSpeed}
              testId="set-maxSpeedMps"
              value={settings.pilot.maxSpeedMps}
              min={0.2}
              max={5}
              step={0.1}
              inWords={(value) => texts.value.speedBadge(value.toFixed(1))}
              meanwhile={pilot?.maxSpeedMps}
              onInput={(maxSpeedMps) => draft.set('pilot', { maxSpeedMps })}
            />
            <SettingSlider
              name={words.coneHeight}
              testId="set-coneHeightM"
              value={settings.pilot.coneHeightM}
              min={0.03}
              max={0.6}
              step={0.005}
              inWords={(value) => `${(value * 1000).toFixed(0)} mm`}
              meanwhile={pilot?.coneHeightM}
              onInput={(coneHeightM) => draft.set('pilot', { coneHeightM })}
            />
            <SettingSlider
              name={words.grip}
              testId="set-gripShare"
              value={settings.pilot.gripShare}
              min={0.1}
              max={1}
              step={0.05}
              inWords={(value) => `${Math.round(value * 100)} %`}
              meanwhile={pilot?.gripShare}
              onInput={(gripShare) => draft.set('pilot', { gripShare })}
            />
            <SettingSlider
              name={words.stopSignWait}
              testId="set-stopSignWaitMs"
              value={settings.pilot.stopSignWaitMs}
              min={0}
              max={10_000}
              step={500}
              inWords={(value) => `${(value / 1000).toFixed(1)} s`}
              meanwhile={pilot?.stopSignWaitMs}
              onInput={(stopSignWaitMs) => draft.set('pilot', { stopSignWaitMs })}
            />
          </section>
        )}
      </div>
    </SettingsFrame>
  );
}
