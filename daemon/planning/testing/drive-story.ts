import { expect } from 'vitest';
import type { Safety } from '../../car/config.ts';
import { presets } from '../../car/presets.ts';
import type { ActuationCommand } from '../../protocol/actuation-messages.ts';
import type { FrameDetections } from '../../protocol/detection.ts';
import { createDriveLoop, type DriveLoop, type DriveStep, type RequestAnswer } from '../drive-loop.ts';
import type { Pilot, PilotDecision } from '../pilots/pilot.ts';
import { gateStatus } from './gate-status.ts';
import { testFrame } from './test-frame.ts';

export const config = presets['simulated']!;
const periodMs = 20;
export const pilotThrottle = 0.4;
export const stickThrottle = 0.6;

/** A pilot that wants what the story says; its estimate of the speed is a lie that never shows a standstill. */
export class StoryPilot implements Pilot {
  readonly name = 'story';
  lost = false;
  throttle = pilotThrottle;
  #frame: FrameDetections | undefined;
  observe(frame: FrameDetections): void {
    this.#frame = frame;
  }
  drove(): void {}
  decide(): PilotDecision {
    const { frameId, capturedAtMs } = this.#frame ?? {};
    const seen = {
      plan: { cones: [], centreLine: [], speedMps: 1, because: 'story' },
      speedMps: 2,
      ...(frameId !== undefined && { frameId }),
      ...(capturedAtMs !== undefined && { capturedAtMs }),
    };
    return this.lost
      ? { ...seen, kind: 'lost', reason: 'no-track' }
      : { ...seen, kind: 'drive', steering: 0.3, throttle: this.throttle };
  }
}

/** The loop on a stepped clock, with a gate that obeys, a detector at 20 Hz and a driver at 50 Hz, each of which may fall silent. */
export class Story {
  readonly pilot = new StoryPilot();
  readonly loop: DriveLoop;
  readonly commands: ActuationCommand[] = [];
  readonly codes: string[] = [];
  nowMs = 10_000;
  stick: { steering: number; throttle: number } | undefined = { steering: 0, throttle: 0 };
  detects = true;
  newest: DriveStep | undefined;
  #gateArmed = false;
  #gateStopped = false;
  #sequence = 0;
  #frameId = 0;

  constructor(safety: Partial<Safety> = {}) {
    this.loop = createDriveLoop({
      config: { ...config, safety: { ...config.safety, ...safety } },
      createPilot: () => this.pilot,
    });
    this.loop.setConnectedClients(1);
    this.loop.acceptCameraState({ state: 'streaming' });
    this.loop.acceptDetectorState({ state: 'ready' });
    this.run(500);
  }

  /** One period. */
  step(): DriveStep {
    this.nowMs += periodMs;
    const { nowMs, loop } = this;
    if (this.stick !== undefined) {
      loop.acceptDriverCommand({ ...this.stick, sequence: this.#sequence++, receivedAtMs: nowMs, inputAgeMs: 0 });
    }
    if (this.detects && nowMs % 40 === 0) this.detect();
    if (nowMs % 100 === 0) this.#report();
    const made = loop.step(nowMs);
    for (const command of made.commands) {
      if (command.kind === 'arm') this.#gateArmed = true;
      if (command.kind === 'disarm' || command.kind === 'emergency-stop') this.#gateArmed = false;
      if (command.kind === 'emergency-stop') this.#gateStopped = true;
      if (command.kind === 'clear-stop') this.#gateStopped = false;
    }
    this.commands.push(...made.commands);
    this.codes.push(...made.events.map(({ code }) => code));
    this.newest = made;
    return made;
  }

  /** Throttles that were sent meanwhile. */
  run(forMs: number): number[] {
    const throttles: number[] = [];
    for (let passedMs = 0; passedMs < forMs; passedMs += periodMs) throttles.push(throttleOf(this.step()));
    return throttles;
  }

  detect(): void {
    this.loop.acceptDetections(testFrame({ atMs: this.nowMs, frameId: this.#frameId++, widthPx: 480, heightPx: 360 }));
  }

  get mode(): string | undefined {
    return this.newest?.snapshot.mode;
  }

  arm(mode: 'manual' | 'auto', armedBy: 'remote' | 'daemon' = 'remote'): RequestAnswer {
    return this.loop.request({ kind: 'arm', mode, armedBy }, this.nowMs);
  }

  /** Armed, and really under way. */
  drive(mode: 'manual' | 'auto', armedBy: 'remote' | 'daemon' = 'remote'): this {
    this.stick = { steering: 0, throttle: 0 };
    this.run(100);
    expect(this.arm(mode, armedBy)).toEqual({ accepted: true });
    this.stick = { steering: 0.1, throttle: stickThrottle };
    this.run(500);
    expect(this.mode).toBe(mode);
    expect(throttleOf(this.step())).toBe(mode === 'manual' ? stickThrottle : pilotThrottle);
    return this;
  }

  #report(): void {
    this.loop.acceptActuation(gateStatus(this.nowMs, { armed: this.#gateArmed, stopLatched: this.#gateStopped }));
  }
}

export function throttleOf(step: DriveStep): number {
  const drives = step.commands.filter((command) => command.kind === 'drive');
  expect(drives).toHaveLength(1);
  return drives[0]!.throttle;
}

export const isNeutral = (throttles: readonly number[]): boolean => throttles.every((throttle) => throttle === 0);
