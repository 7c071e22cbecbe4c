import { Eye } from 'lucide';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon } from './icons.tsx';

/** The car's mode, whether it is there, and who drives. */
export function StatusCard({ app }: { app: RemoteApp }) {
  const mode = app.telemetry.value?.mode;
  const connection = app.connection.value;
  return (
    <div class="status" data-mode={mode ?? 'none'}>
      <span class="mode" data-mode={mode ?? 'none'} data-testid="mode" aria-live="polite">
        {mode === undefined ? texts.value.noMode : texts.value.modes[mode]}
      </span>
      <span class="status-words">
        <span class="connection" data-state={connection} data-testid="connection" aria-live="polite">
          <span class={connection === 'connected' ? 'unseen' : ''}>{texts.value.connections[connection]}</span>
        </span>
        {connection === 'connected' && <DriverWords app={app} />}
      </span>
      {connection === 'replaced' && (
        <button type="button" class="small" onClick={() => app.reconnect()}>
          {texts.value.useHere}
        </button>
      )}
    </div>
  );
}

function DriverWords({ app }: { app: RemoteApp }) {
  const telemetry = app.telemetry.value;
  const someoneDrives = app.isDriver.value || telemetry?.driver !== undefined;
  const watchers = Math.max(0, (telemetry?.clients ?? 1) - (someoneDrives ? 1 : 0) - (app.isDriver.value ? 0 : 1));
  return (
    <>
      <span class="driver" data-testid="driver-state">
        {driverText(app)}
      </span>
      {watchers > 0 && (
        <span class="watchers" data-testid="watchers">
          <Icon shape={Eye} size={14} />
          <span aria-hidden="true">{watchers}</span>
          <span class="unseen">{texts.value.watchers(watchers)}</span>
        </span>
      )}
    </>
  );
}

function driverText(app: RemoteApp): string {
  const { mode, driver } = app.telemetry.value ?? {};
  if (app.isDriver.value) return mode === 'auto' ? texts.value.carDrivesForYou : texts.value.driving;
  return driver === undefined ? texts.value.nobodyDrives : texts.value.watching;
}
