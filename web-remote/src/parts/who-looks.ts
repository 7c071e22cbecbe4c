import type { RemoteApp } from '../remote-app.ts';

/** To which page something is told: one that is not connected is told what whoever drives is told, for it may drive once it is. */
export function whoLooks(app: Pick<RemoteApp, 'connection' | 'isDriver' | 'mayOnlyWatch' | 'telemetry'>): {
  readonly isDriver: boolean;
  readonly mayOnlyWatch: boolean;
  readonly someoneDrives: boolean;
} {
  return {
    isDriver: app.isDriver.value || app.connection.value !== 'connected',
    mayOnlyWatch: app.mayOnlyWatch.value,
    someoneDrives: app.telemetry.value?.driver !== undefined,
  };
}
