import type { Safety } from '../car/config.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import type { DriverCommand, Stick } from '../protocol/driver-command.ts';
import { rates } from '../protocol/rates.ts';
import type { ModeEvent } from './modes.ts';

/** How many fresh frames in a row bring the pilot back after late ones: clearing is slower than tripping. */
const detectionRecoveryFrames = 3;
/** Frames by which it is judged whether they come often and soon enough. */
const judgedFrames = 8;
/** So many of them may be worse: a hiccup slows nobody down, and only if most are rare the car stops. */
const delayedHiccups = 2;
const rareHiccups = 4;
/** Missing frames: by so many it is judged whether more than a fifth of them is missing, and whether hardly one is any more. */
const gapsToTrip = 12;
const gapsToClear = 30;
const fewerGap = 1.25;
const asUsualGap = 1.1;
/**
 * Frames that the camera delivered and the detector passed by. So many of its steps from frame to frame tell whether it skips more than
 * a fifth of those that it used to take; a step over more than this is one hiccup, and it must stay so for a while. The car drives slower
 * then, and stops when that does not pass.
 */
const lagSteps = 10;
const longestStep = 3;
const lagForMs = 150;
const longestLagMs = 300;
/** A share of the limit: what was called late is prompt again only when it is clearly so. */
const promptShare = 0.9;

type DriverLimits = Pick<Safety, 'driverNeutralAfterMs' | 'driverDisarmAfterMs'>;
type DetectionLimits = Pick<
  Safety,
  'detectionNeutralAfterMs' | 'detectionStopAfterMs' | 'detectionDelayedAfterMs' | 'rarestFrameGapMs'
>;

/**
 * The newest command of the driver and how fresh it is. Duplicates, reordered and malformed commands, and those whose
 * human input is old, are no sign of life.
 */
export class DriverWatch {
  readonly #limits: DriverLimits;
  #newest: DriverCommand | undefined;
  #freshInputAtMs = Number.NEGATIVE_INFINITY;
  #sinceMs = 0;
  #freshInARow = 0;

  constructor(limits: DriverLimits) {
    this.#limits = limits;
  }

  accept(command: DriverCommand): void {
    const { sequence, steering, throttle, receivedAtMs, inputAgeMs } = command;
    if (![sequence, steering, throttle, receivedAtMs, inputAgeMs].every(Number.isFinite)) return;
    if (this.#newest !== undefined && sequence <= this.#newest.sequence) return;
    const wasFresh = this.isFresh(receivedAtMs);
    this.#newest = command;
    const inputAtMs = receivedAtMs - Math.max(0, inputAgeMs);
    this.#freshInputAtMs = Math.max(this.#freshInputAtMs, inputAtMs);
    if (Math.max(0, inputAgeMs) > this.#limits.driverNeutralAfterMs) this.#freshInARow = 0;
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
    return nowMs - this.#freshInputAtMs <= this.#limits.driverNeutralAfterMs;
  }

  /** What the stick says now; undefined when nobody holds it. */
  stick(nowMs: number): Stick | undefined {
    return this.isFresh(nowMs) ? this.#newest : undefined;
  }

  events(nowMs: number): ModeEvent[] {
    const silentMs = nowMs - Math.max(this.#freshInputAtMs, this.#sinceMs);
    if (silentMs > this.#limits.driverDisarmAfterMs) return [{ kind: 'driver-lost' }];
    if (silentMs > this.#limits.driverNeutralAfterMs) return [{ kind: 'driver-late' }];
    return this.#freshInARow >= rates.driverRecoveryCommands ? [{ kind: 'driver-recovered' }] : [];
  }
}

/** The newest detections and how old they are, judged by capture time, never by arrival. */
export class DetectionWatch {
  readonly #limits: DetectionLimits;
  #newest: FrameDetections | undefined;
  #unread = false;
  #freshInARow = 0;
  /** Of the newest frames: the time since the one before, how old that one was when this one came, and how many frames on it is. */
  #frames: { readonly gapMs: number; readonly oldestMs: number; readonly step: number }[] = [];
  /** Between frames when the pilot began to drive, as soon as enough were seen. */
  #usualGapMs: number | undefined;
  #usualStep: number | undefined;
  /** Since when the detector skips more frames than usual, by capture time. */
  #laggingSinceMs: number | undefined;

  constructor(limits: DetectionLimits) {
    this.#limits = limits;
  }

  /** Frames out of order, without a usable time or from the future are dropped. */
  accept(frame: FrameDetections): void {
    if (!(frame.capturedAtMs <= frame.detectedAtMs)) return;
    if (this.#newest !== undefined && frame.capturedAtMs <= this.#newest.capturedAtMs) return;
    if (this.#newest !== undefined) {
      const beforeMs = this.#newest.capturedAtMs;
      // A camera that starts anew counts from the beginning.
      const step = Math.min(longestStep, Math.max(1, frame.frameId - this.#newest.frameId));
      const judged = { gapMs: frame.capturedAtMs - beforeMs, oldestMs: frame.detectedAtMs - beforeMs, step };
      this.#frames = [...this.#frames.slice(1 - gapsToClear), judged];
      this.#usualGapMs ??= this.#meanGapMs(gapsToTrip);
      this.#usualStep ??= this.#meanStep(gapsToClear);
      this.#laggingSinceMs = this.#skipsMore() ? (this.#laggingSinceMs ?? frame.capturedAtMs) : undefined;
    }
    this.#newest = frame;
    this.#unread = true;
    this.#freshInARow++;
  }

  /** The pilot begins to drive: as often as now it gets pictures usually. */
  begin(): void {
    this.#usualGapMs = undefined;
    this.#usualStep = undefined;
    this.#laggingSinceMs = undefined;
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
    if (ageMs === undefined || ageMs <= this.#limits.detectionNeutralAfterMs) return { kind: 'track-lost' };
    return { kind: 'detections-lost', ageMs };
  }

  /** How far apart the newest frames lie, when that is too far to drive by; one hiccup is not. */
  rareGapMs(): number | undefined {
    const gapMs = this.#allBut(rareHiccups, (frame) => frame.gapMs);
    return gapMs !== undefined && gapMs > this.#limits.rarestFrameGapMs ? gapMs : undefined;
  }

  events(nowMs: number): ModeEvent[] {
    const { detectionNeutralAfterMs, detectionStopAfterMs } = this.#limits;
    const ageMs = this.ageMs(nowMs);
    if (ageMs === undefined) return [{ kind: 'detections-lost' }];
    if (ageMs > detectionNeutralAfterMs) this.#freshInARow = 0;
    if (ageMs > detectionStopAfterMs) return [{ kind: 'detections-lost', ageMs }];
    const events = this.#judge();
    if (ageMs > detectionNeutralAfterMs) events.push({ kind: 'detections-late' });
    else if (this.#freshInARow >= detectionRecoveryFrames) events.push({ kind: 'detections-recovered' });
    return events;
  }

  /** How often and how soon frames have come lately. */
  #judge(): ModeEvent[] {
    const limitMs = this.#limits.detectionDelayedAfterMs;
    const events: ModeEvent[] = [];
    const gapMs = this.rareGapMs();
    const laggedMs = this.#laggedMs();
    const skipped = laggedMs >= lagForMs ? { skippedShare: 1 - 1 / (this.#meanStep(lagSteps) ?? 1) } : undefined;
    if (gapMs !== undefined || laggedMs >= longestLagMs) {
      events.push({ kind: 'frames-rare', gapMs: gapMs ?? this.#meanGapMs(lagSteps) ?? 0, ...skipped });
    }
    const oldestMs = this.#allBut(delayedHiccups, (frame) => frame.oldestMs);
    const isLate = oldestMs !== undefined && oldestMs > limitMs;
    if (isLate || skipped !== undefined || this.#comeRarer(gapsToTrip, fewerGap)) {
      events.push({ kind: 'detections-delayed', ...skipped });
    } else if (
      this.#frames.length >= judgedFrames &&
      this.#frames.slice(-judgedFrames).every((frame) => frame.oldestMs <= limitMs * promptShare) &&
      !this.#comeRarer(gapsToClear, asUsualGap)
    ) {
      events.push({ kind: 'detections-prompt' });
    }
    return events;
  }

  /** Whether the newest frames lie farther apart than usual: the camera loses some, or the detector skips them. */
  #comeRarer(gaps: number, byFactor: number): boolean {
    const gapMs = this.#meanGapMs(gaps);
    return gapMs !== undefined && this.#usualGapMs !== undefined && gapMs > byFactor * this.#usualGapMs;
  }

  /** How long the detector has not kept up with the camera as it did when the pilot began to drive; 0 while it does. */
  #laggedMs(): number {
    const sinceMs = this.#laggingSinceMs;
    return sinceMs === undefined || this.#newest === undefined ? 0 : this.#newest.capturedAtMs - sinceMs;
  }

  #skipsMore(): boolean {
    const step = this.#meanStep(lagSteps);
    return step !== undefined && this.#usualStep !== undefined && step > fewerGap * this.#usualStep;
  }

  /** From frame to frame, by the camera's count. Undefined before there are enough. */
  #meanStep(steps: number): number | undefined {
    if (this.#frames.length < gapsToTrip) return undefined;
    const newest = this.#frames.slice(-steps);
    return newest.reduce((sum, { step }) => sum + step, 0) / newest.length;
  }

  /** Of the newest gaps, but for the longest: one hiccup is none of the rate's. Undefined before there are enough. */
  #meanGapMs(gaps: number): number | undefined {
    if (this.#frames.length < gapsToTrip) return undefined;
    const newest = this.#frames.slice(-gaps).map(({ gapMs }) => gapMs);
    return (newest.reduce((sum, gapMs) => sum + gapMs, 0) - Math.max(...newest)) / (newest.length - 1);
  }

  /** What all but so many of the worst of the newest frames keep below; undefined before there are enough of them. */
  #allBut(
    hiccups: number,
    of: (frame: { readonly gapMs: number; readonly oldestMs: number }) => number,
  ): number | undefined {
    if (this.#frames.length < judgedFrames) return undefined;
    return this.#frames
      .slice(-judgedFrames)
      .map(of)
      .toSorted((a, b) => b - a)[hiccups];
  }
}
