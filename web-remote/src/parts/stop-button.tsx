import { OctagonMinus } from 'lucide';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon } from './icons.tsx';

/** Always there, always in the same place, for everyone. Acts when the finger comes down, not when it leaves. */
export function StopButton({ app }: { app: RemoteApp }) {
  const stopped = app.telemetry.value?.mode === 'estop';
  return (
    <button
      type="button"
      class="stop"
      data-testid="stop"
      title={texts.value.stopHint}
      aria-pressed={stopped}
      onPointerDown={() => app.stop()}
      onClick={() => app.stop()}
    >
      <Icon shape={OctagonMinus} size={30} />
      <span>{stopped ? texts.value.stopped : texts.value.stop}</span>
    </button>
  );
}
