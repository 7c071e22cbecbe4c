import type { PadReading } from './gamepad-chart.ts';

/** The pad that was used last of those that the browser tells of; undefined without one, and where pads are forbidden. */
export function readPad(): PadReading | undefined {
  let newest: Gamepad | undefined;
  for (const pad of allPads()) {
    if (pad?.connected && (newest === undefined || pad.timestamp > newest.timestamp)) newest = pad;
  }
  if (newest === undefined) return undefined;
  return {
    id: newest.id,
    timestampMs: newest.timestamp,
    axes: newest.axes,
    buttons: newest.buttons.map((button) => button.value),
  };
}

function allPads(): readonly (Gamepad | null)[] {
  try {
    return navigator.getGamepads();
  } catch {
    // Browsers give pads to secure pages alone; some throw instead of giving none.
    return [];
  }
}
