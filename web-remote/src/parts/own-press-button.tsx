import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

/**
 * A button that takes the place of another while a finger is still down, as Disarm does after the hold that armed: it
 * acts only on a press that began on itself, so that lifting that finger does nothing. Keys act as on any button.
 */
export function OwnPressButton(props: {
  readonly class: string;
  readonly testId: string;
  readonly disabled: boolean;
  readonly onPress: () => void;
  readonly children: ComponentChildren;
}) {
  const pressed = useRef(false);
  return (
    <button
      type="button"
      class={props.class}
      data-testid={props.testId}
      disabled={props.disabled}
      // Enter that is still down from holding the button before it presses nothing.
      onKeyDown={(event) => {
        if (event.repeat) event.preventDefault();
      }}
      onPointerDown={() => {
        pressed.current = true;
      }}
      onClick={(event) => {
        // A click that a key made has no pointer's count.
        if (pressed.current || event.detail === 0) props.onPress();
        pressed.current = false;
      }}
    >
      {props.children}
    </button>
  );
}
