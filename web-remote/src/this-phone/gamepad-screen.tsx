import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import {
  type PadControl,
  type PadMapping,
  type PadReading,
  type PadRole,
  padValue,
  pushedControl,
  standardMapping,
} from '../driving/gamepad-chart.ts';
import { readPad } from '../driving/gamepads.ts';
import type { RemoteApp } from '../remote-app.ts';
import { mappingFor } from '../settings.ts';
import { texts } from '../texts/language.ts';

const roles = ['forward', 'backward', 'left', 'right', 'stop'] as const satisfies readonly PadRole[];

/** Which control of a gamepad does what, found by pressing it. */
export function GamepadScreen({ app }: { app: RemoteApp }) {
  const words = texts.value.thisPhone;
  const pad = useSignal<PadReading | undefined>(undefined);
  const asked = useSignal<{ readonly role: PadRole; readonly before: PadReading } | undefined>(undefined);
  useEffect(() => {
    const look = (): void => {
      request = requestAnimationFrame(look);
      const reading = readPad();
      // Resting pads have nothing new to show.
      if (reading?.timestampMs !== pad.value?.timestampMs || reading?.id !== pad.value?.id) pad.value = reading;
      const question = asked.value;
      if (question === undefined || reading === undefined) return;
      const control = pushedControl(question.before, reading);
      if (control === undefined) return;
      asked.value = undefined;
      give(reading.id, { ...mappingFor(app.settings.value, reading.id), [question.role]: control });
    };
    let request = requestAnimationFrame(look);
    return () => cancelAnimationFrame(request);
  }, [app]);
  const give = (padId: string, mapping: PadMapping): void => {
    const { padMappings } = app.settings.value;
    app.settings.value = { ...app.settings.value, padMappings: { ...padMappings, [padId]: mapping } };
  };
  const reading = pad.value;
  if (reading === undefined) {
    return (
      <p class="screen-note" data-testid="no-pad">
        {window.isSecureContext ? words.noPad : words.noPadInsecure}
      </p>
    );
  }
  const mapping = mappingFor(app.settings.value, reading.id);
  return (
    <section class="panel" data-testid="pad">
      <h2>{reading.id}</h2>
      <ul class="pad-roles">
        {roles.map((role) => {
          const waiting = asked.value?.role === role;
          return (
            <li key={role}>
              <span class="pad-role">{words.padRoles[role]}</span>
              <span class="pad-control">{controlName(mapping[role])}</span>
              <span class="meter" aria-hidden="true">
                <span style={{ width: `${Math.round(padValue(reading, mapping[role]) * 100)}%` }} />
              </span>
              <button
                type="button"
                data-testid={`map-${role}`}
                aria-pressed={waiting}
                onClick={() => {
                  asked.value = waiting ? undefined : { role, before: reading };
                }}
              >
                {waiting ? words.pressNow : words.changeControl}
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" data-testid="map-standard" onClick={() => give(reading.id, standardMapping)}>
        {words.standardMapping}
      </button>
      <p class="hint">{words.padHint}</p>
    </section>
  );
}

function controlName(control: PadControl): string {
  switch (control.kind) {
    case 'button':
      return texts.value.thisPhone.padButton(control.index);
    case 'axis':
      return texts.value.thisPhone.padAxis(control.index, control.sign > 0 ? '+' : '−');
  }
}
