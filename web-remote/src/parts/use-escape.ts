import { useLayoutEffect, useRef } from 'preact/hooks';

/** What stands open, the one that was opened last at the end: Escape closes that alone. */
const open: (() => void)[] = [];

window.addEventListener('keydown', (event) => {
  const close = event.key === 'Escape' && !event.repeat ? open.at(-1) : undefined;
  if (close === undefined) return;
  event.preventDefault();
  close();
});

/** Escape calls `onEscape` as long as whoever says this is on the screen, and `isOpen`. */
export function useEscape(onEscape: () => void, isOpen = true): void {
  const newest = useRef(onEscape);
  newest.current = onEscape;
  // With what is opened itself: a key that comes at once, or to a busy phone, must find it.
  useLayoutEffect(() => {
    if (!isOpen) return undefined;
    const close = (): void => newest.current();
    open.push(close);
    return () => void open.splice(open.indexOf(close), 1);
  }, [isOpen]);
}
