import type { FrameDetections } from '../../protocol/detection.ts';
import type { DriveValues, Pilot, PilotDecision } from '../pilots/pilot.ts';

/** A pilot that decides what the test tells it to. */
export class ScriptedPilot implements Pilot {
  readonly name = 'scripted';
  next: DriveValues | 'lost' = { steering: 0.2, throttle: 0.5 };
  speedMps = 0;
  readonly given: DriveValues[] = [];
  #frame: FrameDetections | undefined;

  observe(frame: FrameDetections): void {
    this.#frame = frame;
  }

  decide(): PilotDecision {
    const plan = { cones: [], centreLine: [], speedMps: 0, because: 'test' };
    const frame =
      this.#frame === undefined ? {} : { frameId: this.#frame.frameId, capturedAtMs: this.#frame.capturedAtMs };
    const seen = { plan, speedMps: this.speedMps, ...frame };
    return this.next === 'lost' ? { kind: 'lost', ...seen } : { kind: 'drive', ...this.next, ...seen };
  }

  drove(given: DriveValues): void {
    this.given.push(given);
  }
}
