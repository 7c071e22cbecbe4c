/** Normalised, [-1, 1]: +1 is full left and full forward. */
export interface Stick {
  readonly steering: number;
  readonly throttle: number;
}

/** One command of the driver's stick, checked, on our clock, as the remote hands it to planning. */
export interface DriverCommand extends Stick {
  /** Grows by one with every command handed on, whoever drives. */
  readonly sequence: number;
  /** Monotonic clock. */
  readonly receivedAtMs: number;
  /** How old the human input behind it is: time on the page plus time in the link. `receivedAtMs - inputAgeMs` is its time. */
  readonly inputAgeMs: number;
}

/** A stick no further from the middle than this, on either axis, is centred: only then is the car armed. */
export const stickCentre = 0.05;

export function isStickCentred(stick: Stick): boolean {
  return Math.abs(stick.steering) <= stickCentre && Math.abs(stick.throttle) <= stickCentre;
}
