import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts.ts';
import { StopIcon } from './icons.tsx';

/** Always there, always in the same place, for everyone. Acts when the finger comes down, not when it leaves. */
export function StopButton({ app }: { app: RemoteApp }) {
  const stopped = app.telemetry.value?.mode === 'estop';
  return (
    <button
      type="button"
      class="stop"
      data-testid="stop"
      title={texts.stopHint}
      aria-pressed={stopped}
      onPointerDown={() => app.stop()}
      onClick={() => app.stop()}
    >
      <StopIcon />
      <span>{stopped ? texts.stopped : texts.stop}</span>
    </button>
  );
}
