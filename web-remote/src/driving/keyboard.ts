import type { DriverInput } from './driver-input.ts';
import { isDrivingKey } from './key-stick.ts';

export interface KeyboardOptions {
  readonly input: DriverInput;
  /** Whether the driving screen is shown: elsewhere the arrows scroll and letters are letters. */
  readonly atControls: () => boolean;
  readonly onStop: () => void;
  /** Something about what is pressed has changed. */
  readonly onChange: () => void;
  readonly letGo: () => void;
}

/** The keys: WASD and the arrows drive, the space bar stops whatever has the focus; Enter does what that does elsewhere. */
export function listenToKeys(options: KeyboardOptions): void {
  const { input } = options;
  window.addEventListener(
    'keydown',
    (event) => {
      if (isTyping(event.target)) return;
      if (event.code === 'Space') {
        // Even with the focus on some button: the space bar is the stop, Enter presses buttons.
        event.preventDefault();
        if (!event.repeat) options.onStop();
      } else if (event.code === 'Enter' && isTickBox(event.target)) {
        // The browser would send the form off, and its own key for this is the stop.
        event.preventDefault();
        if (!event.repeat) event.target.click();
      } else if (event.ctrlKey || event.metaKey || event.altKey) {
        // With Meta held, macOS tells of no key's release: what was pressed would stay so.
        options.letGo();
      } else if (options.atControls() && !movesAControl(event) && isDrivingKey(event.code)) {
        event.preventDefault();
        // A key that only goes on being held begins nothing: what was let go of beneath it is pressed anew.
        if (event.repeat) return;
        input.key(event.code, true, performance.now());
        options.onChange();
      }
    },
    { capture: true },
  );
  window.addEventListener(
    'keyup',
    (event) => {
      if (event.code === 'Space' && !isTyping(event.target)) event.preventDefault();
      else if (input.key(event.code, false, performance.now())) options.onChange();
    },
    { capture: true },
  );
}

/** A space belongs into a name that is being written. */
function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && !['range', 'checkbox', 'radio', 'button'].includes(target.type);
}

function isTickBox(target: EventTarget | null): target is HTMLInputElement {
  return target instanceof HTMLInputElement && ['checkbox', 'radio'].includes(target.type);
}

/** The arrows move a slider that has the focus. */
function movesAControl({ target, code }: KeyboardEvent): boolean {
  return (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) && code.startsWith('Arrow');
}
