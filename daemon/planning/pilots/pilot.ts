import type { FrameDetections } from '../../protocol/detection.ts';
import type { Plan } from '../../protocol/telemetry.ts';

/** Normalised, [-1, 1]: +1 is full left and full forward. */
export interface DriveValues {
  readonly steering: number;
  readonly throttle: number;
}

export const neutral: DriveValues = { steering: 0, throttle: 0 };

/** What the pilot stands still for by its own will, told to people once. */
export type Waiting = { readonly code: 'stop-sign' | 'obstacle'; readonly detail: string };

interface Sighted {
  readonly plan: Plan;
  /** Estimated. */
  readonly speedMps: number;
  /** The newest frame that went into this decision. */
  readonly frameId?: number;
  readonly capturedAtMs?: number;
}

export type PilotDecision =
  | (Sighted & { readonly kind: 'drive'; readonly waiting?: Waiting } & DriveValues)
  /** No track to drive on, or the car is leaving it; the drive loop makes a controlled stop of it. */
  | (Sighted & { readonly kind: 'lost'; readonly reason: 'no-track' | 'off-track' });

/**
 * A pilot turns detections into steering and throttle. It keeps what it needs from call to call, but has no clock: all
 * times are arguments, on the monotonic clock. In each period the drive loop calls `observe` for a new frame, `decide`
 * once, and `drove` with what was then really given to the wheels, in every mode, so that its idea of the car's motion
 * also holds while a person drives.
 */
export interface Pilot {
  readonly name: string;
  observe(frame: FrameDetections): void;
  decide(nowMs: number): PilotDecision;
  drove(given: DriveValues, nowMs: number): void;
}
