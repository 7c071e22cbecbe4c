import type { FrameDetections } from '../protocol/detection.ts';
import type { DriverCommand, Stick } from '../protocol/driver-command.ts';
import { rates } from '../protocol/rates.ts';
import type { ModeEvent } from './modes.ts';

/** How many fresh frames in a row bring the pilot back after late ones: clearing is slower than tripping. */
const detectionRecoveryFrames = 3;

/**
 * The newest command of the driver and how fresh it is. Duplicates, reordered and malformed commands, and those whose
 * human input is old, are no sign of life.
 */
export class DriverWatch {
  #newest: DriverCommand | undefined;
  #freshInputAtMs = Number.NEGATIVE_INFINITY;
  #sinceMs = 0;
  #freshInARow = 0;

  accept(command: DriverCommand): void {
    const { sequence, steering, throttle, receivedAtMs, inputAgeMs } = command;
    if (![sequence, steering, throttle, receivedAtMs, inputAgeMs].every(Number.isFinite)) return;
    if (this.#newest !== undefined && sequence <= this.#newest.sequence) return;
    const wasFresh = this.isFresh(receivedAtMs);
    this.#newest = command;
    const inputAtMs = receivedAtMs - Math.max(0, inputAgeMs);
    this.#freshInputAtMs = Math.max(this.#freshInputAtMs, inputAtMs);
    if (Math.max(0, inputAgeMs) > rates.driverNeutralAfterMs) this.#freshInARow = 0;
    else this.#freshInARow = wasFresh ? this.#freshInARow + 1 : 1;
  }

  /** The time from which a driver owes commands: manual driving began. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** Another driver: the old one's numbers and input mean nothing. */
  changeDriver(nowMs: number): void {
    this.#newest = undefined;
    this.#freshInputAtMs = Number.NEGATIVE_INFINITY;
    this.#freshInARow = 0;
    this.begin(nowMs);
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.#freshInputAtMs <= rates.driverNeutralAfterMs;
  }

  /** What the stick says now; undefined when nobody holds it. */
  stick(nowMs: number): Stick | undefined {
    return this.isFresh(nowMs) ? this.#newest : undefined;
  }

  events(nowMs: number): ModeEvent[] {
    const silentMs = nowMs - Math.max(this.#freshInputAtMs, this.#sinceMs);
    if (silentMs > rates.driverDisarmAfterMs) return [{ kind: 'driver-lost' }];
    if (silentMs > rates.driverNeutralAfterMs) return [{ kind: 'driver-late' }];
    return this.#freshInARow >= rates.driverRecoveryCommands ? [{ kind: 'driver-recovered' }] : [];
  }
}

/** The newest detections and how old they are, judged by capture time, never by arrival. */
export class DetectionWatch {
  #newest: FrameDetections | undefined;
  #unread = false;
  #freshInARow = 0;

  /** Frames out of order, without a usable time or from the future are dropped. */
  accept(frame: FrameDetections): void {
    if (!(frame.capturedAtMs <= frame.detectedAtMs)) return;
    if (this.#newest !== undefined && frame.capturedAtMs <= this.#newest.capturedAtMs) return;
    this.#newest = frame;
    this.#unread = true;
    this.#freshInARow++;
  }

  /** The newest frame, once. */
  take(): FrameDetections | undefined {
    if (!this.#unread) return undefined;
    this.#unread = false;
    return this.#newest;
  }

  ageMs(nowMs: number): number | undefined {
    return this.#newest === undefined ? undefined : nowMs - this.#newest.capturedAtMs;
  }

  /** A pilot that found no way: none to be seen, or nothing new to find it in. */
  whyLost(nowMs: number): ModeEvent {
    const ageMs = this.ageMs(nowMs);
    if (ageMs === undefined || ageMs <= rates.detectionNeutralAfterMs) return { kind: 'track-lost' };
    return { kind: 'detections-lost', ageMs };
  }

  events(nowMs: number): ModeEvent[] {
    const ageMs = this.ageMs(nowMs);
    if (ageMs === undefined) return [{ kind: 'detections-lost' }];
    if (ageMs > rates.detectionNeutralAfterMs) this.#freshInARow = 0;
    if (ageMs > rates.detectionStopAfterMs) return [{ kind: 'detections-lost', ageMs }];
    if (ageMs > rates.detectionNeutralAfterMs) return [{ kind: 'detections-late' }];
    return this.#freshInARow >= detectionRecoveryFrames ? [{ kind: 'detections-recovered' }] : [];
  }
}
