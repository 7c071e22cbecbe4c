import type { DriveStep } from './planning/drive-loop.ts';
import type { Logger } from './platform/log.ts';
import type { ActuationReport } from './protocol/actuation-messages.ts';
import { type CarEvent, eventTexts } from './protocol/events.ts';
import type { PerceptionReport } from './protocol/perception-messages.ts';
import { BlackBox, keptMs } from './recorder/black-box.ts';
import { writeBlackBox } from './recorder/black-box-folder.ts';

/** What came after the failure is worth seeing too. */
const aftermathMs = 2000;
/** A car that has not been armed for as long as is kept has nothing to tell: its camera may fail in the box all night. */
const armedModes: readonly string[] = ['manual', 'auto', 'stopping'];
/** A car that fails again and again writes no more often than this. */
const leastPauseMs = 10_000;

/** Tells the black box what the car does, and has it written when something critical happened. */
export class BlackBoxRecording {
  readonly #box = new BlackBox();
  readonly #folder: string;
  readonly #log: Logger;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #armedAtMs = Number.NEGATIVE_INFINITY;
  #due: { readonly atMs: number; readonly reason: string } | undefined;

  constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#log = log;
  }

  /** After each step of the drive loop. */
  stepped({ snapshot, commands, events }: DriveStep, nowMs: number): void {
    const { mode, asked, given, neutralReason, speedMps, detectionAgeMs } = snapshot;
    // A stop that is pressed in motion is known as such by the step before it.
    if (armedModes.includes(mode)) this.#armedAtMs = nowMs;
    const told = commands.filter(({ kind }) => kind !== 'drive');
    this.#box.add('step', { mode, asked, given, neutralReason, speedMps, detectionAgeMs, told }, nowMs);
    for (const event of events) this.#note(event, nowMs);
    if (this.#due === undefined || nowMs < this.#due.atMs) return;
    void this.#write(this.#due.reason, nowMs);
    this.#due = undefined;
  }

  heardActuation(report: ActuationReport, nowMs: number): void {
    this.#box.add('actuation', { report }, nowMs);
  }

  heardPerception(report: PerceptionReport, payload: Uint8Array, nowMs: number): void {
    if (report.kind === 'picture') this.#box.addPicture(report, payload, nowMs);
    else if (report.kind === 'detections') {
      const { frameId, capturedAtMs, detectedAtMs } = report;
      const seen = report.detections.map(({ label, score, box }) => ({ label, score, box }));
      this.#box.add('detections', { frameId, capturedAtMs, detectedAtMs, seen }, nowMs);
    } else this.#box.add('perception', { report }, nowMs);
  }

  #note(event: CarEvent, nowMs: number): void {
    this.#box.add('event', { event }, nowMs);
    if (eventTexts[event.code].severity !== 'critical' || this.#due !== undefined) return;
    if (nowMs - this.#writtenAtMs < leastPauseMs || nowMs - this.#armedAtMs > keptMs) return;
    this.#due = { atMs: nowMs + aftermathMs, reason: event.code };
  }

  async #write(reason: string, nowMs: number): Promise<void> {
    this.#writtenAtMs = nowMs;
    const written = await writeBlackBox(this.#folder, {
      lines: this.#box.lines(nowMs),
      reason,
      writtenAt: new Date(),
    });
    if ('file' in written) this.#log.info({ file: written.file }, 'the black box was written');
    else this.#log.warn(`the black box could not be written: ${written.trouble}`);
  }
}
