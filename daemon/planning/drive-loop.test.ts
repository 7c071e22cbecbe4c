import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets } from '../car/presets.ts';
import type { ActuationCommand, DriveCommand } from '../protocol/actuation-messages.ts';
import type { CarEvent } from '../protocol/events.ts';
import { createDriveLoop, type DriveRequest, type DriveStep } from './drive-loop.ts';
import { ScriptedPilot } from './testing/scripted-pilot.ts';

const config = presets['simulated']!;
const periodMs = 20;

/** A drive loop with everything around it in order, stepped through stories. */
class Stage {
  readonly pilot = new ScriptedPilot();
  readonly loop = createDriveLoop({ config, pilot: this.pilot });
  nowMs = 1000;
  commands: ActuationCommand[] = [];
  events: CarEvent[] = [];
  last: DriveStep | undefined;
  /** What goes on in every period unless the story says otherwise. */
  detecting = true;
  reporting = true;
  stick: { readonly steering: number; readonly throttle: number } | undefined;
  gateArmed = false;
  #sequence = 0;
  #frameId = 0;

  constructor() {
    this.loop.setConnectedClients(1);
    this.loop.acceptCameraState({ state: 'streaming' });
    this.loop.acceptDetectorState({ state: 'ready' });
    this.run(200);
  }

  status(armed: boolean, stopLatched = false): void {
    this.loop.acceptActuation({
      kind: 'status',
      atMs: this.nowMs,
      armed,
      stopLatched,
      boardReady: true,
      steering: 0,
      throttle: 0,
      steeringPulseUs: 1500,
      throttlePulseUs: 1500,
      counters: { accepted: 0, expired: 0, stale: 0, invalid: 0, busErrors: 0 },
    });
  }

  command(steering: number, throttle: number, inputAgeMs = 5): void {
    const receivedAtMs = this.nowMs;
    this.loop.acceptDriverCommand({ sequence: this.#sequence++, steering, throttle, receivedAtMs, inputAgeMs });
  }

  frame(ageMs = 60): void {
    this.loop.acceptDetections({
      kind: 'detections',
      frameId: this.#frameId++,
      capturedAtMs: this.nowMs - ageMs,
      captureTimeSource: 'camera',
      detectedAtMs: this.nowMs,
      widthPx: 480,
      heightPx: 360,
      detections: [],
      timing: { preprocessMs: 1, runMs: 20, decodeMs: 1 },
    });
  }

  step(): DriveStep {
    if (this.reporting) this.status(this.gateArmed);
    if (this.detecting) this.frame();
    if (this.stick !== undefined) this.command(this.stick.steering, this.stick.throttle);
    const step = this.loop.step(this.nowMs);
    for (const command of step.commands) {
      if (command.kind === 'arm') this.gateArmed = true;
      if (command.kind === 'disarm' || command.kind === 'emergency-stop') this.gateArmed = false;
    }
    this.commands.push(...step.commands);
    this.events.push(...step.events);
    this.last = step;
    this.nowMs += periodMs;
    return step;
  }

  run(durationMs: number): DriveStep {
    const endMs = this.nowMs + durationMs;
    let step = this.step();
    while (this.nowMs < endMs) step = this.step();
    return step;
  }

  request(request: DriveRequest) {
    return this.loop.request(request, this.nowMs);
  }

  armManual(): this {
    expect(this.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' })).toEqual({ accepted: true });
    this.run(100);
    return this;
  }

  armAuto(armedBy: 'remote' | 'daemon' = 'remote'): this {
    expect(this.request({ kind: 'arm', mode: 'auto', armedBy })).toEqual({ accepted: true });
    this.run(100);
    return this;
  }

  get mode(): string {
    return this.last!.snapshot.mode;
  }

  get throttle(): number {
    return this.last!.snapshot.given.throttle;
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }
}

const drives = (commands: readonly ActuationCommand[]): DriveCommand[] =>
  commands.filter((command) => command.kind === 'drive');

describe('disarmed', () => {
  it('commands neutral every period, with growing numbers', () => {
    const stage = new Stage();
    stage.stick = { steering: 1, throttle: 1 };
    stage.commands = [];
    stage.run(200);
    const sent = drives(stage.commands);
    expect(sent).toHaveLength(10);
    expect(sent.every(({ steering, throttle }) => steering === 0 && throttle === 0)).toBe(true);
    expect(sent.every(({ sequence }, i) => i === 0 || sequence > sent[i - 1]!.sequence)).toBe(true);
  });
});

describe('arming', () => {
  it('is refused with every reason at once', () => {
    const stage = new Stage();
    stage.pilot.next = 'lost';
    stage.stick = { steering: 0, throttle: 0.6 };
    stage.loop.acceptCameraState({ state: 'stalled' });
    stage.loop.acceptDetectorState({ state: 'failed', text: 'no such file' });
    stage.run(40);
    stage.status(false, true);
    const answer = stage.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' });
    expect(answer.accepted).toBe(false);
    const codes = answer.accepted ? [] : answer.obstacles.map(({ code }) => code);
    expect(codes).toEqual([
      'actuation-stop-latched',
      'stick-not-centred',
      'camera-not-streaming',
      'detector-not-ready',
      'no-track',
    ]);
    stage.run(100);
    expect(drives(stage.commands).every(({ throttle }) => throttle === 0)).toBe(true);
  });

  it('for manual driving does not need the camera', () => {
    const stage = new Stage();
    stage.pilot.next = 'lost';
    stage.loop.acceptDetectorState({ state: 'failed' });
    stage.detecting = false;
    stage.run(2000);
    expect(stage.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' }).accepted).toBe(true);
    expect(stage.codes()).toContain('model-failed');
  });

  it('without motor control is refused', () => {
    const stage = new Stage();
    stage.loop.setProcessAlive('actuation', false);
    const answer = stage.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' });
    expect(answer).toMatchObject({ accepted: false, obstacles: [{ code: 'actuation-not-running' }] });
  });

  it('tells the gate first and drives after', () => {
    const stage = new Stage();
    stage.stick = { steering: 0, throttle: 0 };
    stage.run(100);
    stage.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' });
    const { commands } = stage.step();
    expect(commands.map(({ kind }) => kind)).toEqual(['arm', 'drive']);
  });
});

describe('manual', () => {
  it('gives what the stick asks', () => {
    const stage = new Stage().armManual();
    stage.stick = { steering: -0.3, throttle: 0.7 };
    expect(stage.run(60).snapshot.given).toEqual({ steering: -0.3, throttle: 0.7 });
  });

  it('goes neutral after 250 ms of silence and comes back after three fresh commands', () => {
    const stage = new Stage().armManual();
    stage.stick = { steering: 0, throttle: 0.7 };
    stage.run(200);
    stage.stick = undefined;
    stage.run(220);
    expect(stage.throttle).toBe(0.7);
    stage.run(60);
    expect(stage.throttle).toBe(0);
    expect(stage.codes()).toContain('driver-late');
    stage.command(0, 0.7);
    stage.step();
    stage.command(0, 0.7);
    stage.step();
    expect(stage.throttle).toBe(0);
    stage.command(0, 0.7);
    stage.step();
    expect(stage.throttle).toBe(0.7);
  });

  it('is over after a second of silence, and does not resume', () => {
    const stage = new Stage().armManual();
    stage.stick = { steering: 0, throttle: 0.7 };
    stage.run(200);
    stage.stick = undefined;
    stage.run(1060);
    expect(stage.mode).toBe('disarmed');
    expect(stage.codes()).toContain('driver-lost');
    stage.stick = { steering: 0, throttle: 0.7 };
    stage.run(1000);
    expect(stage.mode).toBe('disarmed');
    expect(stage.throttle).toBe(0);
    const held = stage.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' });
    expect(held).toMatchObject({ accepted: false, obstacles: [{ code: 'stick-not-centred' }] });
    stage.stick = { steering: 0, throttle: 0 };
    stage.run(40);
    expect(stage.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' }).accepted).toBe(true);
  });

  it('takes a command whose input is old for no sign of life', () => {
    const stage = new Stage().armManual();
    for (let i = 0; i < 60; i++) {
      stage.command(0, 0.7, 2000);
      stage.step();
    }
    expect(stage.mode).toBe('disarmed');
    expect(drives(stage.commands).every(({ throttle }) => throttle === 0)).toBe(true);
  });

  it('ignores repeated and reordered commands', () => {
    const stage = new Stage().armManual();
    const at = (sequence: number, throttle: number): void =>
      stage.loop.acceptDriverCommand({ sequence, steering: 0, throttle, receivedAtMs: stage.nowMs, inputAgeMs: 0 });
    at(500, 0.3);
    stage.step();
    at(499, 1);
    at(500, 1);
    expect(stage.step().snapshot.given.throttle).toBe(0.3);
  });

  it("ends at once when the driver's connection ends", () => {
    const stage = new Stage().armManual();
    stage.stick = { steering: 0, throttle: 1 };
    stage.run(100);
    stage.stick = undefined;
    stage.request({ kind: 'driver-gone' });
    stage.step();
    expect(stage.mode).toBe('disarmed');
    expect(stage.last!.commands[0]).toMatchObject({ kind: 'disarm' });
  });

  it('passes through 200 ms of neutral and a centred stick when another driver takes over', () => {
    const stage = new Stage().armManual();
    stage.stick = { steering: 0, throttle: 1 };
    stage.run(100);
    stage.request({ kind: 'driver-changed' });
    stage.run(180);
    expect(stage.throttle).toBe(0);
    stage.run(200);
    // The new driver's stick was never centred.
    expect(stage.throttle).toBe(0);
    stage.stick = { steering: 0, throttle: 0 };
    stage.run(40);
    stage.stick = { steering: 0, throttle: 0.4 };
    stage.run(60);
    expect(stage.throttle).toBe(0.4);
  });
});

describe('auto', () => {
  it("gives what the pilot decides, with the frame's identity and age", () => {
    const stage = new Stage().armAuto();
    const drive = drives(stage.last!.commands)[0]!;
    expect(drive).toMatchObject({ steering: 0.2, throttle: 0.5 });
    expect(drive.frameId).toBeGreaterThan(0);
    expect(drive.issuedAtMs - drive.capturedAtMs!).toBe(60);
    expect(stage.last!.snapshot.frameToCommandMs).toBe(60);
    expect(stage.pilot.given.at(-1)).toEqual({ steering: 0.2, throttle: 0.5 });
  });

  it('coasts on detections older than 250 ms and goes on after three fresh ones', () => {
    const stage = new Stage().armAuto();
    stage.detecting = false;
    stage.run(180);
    expect(stage.throttle).toBe(0.5);
    stage.run(60);
    expect(stage.throttle).toBe(0);
    expect(stage.codes()).toContain('detections-late');
    stage.frame();
    stage.step();
    stage.frame();
    stage.step();
    expect(stage.throttle).toBe(0);
    stage.frame();
    stage.step();
    expect(stage.throttle).toBe(0.5);
  });

  it('stops for good after a second without detections', () => {
    const stage = new Stage().armAuto();
    stage.pilot.speedMps = 1;
    stage.detecting = false;
    stage.run(1000);
    expect(stage.mode).toBe('stopping');
    expect(stage.throttle).toBeLessThanOrEqual(0);
    stage.pilot.speedMps = 0;
    stage.step();
    stage.step();
    expect(stage.mode).toBe('disarmed');
    stage.detecting = true;
    stage.run(2000);
    expect(stage.mode).toBe('disarmed');
    expect(stage.throttle).toBe(0);
  });

  it('judges detections by capture, not by arrival', () => {
    const stage = new Stage().armAuto();
    stage.detecting = false;
    for (let i = 0; i < 20; i++) {
      stage.frame(300 + i);
      stage.step();
    }
    expect(stage.throttle).toBe(0);
  });

  it('stops when the track is lost', () => {
    const stage = new Stage().armAuto();
    stage.pilot.next = 'lost';
    stage.pilot.speedMps = 1;
    stage.step();
    expect(stage.mode).toBe('stopping');
    stage.pilot.next = { steering: 0, throttle: 1 };
    stage.run(200);
    expect(stage.mode).toBe('stopping');
    expect(stage.throttle).toBeLessThanOrEqual(0);
    stage.run(1600);
    expect(stage.mode).toBe('disarmed');
  });

  it('stops a second after the last phone is gone, if a phone had armed it', () => {
    const stage = new Stage().armAuto('remote');
    stage.loop.setConnectedClients(0);
    stage.run(900);
    expect(stage.mode).toBe('auto');
    stage.run(200);
    expect(['stopping', 'disarmed']).toContain(stage.mode);
    expect(stage.codes()).toContain('remote-lost');
  });

  it('stops a second after its driver is gone, though others watch', () => {
    const stage = new Stage().armAuto('remote');
    stage.request({ kind: 'driver-gone' });
    stage.run(900);
    expect(stage.mode).toBe('auto');
    stage.run(200);
    expect(stage.codes()).toContain('remote-lost');
  });

  it('needs no phone when the daemon itself has armed it', () => {
    const stage = new Stage();
    stage.loop.setConnectedClients(0);
    stage.armAuto('daemon').run(3000);
    expect(stage.mode).toBe('auto');
    expect(stage.throttle).toBe(0.5);
  });

  it('stops at once when the camera process has ended', () => {
    const stage = new Stage().armAuto();
    stage.pilot.speedMps = 1;
    stage.loop.setProcessAlive('perception', false);
    stage.step();
    expect(stage.mode).toBe('stopping');
    expect(stage.codes()).toContain('perception-lost');
  });

  it('hands over to a person and back', () => {
    const stage = new Stage().armAuto();
    stage.stick = { steering: 0, throttle: -0.2 };
    stage.request({ kind: 'set-mode', mode: 'manual' });
    stage.run(60);
    expect(stage.throttle).toBe(-0.2);
    stage.pilot.next = 'lost';
    stage.step();
    const refused = stage.request({ kind: 'set-mode', mode: 'auto' });
    expect(refused).toMatchObject({ accepted: false, obstacles: [{ code: 'no-track' }] });
    stage.pilot.next = { steering: 0, throttle: 0.5 };
    stage.step();
    expect(stage.request({ kind: 'set-mode', mode: 'auto' }).accepted).toBe(true);
    expect(stage.run(40).snapshot.given.throttle).toBe(0.5);
  });
});

describe('stop and end', () => {
  it('an emergency stop is latched until released, then armed anew', () => {
    const stage = new Stage().armAuto();
    stage.request({ kind: 'stop', by: 'a spectator' });
    stage.step();
    expect(stage.mode).toBe('estop');
    expect(stage.last!.commands[0]).toMatchObject({ kind: 'emergency-stop', reason: 'a spectator' });
    expect(stage.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' }).accepted).toBe(false);
    stage.run(1000);
    expect(stage.throttle).toBe(0);
    stage.request({ kind: 'release-stop' });
    expect(stage.step().commands.map(({ kind }) => kind)).toContain('clear-stop');
    stage.run(500);
    expect(stage.mode).toBe('disarmed');
    stage.armAuto();
    expect(stage.mode).toBe('auto');
  });

  it('disarming at speed brakes, then disarms', () => {
    const stage = new Stage().armAuto();
    stage.pilot.speedMps = 1.5;
    stage.request({ kind: 'disarm' });
    stage.step();
    expect(stage.mode).toBe('stopping');
    expect(stage.throttle).toBeLessThanOrEqual(0);
    stage.pilot.speedMps = 0;
    stage.run(60);
    expect(stage.mode).toBe('disarmed');
  });

  it('shutting down disarms at once and for good', () => {
    const stage = new Stage().armAuto();
    stage.request({ kind: 'shutdown' });
    const step = stage.step();
    expect(step.commands[0]).toMatchObject({ kind: 'disarm' });
    expect(step.snapshot.given.throttle).toBe(0);
    expect(stage.request({ kind: 'arm', mode: 'manual', armedBy: 'remote' })).toMatchObject({
      accepted: false,
      obstacles: [{ code: 'shutting-down' }],
    });
  });
});

describe('the gate has the last word', () => {
  it('when it disarms itself, so does the loop, with its reason', () => {
    const stage = new Stage().armAuto();
    stage.loop.acceptActuation({
      kind: 'transition',
      atMs: stage.nowMs,
      armed: false,
      cause: 'board-fault',
      text: 'the motor board does not answer at 0x40',
    });
    stage.step();
    expect(stage.mode).toBe('disarmed');
    expect(stage.events.at(-1)).toMatchObject({ code: 'actuation-fault', detail: expect.stringContaining('0x40') });
  });

  it('when it is not armed within 300 ms of being told, the loop gives up', () => {
    const stage = new Stage();
    stage.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' });
    stage.step();
    stage.gateArmed = false;
    for (let i = 0; i < 15; i++) {
      stage.step();
      stage.gateArmed = false;
    }
    expect(stage.mode).toBe('disarmed');
  });

  it('when it is armed though told to disarm, it is told again', () => {
    const stage = new Stage().armAuto();
    stage.request({ kind: 'shutdown' });
    stage.step();
    stage.commands = [];
    for (let i = 0; i < 20; i++) {
      stage.gateArmed = true;
      stage.step();
    }
    expect(stage.commands.some(({ kind }) => kind === 'disarm')).toBe(true);
  });

  it('when its process ends, the car is disarmed', () => {
    const stage = new Stage().armAuto();
    stage.loop.setProcessAlive('actuation', false);
    stage.reporting = false;
    stage.step();
    expect(stage.mode).toBe('disarmed');
    expect(stage.codes()).toContain('actuation-lost');
  });

  it('when it holds a stop, the loop shows it', () => {
    const stage = new Stage().armAuto();
    stage.run(300);
    stage.reporting = false;
    stage.status(false, true);
    stage.step();
    expect(stage.mode).toBe('estop');
  });
});

describe('whatever comes in', () => {
  const value = fc.oneof(fc.double({ min: -2, max: 2 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
  const happening = fc.oneof(
    fc.record({ kind: fc.constant('stick' as const), steering: value, throttle: value, age: value }),
    fc.record({ kind: fc.constant('pilot' as const), steering: value, throttle: value }),
    fc.record({
      kind: fc.constant('request' as const),
      request: fc.constantFrom<DriveRequest>(
        { kind: 'arm', mode: 'manual', armedBy: 'remote' },
        { kind: 'arm', mode: 'auto', armedBy: 'daemon' },
        { kind: 'set-mode', mode: 'auto' },
        { kind: 'set-mode', mode: 'manual' },
        { kind: 'disarm' },
        { kind: 'stop' },
        { kind: 'release-stop' },
        { kind: 'driver-changed' },
      ),
    }),
    fc.record({ kind: fc.constant('wait' as const), forMs: fc.integer({ min: 0, max: 600 }) }),
    fc.record({ kind: fc.constant('detecting' as const), on: fc.boolean() }),
  );

  it('no command leaves its bounds, and the throttle is neutral unless the car is armed', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (story) => {
        const stage = new Stage();
        for (const event of story) {
          if (event.kind === 'stick') stage.command(event.steering, event.throttle, event.age * 100);
          else if (event.kind === 'pilot') stage.pilot.next = event;
          else if (event.kind === 'request') stage.request(event.request);
          else if (event.kind === 'detecting') stage.detecting = event.on;
          else stage.run(event.forMs);
          const { commands, snapshot } = stage.step();
          for (const { steering, throttle } of drives(commands)) {
            expect(Math.abs(steering)).toBeLessThanOrEqual(1);
            expect(Math.abs(throttle)).toBeLessThanOrEqual(1);
            if (snapshot.mode === 'disarmed' || snapshot.mode === 'estop') expect(throttle).toBe(0);
            if (snapshot.neutralReason !== undefined) expect(throttle).toBe(0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
