import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { whyNot } from '../link/car-api.ts';

/** What the car was asked for: the newest answer, and why there is none or no newer one. */
export interface Asked<T> {
  readonly value: T | undefined;
  readonly failure: string | undefined;
}

/** Asks when the screen is opened, again every `periodMs`, and whenever `again` is called. One question at a time. */
export function useAsked<T>(
  ask: () => Promise<T>,
  periodMs: number,
): { readonly asked: ReadonlySignal<Asked<T>>; readonly again: () => void } {
  const asked = useSignal<Asked<T>>({ value: undefined, failure: undefined });
  const round = useSignal(0);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const value = await ask();
        if (!gone) asked.value = { value, failure: undefined };
      } catch (error) {
        if (!gone) asked.value = { value: asked.value.value, failure: whyNot(error) };
      }
      if (!gone) timer = setTimeout(() => void look(), periodMs);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
    // `ask` is made anew at each rendering and asks the same.
  }, [round.value]);
  return { asked, again: () => void round.value++ };
}
