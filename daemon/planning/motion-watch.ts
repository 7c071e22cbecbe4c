import type { Detection, FrameDetections } from '../protocol/detection.ts';
import { stickCentre } from '../protocol/driver-command.ts';
import { rates } from '../protocol/rates.ts';
import type { ModeEvent } from './modes.ts';

/** Far enough apart for a car that crawls to show it; frame by frame alone it would look still. */
const baselineMs = 400;
/** The nearest cones move most; fewer than this prove nothing. */
const nearestCones = 5;
const leastCones = 3;
/** A detector's boxes tremble by a pixel or two, those of near cones by more. */
const tremblePx = 2.5;
const trembleShare = 0.03;
/** Less throttle than this may not move a car at rest. */
const pullingThrottle = 0.1;
/** Without a word of the camera for this long nothing is known of the motion. */
const blindAfterMs = 500;

type Motion = 'still' | 'moving' | 'unknown';

/**
 * Does the car move, by what the camera shows? Boxes of cones that stay where they are, from frame to frame and over a longer
 * time, are a car that stands: cones at regular distances may look alike after one time, not after both.
 */
class VisualMotion {
  #newest: FrameDetections | undefined;
  #reference: FrameDetections | undefined;
  /** What the newest two pictures show. */
  #step: Motion = 'unknown';
  /** Since the reference. */
  #lately: FrameDetections[] = [];
  #motion: Motion = 'unknown';
  /** Since when it is what it is. */
  #sinceMs = Number.POSITIVE_INFINITY;

  observe(frame: FrameDetections): void {
    const before = this.#newest;
    this.#newest = frame;
    if (before === undefined || this.#reference === undefined) {
      this.#reference = frame;
      return;
    }
    const step = compare(before, frame);
    const stepBefore = this.#step;
    this.#step = step;
    if (step !== 'still') {
      // One such step may be a box that trembled.
      if (stepBefore === 'still') return;
      this.#become(step, frame.capturedAtMs);
      // Whatever stands still from now on is held against this very picture.
      this.#restart(frame);
      return;
    }
    this.#lately.push(frame);
    if (frame.capturedAtMs - this.#reference.capturedAtMs < baselineMs) return;
    const motion = compare(this.#reference, frame);
    this.#become(motion, this.#reference.capturedAtMs);
    // A car that came to a stand meanwhile stands since the first picture that looks like this one.
    const since = motion === 'still' ? frame : this.#lately.find((one) => compare(one, frame) === 'still');
    this.#restart(since ?? frame);
  }

  /** How long it has been so; 0 while it is not, or when nothing is seen. */
  lastedMs(motion: Exclude<Motion, 'unknown'>, nowMs: number): number {
    const seenAtMs = this.#newest?.capturedAtMs ?? Number.NEGATIVE_INFINITY;
    if (motion !== this.#motion || nowMs - seenAtMs > blindAfterMs) return 0;
    return Math.max(0, seenAtMs - this.#sinceMs);
  }

  #restart(reference: FrameDetections): void {
    this.#reference = reference;
    this.#lately = this.#lately.filter(({ capturedAtMs }) => capturedAtMs > reference.capturedAtMs);
  }

  #become(motion: Motion, sinceMs: number): void {
    if (motion === this.#motion) return;
    this.#motion = motion;
    this.#sinceMs = sinceMs;
  }
}

function compare(before: FrameDetections, after: FrameDetections): Motion {
  const old = before.detections.filter(isCone);
  const shares = after.detections
    .filter(isCone)
    .toSorted((a, b) => b.box.heightPx - a.box.heightPx)
    .slice(0, nearestCones)
    .flatMap((cone) => shiftOf(cone, old) ?? []);
  if (shares.length < leastCones) return 'unknown';
  const median = shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)]!;
  return median <= 1 ? 'still' : 'moving';
}

function isCone({ label }: Detection): boolean {
  return label.endsWith('cone');
}

/** How far a box moved since the nearest one of its kind, 1 being what it may by trembling alone. */
function shiftOf({ label, box }: Detection, old: readonly Detection[]): number | undefined {
  const shifts = old
    .filter((other) => other.label === label)
    .map(({ box: from }) => {
      const acrossPx = Math.abs(box.xPx + box.widthPx / 2 - from.xPx - from.widthPx / 2);
      const downPx = Math.abs(box.yPx + box.heightPx - from.yPx - from.heightPx);
      return Math.max(acrossPx, downPx, Math.abs(box.heightPx - from.heightPx));
    });
  return shifts.length === 0 ? undefined : Math.min(...shifts) / (tremblePx + trembleShare * box.heightPx);
}

/** What the throttle and the car's motion say together: nobody drives, it is stuck, it rolls on with the motor off. */
export class MotionWatch {
  readonly #idleDisarmAfterMs: number;
  readonly #visual = new VisualMotion();
  #pullingSinceMs: number | undefined;
  #neutralSinceMs: number | undefined;
  #armedSinceMs: number | undefined;
  /** The car was driven, and was not seen to stand since. One that is carried away later is none that rolls. */
  #onTheMove = false;

  constructor(safety: { readonly idleDisarmAfterMs: number }) {
    this.#idleDisarmAfterMs = safety.idleDisarmAfterMs;
  }

  observe(frame: FrameDetections): void {
    this.#visual.observe(frame);
  }

  /** @param given what the wheels were given since the last call. */
  events(nowMs: number, given: { readonly throttle: number }, armed: boolean): ModeEvent[] {
    const throttle = Math.abs(given.throttle);
    this.#pullingSinceMs = throttle >= pullingThrottle ? (this.#pullingSinceMs ?? nowMs) : undefined;
    this.#neutralSinceMs = throttle <= stickCentre ? (this.#neutralSinceMs ?? nowMs) : undefined;
    this.#armedSinceMs = armed ? (this.#armedSinceMs ?? nowMs) : undefined;
    if (this.#neutralSinceMs === undefined) this.#onTheMove = true;
    else if (this.#visual.lastedMs('still', nowMs) > 0) this.#onTheMove = false;

    const events: ModeEvent[] = [];
    if (this.#armedSinceMs !== undefined && this.#neutralSinceMs !== undefined) {
      const idleMs = nowMs - Math.max(this.#armedSinceMs, this.#neutralSinceMs);
      if (idleMs >= this.#idleDisarmAfterMs) events.push({ kind: 'idle' });
    }
    if (this.#pullingSinceMs !== undefined) {
      const stuckMs = Math.min(nowMs - this.#pullingSinceMs, this.#visual.lastedMs('still', nowMs));
      if (stuckMs >= rates.stuckAfterMs) events.push({ kind: 'stuck' });
    }
    if (this.#neutralSinceMs !== undefined && this.#onTheMove) {
      const rollingMs = Math.min(nowMs - this.#neutralSinceMs, this.#visual.lastedMs('moving', nowMs));
      if (rollingMs >= rates.rollingAfterMs) {
        this.#onTheMove = false;
        events.push({ kind: 'rolling' });
      }
    }
    return events;
  }
}
