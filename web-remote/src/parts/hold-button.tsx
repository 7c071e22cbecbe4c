import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** How long a hold must last to count as meant. */
const holdMs = 800;

/** A button that has to be held, by finger, mouse or Enter. Shows how far along it is. */
export function HoldButton(props: {
  readonly testId: string;
  readonly unable: boolean;
  readonly describedBy: string;
  readonly onHeld: () => void;
  readonly children: (held: boolean) => ComponentChildren;
}) {
  const holding = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const end = (): void => {
    clearTimeout(timer.current);
    holding.value = false;
  };
  const begin = (): void => {
    if (props.unable || holding.value) return;
    holding.value = true;
    timer.current = setTimeout(() => {
      end();
      props.onHeld();
    }, holdMs);
  };
  useEffect(() => {
    window.addEventListener('blur', end);
    document.addEventListener('visibilitychange', end);
    return () => {
      end();
      window.removeEventListener('blur', end);
      document.removeEventListener('visibilitychange', end);
    };
  }, []);
  return (
    <button
      type="button"
      class="arm hold"
      data-testid={props.testId}
      data-holding={holding.value}
      aria-disabled={props.unable}
      aria-describedby={props.describedBy}
      onPointerDown={(event) => {
        if (event.button === 0) begin();
      }}
      onPointerUp={end}
      onPointerCancel={end}
      onPointerLeave={end}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.repeat) begin();
      }}
      onKeyUp={(event) => {
        if (event.key === 'Enter') end();
      }}
      onBlur={end}
    >
      <span class="hold-fill" aria-hidden="true" />
      <span class="hold-label">{props.children(holding.value)}</span>
    </button>
  );
}
