import { OctagonMinus } from 'lucide';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RemoteApp } from '../remote-app.ts';
import { texts } from '../texts/language.ts';
import { Icon } from './icons.tsx';
import { keepOnGlass } from './keep-on-glass.ts';

/** Always there, always in the same place, for everyone. Acts when the finger comes down, not when it leaves. */
export function StopButton({ app }: { app: RemoteApp }) {
  const stopped = app.telemetry.value?.mode === 'estop';
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => (button.current === null ? undefined : keepOnGlass(button.current)), []);
  return (
    <button
      ref={button}
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
