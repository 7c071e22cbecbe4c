import type { Signal } from '@preact/signals';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts.ts';
import { CloseIcon, DetailsIcon } from './icons.tsx';

/** Mode, connection, who drives, and the way to everything else. */
export function StatusBar({ app, detailsOpen }: { app: RemoteApp; detailsOpen: Signal<boolean> }) {
  const mode = app.telemetry.value?.mode;
  const connection = app.connection.value;
  const isDriver = app.isDriver.value;
  const driverText = isDriver
    ? texts.driving
    : app.telemetry.value?.driver === undefined
      ? texts.nobodyDrives
      : texts.watching;
  return (
    <header class="status">
      <span class="mode" data-mode={mode ?? 'none'} data-testid="mode" aria-live="polite">
        {mode === undefined ? texts.noMode : texts.modes[mode]}
      </span>
      <div class="status-words">
        <span class="connection" data-state={connection} data-testid="connection" aria-live="polite">
          {texts.connections[connection]}
        </span>
        {connection === 'connected' && (
          <span class="driver" data-testid="driver-state">
            {driverText}
          </span>
        )}
      </div>
      {connection === 'replaced' && (
        <button type="button" class="small" onClick={() => app.reconnect()}>
          {texts.useHere}
        </button>
      )}
      <button
        type="button"
        class="icon"
        data-testid="details"
        aria-label={detailsOpen.value ? texts.close : texts.details}
        aria-expanded={detailsOpen.value}
        onClick={() => {
          detailsOpen.value = !detailsOpen.value;
        }}
      >
        {detailsOpen.value ? <CloseIcon /> : <DetailsIcon />}
      </button>
    </header>
  );
}
