import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { texts } from '../texts/language.ts';
import { useEscape } from './use-escape.ts';

/**
 * A button for what cannot be taken back: it asks, in its own place, before it does it. Not a dialog: that would lie over the
 * stop.
 */
export function AskFirst(props: {
  readonly testId: string;
  readonly name: string;
  readonly question: string;
  readonly disabled: boolean;
  readonly onConfirmed: () => void;
}) {
  const asking = useSignal(false);
  const whole = useRef<HTMLButtonElement>(null);
  const firstChoice = useRef<HTMLButtonElement>(null);
  const hasAsked = useRef(false);
  const isAsking = asking.value && !props.disabled;
  useEscape(() => {
    asking.value = false;
  }, isAsking);
  useLayoutEffect(() => {
    // The focus stays where the question was, with its answer that does nothing.
    if (asking.value) firstChoice.current?.focus();
    else if (hasAsked.current) whole.current?.focus();
    hasAsked.current = asking.value;
  }, [asking.value]);
  if (!isAsking) {
    return (
      <button
        ref={whole}
        type="button"
        data-testid={props.testId}
        disabled={props.disabled}
        onClick={() => {
          asking.value = true;
        }}
      >
        {props.name}
      </button>
    );
  }
  return (
    <fieldset class="ask-first">
      <legend>{props.question}</legend>
      <button
        ref={firstChoice}
        type="button"
        data-testid={`${props.testId}-not`}
        onClick={() => {
          asking.value = false;
        }}
      >
        {texts.value.notNow}
      </button>
      <button
        type="button"
        class="danger"
        data-testid={`${props.testId}-yes`}
        onClick={() => {
          asking.value = false;
          props.onConfirmed();
        }}
      >
        {props.name}
      </button>
    </fieldset>
  );
}
