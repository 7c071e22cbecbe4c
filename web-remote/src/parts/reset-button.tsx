import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';

/** Puts the simulated car back at its start. A real car is put back by hand, and an armed one is not moved. */
export function ResetButton({ app }: { app: RemoteApp }) {
  if (!app.isSimulated.value) return null;
  const mayReset = app.isDriver.value && app.telemetry.value?.mode === 'disarmed';
  return (
    <button type="button" data-testid="reset-car" disabled={!mayReset} onClick={() => app.resetSimulatedCar()}>
      {texts.value.resetSimulatedCar}
    </button>
  );
}
