import { useEffect, useRef } from 'preact/hooks';

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
  useEffect(() => {
    if (!isOpen) return undefined;
    const close = (): void => newest.current();
    open.push(close);
    return () => void open.splice(open.indexOf(close), 1);
  }, [isOpen]);
}
