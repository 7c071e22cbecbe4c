import type { EventCode } from '../protocol/events.ts';
import type { ArmingObstacle } from '../protocol/modes.ts';
import type { Trouble } from '../protocol/troubles.ts';

/** What the mode machine (modes.ts) knows of, is told, and wants done. */
export type DrivingMode = 'manual' | 'auto';
/** Who armed the car: a phone, whose loss then stops it, or the daemon itself (`--auto`, `lap`). */
export type ArmedBy = 'remote' | 'daemon';

/** What keeps an armed car's wheels neutral for the moment. Each clears by a named event, never by itself. */
export interface Holds {
  readonly driverLate: boolean;
  readonly detectionsLate: boolean;
  /** A new driver took over: neutral at least until then, and until the new stick was seen centred. */
  readonly takeoverUntilMs: number | undefined;
}

/** What makes the pilot drive slower. Holds and stops weigh more: when they clear, these are what is left. */
export interface Caps {
  readonly detectionsDelayed: boolean;
  readonly hot: boolean;
}

export type ModeState =
  | { readonly mode: 'disarmed' }
  | {
      readonly mode: DrivingMode;
      readonly armedBy: ArmedBy;
      readonly holds: Holds;
      readonly caps: Caps;
      /** When holds began lately: one is a hiccup, many are a stop. */
      readonly heldAtMs: readonly number[];
    }
  | { readonly mode: 'stopping'; readonly sinceMs: number; readonly reason: string }
  | { readonly mode: 'estop' };

export type ModeEvent =
  | {
      readonly kind: 'arm-requested';
      readonly mode: DrivingMode;
      readonly armedBy: ArmedBy;
      /** Every check that fails now. */
      readonly obstacles: readonly ArmingObstacle[];
    }
  | { readonly kind: 'mode-requested'; readonly mode: DrivingMode; readonly obstacles: readonly ArmingObstacle[] }
  | { readonly kind: 'disarm-requested' }
  | { readonly kind: 'stop-pressed'; readonly by: string }
  | { readonly kind: 'stop-released' }
  | { readonly kind: 'driver-changed' }
  | { readonly kind: 'driver-late' }
  | { readonly kind: 'driver-recovered' }
  | { readonly kind: 'driver-lost' }
  /** The driver's connection ended: nothing to wait for. */
  | { readonly kind: 'driver-gone' }
  | { readonly kind: 'detections-late' }
  | { readonly kind: 'detections-recovered' }
  /** Nothing newer to drive by; `ageMs` of the newest detections, where there are any. */
  | { readonly kind: 'detections-lost'; readonly ageMs?: number }
  /** What the pilot drives by is old, though not too old. */
  | { readonly kind: 'detections-delayed'; readonly skippedShare?: number }
  | { readonly kind: 'detections-prompt' }
  /** Too few frames a second to drive by, for a while; or the detector passes by this share of them, and did not before. */
  | { readonly kind: 'frames-rare'; readonly gapMs: number; readonly skippedShare?: number }
  /** What the camera shows cannot be: it is mirrored, turned, or hangs otherwise than it was measured. */
  | { readonly kind: 'view-wrong'; readonly text: string }
  /** The car is leaving the way that it drives on, or has left it. */
  | { readonly kind: 'left-track' }
  | { readonly kind: 'perception-lost' }
  /** Nobody is at the controls of a car that drives itself; so long nothing was heard of the phone. */
  | { readonly kind: 'remote-lost'; readonly silentMs: number }
  /** Armed, and for a long time nobody has driven. */
  | { readonly kind: 'idle' }
  /** The motor pulls, and nothing moves. */
  | { readonly kind: 'stuck' }
  /** The motor is off, and the car goes on moving. */
  | { readonly kind: 'rolling' }
  /** The computer's temperature. */
  | { readonly kind: 'hot' }
  | { readonly kind: 'cool' }
  | { readonly kind: 'too-hot' }
  | { readonly kind: 'battery-empty' }
  | { readonly kind: 'actuation-lost' }
  | { readonly kind: 'actuation-fault'; readonly text: string; readonly trouble?: Trouble | undefined }
  | { readonly kind: 'track-lost' }
  | { readonly kind: 'standstill' }
  | { readonly kind: 'shutdown' }
  /** Once a control period: the clock of the holds and of `stopping`. */
  | { readonly kind: 'tick'; readonly stickCentred: boolean };

export type ModeEffect =
  | { readonly kind: 'arm' }
  | { readonly kind: 'disarm'; readonly reason: string }
  | { readonly kind: 'emergency-stop'; readonly reason: string }
  | { readonly kind: 'clear-stop' }
  | {
      readonly kind: 'announce';
      readonly code: EventCode;
      readonly detail?: string;
      readonly trouble?: Trouble;
      readonly obstacles?: ArmingObstacle[];
    }
  /** The request was refused, with every reason. */
  | { readonly kind: 'refuse'; readonly obstacles: readonly ArmingObstacle[] };

export interface ModeStep {
  readonly state: ModeState;
  readonly effects: readonly ModeEffect[];
}
