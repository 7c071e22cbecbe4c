import { useMemo } from 'preact/hooks';
import { quantityBounds, turnedMotor } from '../../../daemon/protocol/calibration.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { SettingsDraft } from './car-settings.ts';
import { SettingSlider } from './setting-slider.tsx';
import { SettingsFrame } from './settings-frame.tsx';

/** Steering, motor and their limits. Tried by driving by hand: nothing moves from here. */
export function WheelsScreen({ app }: { app: RemoteApp }) {
  const draft = useMemo(() => new SettingsDraft('wheels'), []);
  const words = texts.value.carSetup;
  const settings = draft.shown.value;
  const meanwhile = draft.meanwhile.value;
  return (
    <SettingsFrame app={app} draft={draft} groups={groupsOf(settings)}>
      <p class="settings-hint">{words.wheelsHint}</p>
      <div class="panels">
        {settings?.steering && (
          <section class="panel">
            <h2>{texts.value.steering}</h2>
            {(['leftPulseUs', 'centrePulseUs', 'rightPulseUs'] as const).map((key) => (
              <Pulse
                key={key}
                of={key}
                value={settings.steering?.[key] ?? 0}
                meanwhile={meanwhile.steering?.[key]}
                onInput={(value) => draft.set('steering', { [key]: value })}
              />
            ))}
          </section>
        )}
        {settings?.motor && (
          <section class="panel">
            <h2>{words.motor}</h2>
            {(['forwardPulseUs', 'neutralPulseUs', 'reversePulseUs'] as const).map((key) => (
              <Pulse
                key={key}
                of={key}
                value={settings.motor?.[key] ?? 0}
                meanwhile={meanwhile.motor?.[key]}
                onInput={(value) => draft.set('motor', { [key]: value })}
              />
            ))}
            <button
              type="button"
              data-testid="turn-motor"
              onClick={() => {
                const { motor } = settings.motor === undefined ? {} : turnedMotor(settings.motor);
                if (motor !== undefined) draft.set('motor', motor);
              }}
            >
              {words.turnMotor}
            </button>
          </section>
        )}
        {settings && (
          <section class="panel">
            <h2>{words.limits}</h2>
            <p class="hint">{words.deadZoneHint}</p>
            {(['deadZone', 'maxForward', 'maxReverse'] as const).map((key) => (
              <SettingSlider
                key={key}
                name={words[key]}
                testId={`set-${key}`}
                value={settings.throttle[key]}
                {...quantityBounds[key]}
                inWords={(share) => `${Math.round(share * 100)} %`}
                meanwhile={meanwhile.throttle?.[key]}
                onInput={(value) => draft.set('throttle', { [key]: value })}
              />
            ))}
          </section>
        )}
      </div>
    </SettingsFrame>
  );
}

function groupsOf(settings: SettingsDraft['shown']['value']) {
  return [
    ...(settings?.steering === undefined ? [] : (['steering'] as const)),
    ...(settings?.motor === undefined ? [] : (['motor'] as const)),
    'throttle' as const,
  ];
}

type PulseName =
  | 'leftPulseUs'
  | 'centrePulseUs'
  | 'rightPulseUs'
  | 'forwardPulseUs'
  | 'neutralPulseUs'
  | 'reversePulseUs';

function Pulse(props: {
  of: PulseName;
  value: number;
  meanwhile: number | undefined;
  onInput: (value: number) => void;
}) {
  const { of, ...slid } = props;
  return (
    <SettingSlider
      name={texts.value.carSetup.pulses[of]}
      testId={`set-${of}`}
      {...quantityBounds[of]}
      inWords={(pulseUs) => `${pulseUs} µs`}
      {...slid}
    />
  );
}
