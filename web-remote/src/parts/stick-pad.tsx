import { useEffect } from 'preact/hooks';
import type { StickName } from '../driving/driver-input.ts';
import { stickRadiusPx } from '../driving/driver-input.ts';
import { stickDeflection } from '../driving/stick-chart.ts';
import { tiltDeflection } from '../driving/tilt-chart.ts';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';

/** A field to put a thumb on. The stick's middle is wherever the thumb lands. */
export function StickPad({ app, name, testId }: { app: RemoteApp; name: StickName; testId: string }) {
  const stick = app.input.sticks[name].value;
  const mode = app.telemetry.value?.mode;
  // A pad that is taken off the screen under a thumb is a released one.
  useEffect(() => () => app.input.touch(name, { kind: 'release' }, performance.now()), [app, name]);
  const dispatch = (kind: 'down' | 'move', event: PointerEvent & { currentTarget: HTMLElement }): void => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const at = { xPx: event.clientX - left, yPx: event.clientY - top };
    app.input.touch(name, { kind, pointerId: event.pointerId, ...at }, performance.now());
  };
  const release = (event: PointerEvent): void => {
    app.input.touch(name, { kind: 'release', pointerId: event.pointerId }, performance.now());
  };
  const tilts = name === 'throttle' && app.settings.value.sticks === 'tilt';
  const { right, up } = stickDeflection(stick, stickRadiusPx);
  const knob = {
    x: name === 'throttle' ? 0 : right * stickRadiusPx,
    y: name === 'steering' ? 0 : -up * stickRadiusPx,
  };
  const origin =
    stick.kind === 'idle' ? { left: '50%', top: '50%' } : { left: `${stick.originXPx}px`, top: `${stick.originYPx}px` };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a stick is no fieldset; the keys are its equivalent.
    <div
      class={`stick-pad stick-${name}`}
      data-testid={testId}
      data-state={stick.kind}
      data-live={mode === 'manual' && app.isDriver.value}
      role="group"
      aria-label={padLabel(name)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        dispatch('down', event);
      }}
      onPointerMove={(event) => dispatch('move', event)}
      onPointerUp={release}
      onPointerCancel={release}
      onLostPointerCapture={release}
      onContextMenu={(event) => event.preventDefault()}
    >
      <div class="stick-base" style={origin}>
        <div class="stick-knob" style={{ transform: `translate(${knob.x}px, ${knob.y}px)` }} />
      </div>
      {tilts && (
        <span class="tilt-bar" aria-hidden="true">
          <span class="tilt-dot" style={{ left: `${50 + 50 * tiltDeflection(app.input.tilt.value)}%` }} />
        </span>
      )}
      <span class="stick-name">{padName(app, name)}</span>
      {name !== 'steering' && mode !== 'auto' && (
        <span class="stick-cap">{texts.value.capped(Math.round(app.settings.value.throttleCap * 100))}</span>
      )}
    </div>
  );
}

function padName(app: RemoteApp, name: StickName): string {
  const mode = app.telemetry.value?.mode;
  if (mode === 'auto') return texts.value.carDrives;
  if (mode !== 'manual' && name !== 'steering') return texts.value.armToDrive;
  if (name === 'both') return '';
  if (app.settings.value.sticks === 'tilt') return texts.value.tiltHint;
  return name === 'throttle' ? texts.value.throttle : texts.value.steering;
}

function padLabel(name: StickName): string {
  switch (name) {
    case 'both':
      return texts.value.stick;
    case 'throttle':
      return texts.value.throttleStick;
    case 'steering':
      return texts.value.steeringStick;
  }
}
