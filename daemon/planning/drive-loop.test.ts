import { describe, expect, it } from 'vitest';
import type { Safety } from '../car/config.ts';
import { presets } from '../car/presets.ts';
import type { ActuationCommand } from '../protocol/actuation-messages.ts';
import { createDriveLoop, type DriveLoop, type DriveStep, type RequestAnswer } from './drive-loop.ts';
import type { Pilot, PilotDecision } from './pilots/pilot.ts';
import { gateStatus } from './testing/gate-status.ts';

const config = presets['simulated']!;
const periodMs = 20;
const pilotThrottle = 0.4;
const stickThrottle = 0.6;

/** A pilot that wants what the story says; its estimate of the speed is a lie that never shows a standstill. */
class StoryPilot implements Pilot {
  readonly name = 'story';
  lost = false;
  throttle = pilotThrottle;
  observe(): void {}
  drove(): void {}
  decide(): PilotDecision {
    const seen = { plan: { cones: [], centreLine: [], speedMps: 1, because: 'story' }, speedMps: 2 };
    return this.lost ? { ...seen, kind: 'lost' } : { ...seen, kind: 'drive', steering: 0.3, throttle: this.throttle };
  }
}

/** The loop on a stepped clock, with a gate that obeys, a detector at 20 Hz and a driver at 50 Hz, each of which may fall silent. */
class Story {
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
      pilot: this.pilot,
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
    this.loop.acceptDetections({
      kind: 'detections',
      frameId: this.#frameId++,
      capturedAtMs: this.nowMs,
      captureTimeSource: 'camera',
      detectedAtMs: this.nowMs,
      widthPx: 480,
      heightPx: 360,
      detections: [],
      timing: { preprocessMs: 1, runMs: 20, decodeMs: 1 },
    });
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

function throttleOf(step: DriveStep): number {
  const drives = step.commands.filter((command) => command.kind === 'drive');
  expect(drives).toHaveLength(1);
  return drives[0]!.throttle;
}

const isNeutral = (throttles: readonly number[]): boolean => throttles.every((throttle) => throttle === 0);

describe('arming', () => {
  it('lists everything that stands in the way at once', () => {
    const loop = createDriveLoop({ config, pilot: new StoryPilot() });
    loop.setProcessAlive('actuation', false);
    loop.setProcessAlive('perception', false);
    loop.acceptDriverCommand({ steering: 0, throttle: 0.5, sequence: 1, receivedAtMs: 100, inputAgeMs: 0 });
    loop.step(100);
    const answer = loop.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' }, 100);
    expect(answer.accepted ? [] : answer.obstacles.map(({ code }) => code)).toEqual([
      'actuation-not-running',
      'stick-not-centred',
      'perception-not-running',
      'camera-not-streaming',
      'detector-not-ready',
      'no-detections',
    ]);
    expect(loop.step(120).commands.map(({ kind }) => kind)).toEqual(['drive']);
  });

  it.each([
    { state: 'loading', cure: 'Wait', code: undefined },
    { state: 'refused', cure: 'Check --model', code: 'model-refused' },
    { state: 'failed', cure: 'Wait', code: 'detector-failed' },
  ] as const)('says what helps a detector that is $state', ({ state, cure, code }) => {
    const loop = createDriveLoop({ config, pilot: new StoryPilot() });
    loop.acceptDetectorState({ state });
    const answer = loop.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' }, 100);
    const obstacles = answer.accepted ? [] : answer.obstacles;
    expect(obstacles.find((obstacle) => obstacle.code === 'detector-not-ready')).toMatchObject({ cure });
    expect(loop.step(100).events.map((event) => event.code)).toEqual(
      [code, 'arming-refused'].filter((each) => each !== undefined),
    );
  });

  it('says once that the detector fell back to another device, and why', () => {
    const story = new Story();
    const fallbacks = ['cuda is not used: libcudnn.so.8 is missing'];
    story.loop.acceptDetectorState({ state: 'loading' });
    story.loop.acceptDetectorState({ state: 'ready', fallbacks });
    story.loop.acceptDetectorState({ state: 'ready', fallbacks });
    expect(story.step().events).toMatchObject([{ code: 'detector-fallback', detail: fallbacks[0] }]);
    expect(story.step().events).toEqual([]);
  });

  it('by hand needs neither camera nor detector', () => {
    const story = new Story();
    story.detects = false;
    story.loop.setProcessAlive('perception', false);
    story.run(2000);
    story.drive('manual');
  });
});

describe('a silent driver', () => {
  it('means neutral after 250 ms, and driving again after three fresh commands', () => {
    const story = new Story().drive('manual');
    story.stick = undefined;
    expect(story.run(240)).not.toContain(0);
    expect(isNeutral(story.run(200))).toBe(true);
    expect(story.mode).toBe('manual');
    story.stick = { steering: 0.1, throttle: stickThrottle };
    expect(story.run(60)).toEqual([0, 0, stickThrottle]);
  });

  it('disarms after 1 s, and a held stick does not bring the car back', () => {
    const story = new Story().drive('manual');
    story.stick = undefined;
    story.run(1000);
    expect(story.mode).toBe('manual');
    expect(story.step().snapshot.mode).toBe('disarmed');
    expect(story.codes).toContain('driver-lost');
    story.stick = { steering: 0.1, throttle: stickThrottle };
    expect(isNeutral(story.run(3000))).toBe(true);
    expect(story.mode).toBe('disarmed');
    const answer = story.arm('manual');
    expect(answer.accepted ? [] : answer.obstacles.map(({ code }) => code)).toEqual(['stick-not-centred']);
    story.drive('manual');
  });
});

describe('another driver', () => {
  it('of a car driven by hand must arm it', () => {
    const story = new Story().drive('manual');
    story.loop.request({ kind: 'driver-changed' }, story.nowMs);
    expect(isNeutral(story.run(2000))).toBe(true);
    expect(story.mode).toBe('disarmed');
    expect(story.codes).toContain('driver-changed');
    story.drive('manual');
  });
});

describe('old detections', () => {
  it('mean neutral after 250 ms, a stop after 1 s, and nothing resumes when they come back', () => {
    const story = new Story().drive('auto');
    while (story.nowMs % 40 !== 0) story.step();
    story.detects = false;
    expect(story.run(240)).not.toContain(0);
    expect(isNeutral(story.run(760))).toBe(true);
    expect(story.mode).toBe('auto');
    expect(story.step().snapshot.mode).toBe('stopping');
    expect(isNeutral(story.run(1500))).toBe(true);
    expect(story.mode).toBe('disarmed');
    story.detects = true;
    expect(isNeutral(story.run(3000))).toBe(true);
    expect(story.mode).toBe('disarmed');
    story.drive('auto');
  });

  it('are what a stop is put down to when the pilot can find no way in them', () => {
    const story = new Story().drive('auto');
    while (story.nowMs % 40 !== 0) story.step();
    story.detects = false;
    story.run(500);
    story.pilot.lost = true;
    const stopped = story.step();
    expect(stopped.snapshot).toMatchObject({ mode: 'stopping', neutralReason: 'detections late (520 ms old)' });
    expect(stopped.events).toMatchObject([{ code: 'detections-lost', detail: '520 ms old' }]);
    expect(story.codes).not.toContain('track-lost');
  });

  it('for less than 1 s hold the car until three fresh ones came', () => {
    const story = new Story().drive('auto');
    story.detects = false;
    story.run(600);
    story.detects = true;
    const throttles = story.run(200);
    expect(throttles[0]).toBe(0);
    expect(throttles.filter((throttle) => throttle === 0).length).toBeGreaterThanOrEqual(4);
    expect(throttles.at(-1)).toBe(pilotThrottle);
  });
});

describe('a camera that stalls', () => {
  it('is told with what helps this very camera, in the event and in the way of arming', () => {
    const story = new Story();
    const text = 'the simulated camera: no picture for 640 ms';
    story.loop.acceptCameraState({ state: 'stalled', text, cure: 'Close other programs' });
    expect(story.step().events).toMatchObject([{ code: 'camera-stalled', detail: text, cure: 'Close other programs' }]);
    const answer = story.arm('auto');
    expect(answer).toMatchObject({ obstacles: [{ code: 'camera-not-streaming', text, cure: 'Close other programs' }] });
  });
});

describe('the reason of the last stop', () => {
  it('stays until the car drives again', () => {
    const story = new Story().drive('auto');
    expect(story.newest?.snapshot.lastStop).toBeUndefined();
    story.pilot.lost = true;
    const { snapshot } = story.step();
    expect(snapshot.lastStop).toEqual({ code: 'track-lost', atMs: story.nowMs });
    story.pilot.lost = false;
    story.run(5000);
    expect(story.mode).toBe('disarmed');
    expect(story.newest?.snapshot.lastStop).toEqual(snapshot.lastStop);
    story.drive('manual');
    expect(story.newest?.snapshot.lastStop).toBeUndefined();
  });

  it('is none after a disarming by hand, and ends with the release of a stop by hand', () => {
    const story = new Story().drive('manual');
    story.loop.request({ kind: 'disarm' }, story.nowMs);
    story.run(2000);
    expect(story.newest?.snapshot).toMatchObject({ mode: 'disarmed', lastStop: undefined });
    story.drive('manual');
    story.loop.request({ kind: 'stop' }, story.nowMs);
    expect(story.step().snapshot.lastStop).toMatchObject({ code: 'emergency-stop' });
    story.loop.request({ kind: 'release-stop' }, story.nowMs);
    expect(story.step().snapshot.lastStop).toBeUndefined();
  });
});

describe('a controlled stop', () => {
  const causes: Record<string, (story: Story) => void> = {
    'the camera process ended': (story) => story.loop.setProcessAlive('perception', false),
    'no track': (story) => {
      story.pilot.lost = true;
    },
    'disarmed by hand': (story) => {
      story.loop.request({ kind: 'disarm' }, story.nowMs);
    },
  };
  for (const [cause, happen] of Object.entries(causes)) {
    it(`is neutral in the next period, never in reverse, and steers on: ${cause}`, () => {
      const story = new Story().drive('auto');
      happen(story);
      const step = story.step();
      expect(step.snapshot.mode).toBe('stopping');
      expect(step.snapshot.given).toEqual({ steering: 0.3, throttle: 0 });
      expect(step.snapshot.neutralReason).toBeDefined();
      expect(isNeutral(story.run(3000))).toBe(true);
      expect(story.mode).toBe('disarmed');
    });
  }

  it('follows 1 s after the last phone went, for a car that a phone armed', () => {
    const story = new Story().drive('auto');
    story.loop.setConnectedClients(0);
    expect(story.run(1000)).not.toContain(0);
    const step = story.step();
    expect(step.snapshot.mode).toBe('stopping');
    expect(throttleOf(step)).toBe(0);
    expect(isNeutral(story.run(3000))).toBe(true);
  });

  it('follows 1 s after the last sign of life of the phone that drives, though others are connected', () => {
    const story = new Story().drive('auto');
    story.loop.setConnectedClients(2);
    const silentSinceMs = story.nowMs;
    expect(story.run(900)).not.toContain(0);
    // The remote took its time to be sure that the page is frozen.
    story.loop.request({ kind: 'driver-gone', silentSinceMs }, story.nowMs);
    expect(story.run(80)).not.toContain(0);
    expect(throttleOf(story.step())).toBe(0);
    expect(story.mode).toBe('stopping');
    expect(isNeutral(story.run(3000))).toBe(true);
  });

  it('does not follow for a car that the daemon armed', () => {
    const story = new Story().drive('auto', 'daemon');
    story.loop.setConnectedClients(0);
    expect(story.run(5000)).not.toContain(0);
  });
});

describe('the emergency stop', () => {
  const from: Record<string, (story: Story) => void> = {
    disarmed: () => {},
    manual: (story) => {
      story.drive('manual');
    },
    auto: (story) => {
      story.drive('auto');
    },
    stopping: (story) => {
      story.drive('auto').loop.request({ kind: 'disarm' }, story.nowMs);
      story.step();
    },
  };
  for (const [mode, begin] of Object.entries(from)) {
    it(`stops from ${mode}, is latched, and its release arms nothing`, () => {
      const story = new Story();
      begin(story);
      expect(story.mode).toBe(mode);
      story.loop.request({ kind: 'stop', by: 'phone' }, story.nowMs);
      const step = story.step();
      expect(step.commands[0]?.kind).toBe('emergency-stop');
      expect(throttleOf(step)).toBe(0);
      story.stick = { steering: 0, throttle: 0 };
      expect(isNeutral(story.run(2000))).toBe(true);
      expect(story.mode).toBe('estop');
      for (const armed of ['manual', 'auto'] as const) expect(story.arm(armed).accepted).toBe(false);
      story.loop.request({ kind: 'release-stop' }, story.nowMs);
      story.stick = { steering: 0, throttle: stickThrottle };
      story.commands.length = 0;
      expect(isNeutral(story.run(2000))).toBe(true);
      expect(story.mode).toBe('disarmed');
      expect(story.commands.map(({ kind }) => kind)).not.toContain('arm');
      story.drive('manual');
    });
  }
});

describe('motor control that ended', () => {
  for (const mode of ['manual', 'auto'] as const) {
    it(`disarms ${mode}, and its return arms nothing`, () => {
      const story = new Story().drive(mode);
      story.loop.setProcessAlive('actuation', false);
      const step = story.step();
      expect(step.snapshot.mode).toBe('disarmed');
      expect(step.commands[0]?.kind).toBe('disarm');
      expect(throttleOf(step)).toBe(0);
      story.loop.setProcessAlive('actuation', true);
      expect(isNeutral(story.run(2000))).toBe(true);
      expect(story.mode).toBe('disarmed');
    });
  }
});

describe('a board at fault', () => {
  it('disarms, and can be armed again once it is ready', () => {
    const story = new Story().drive('manual');
    const text = 'no answer at 0x40';
    story.loop.acceptActuation({ kind: 'fault', atMs: story.nowMs, cause: 'bus-error', text });
    expect(story.step().snapshot.mode).toBe('disarmed');
    expect(isNeutral(story.run(500))).toBe(true);
    // Again, while disarmed.
    story.loop.acceptActuation({ kind: 'fault', atMs: story.nowMs, cause: 'bus-error', text });
    expect(story.arm('manual').accepted).toBe(false);
    story.run(100);
    story.drive('manual');
  });
});

describe('a time-out that was changed', () => {
  it('trips neither early nor late: the driver', () => {
    const story = new Story({ driverNeutralAfterMs: 500, driverDisarmAfterMs: 2000 }).drive('manual');
    story.stick = undefined;
    expect(story.run(480)).not.toContain(0);
    expect(isNeutral(story.run(100).slice(1))).toBe(true);
    story.run(1500 - 100);
    expect(story.mode).toBe('manual');
    story.run(120);
    expect(story.mode).toBe('disarmed');
  });

  it('trips neither early nor late: the detections', () => {
    const story = new Story({ detectionNeutralAfterMs: 500, detectionStopAfterMs: 2000 }).drive('auto');
    while (story.nowMs % 40 !== 0) story.step();
    story.detects = false;
    expect(story.run(500)).not.toContain(0);
    expect(isNeutral(story.run(100).slice(1))).toBe(true);
    story.run(900);
    expect(story.mode).toBe('auto');
    story.run(600);
    expect(story.codes).toContain('detections-lost');
  });
});

describe('a phone that is lost in auto', () => {
  it('changes nothing where that is the policy, and the car still stops for everything else', () => {
    const story = new Story({ lostPhoneInAuto: 'continue' }).drive('auto');
    story.stick = undefined;
    story.loop.setConnectedClients(0);
    expect(story.run(5000)).not.toContain(0);
    expect(story.mode).toBe('auto');
    story.pilot.lost = true;
    story.run(100);
    expect(story.mode).toBe('stopping');
  });
});

describe('an armed car that nobody drives', () => {
  it.each(['manual', 'auto'] as const)('is disarmed after 30 s in %s, not before', (mode) => {
    const story = new Story().drive(mode);
    story.stick = { steering: 0, throttle: 0 };
    story.pilot.throttle = 0;
    story.run(29_900);
    expect(story.mode).toBe(mode);
    story.run(200);
    expect(story.mode).toBe('disarmed');
    expect(story.codes).toContain('idle-disarmed');
  });

  it('counts anew whenever it is driven', () => {
    const story = new Story().drive('manual');
    for (let times = 0; times < 4; times++) {
      story.stick = { steering: 0, throttle: 0 };
      story.run(20_000);
      story.stick = { steering: 0, throttle: stickThrottle };
      story.run(100);
    }
    expect(story.mode).toBe('manual');
  });
});

describe('temperature and battery', () => {
  it('hot: the pilot drives slower, is told, and drives on as before when it is cool', () => {
    const story = new Story().drive('auto');
    story.pilot.throttle = 1;
    story.loop.acceptReadings({ board: { temperatureLevel: 'warning' } });
    const capped = story.run(100).at(-1)!;
    expect(capped).toBeLessThan(0.7);
    expect(capped).toBeGreaterThan(0.2);
    expect(story.newest?.snapshot.slowReason).toBe('the computer is hot');
    story.loop.acceptReadings({ board: { temperatureLevel: 'normal' } });
    expect(story.run(100).at(-1)).toBe(1);
    expect(story.codes.filter((code) => ['hot', 'cool'].includes(code))).toEqual(['hot', 'cool']);
  });

  it.each([
    ['too-hot', { board: { temperatureLevel: 'critical' } }, { board: { temperatureLevel: 'normal' } }, 'cool'],
    [
      'battery-empty',
      { battery: { volts: 6, level: 'critical' } },
      { battery: { volts: 8, level: 'normal' } },
      'battery-good',
    ],
  ] as const)('%s stops the car once, and none is armed until it is over', (code, bad, good, over) => {
    const story = new Story().drive('manual');
    story.loop.acceptReadings(bad);
    expect(isNeutral(story.run(3000))).toBe(true);
    expect(story.codes.filter((each) => each === code)).toHaveLength(1);
    const refused = story.arm('manual');
    expect(refused.accepted ? [] : refused.obstacles.map((obstacle) => obstacle.code)).toContain(code);
    story.loop.acceptReadings(good);
    expect(isNeutral(story.run(1000))).toBe(true);
    expect(story.codes).toContain(over);
    story.drive('manual');
  });

  it('a low battery is told and stops nothing; full memory and disk let a drive go on, but none begin', () => {
    const story = new Story().drive('auto');
    story.loop.acceptReadings({
      battery: { volts: 7, level: 'warning' },
      board: { hints: [{ code: 'disk-low', text: 'The disk is nearly full', cure: 'Delete old drives' }] },
    });
    expect(story.run(1000)).not.toContain(0);
    expect(story.codes).toContain('battery-low');
    story.loop.request({ kind: 'disarm' }, story.nowMs);
    story.stick = undefined;
    story.run(2000);
    const refused = story.arm('manual');
    expect(refused.accepted ? [] : refused.obstacles.map((obstacle) => obstacle.code)).toEqual(['disk-low']);
  });
});

describe('what was lost and comes back', () => {
  it('is told: motor control', () => {
    const story = new Story().drive('manual');
    story.loop.setProcessAlive('actuation', false);
    story.run(1000);
    expect(story.codes.filter((code) => code === 'actuation-back')).toHaveLength(1);
  });

  it('is told: perception, the camera, the detector', () => {
    const story = new Story();
    story.loop.setProcessAlive('perception', false);
    story.loop.acceptCameraState({ state: 'streaming' });
    story.step();
    expect(story.codes).not.toContain('perception-back');
    story.loop.acceptDetectorState({ state: 'ready' });
    story.loop.acceptCameraState({ state: 'stalled' });
    story.loop.acceptCameraState({ state: 'streaming' });
    story.loop.acceptDetectorState({ state: 'failed' });
    story.loop.acceptDetectorState({ state: 'loading' });
    story.loop.acceptDetectorState({ state: 'ready' });
    story.run(100);
    expect(story.codes.filter((code) => code.endsWith('-back'))).toEqual([
      'perception-back',
      'camera-back',
      'detector-back',
    ]);
  });
});

describe('shutting down', () => {
  for (const mode of ['manual', 'auto'] as const) {
    it(`is neutral at once from ${mode}, and nothing arms any more`, () => {
      const story = new Story().drive(mode);
      story.loop.request({ kind: 'shutdown' }, story.nowMs);
      const step = story.step();
      expect(step.commands[0]?.kind).toBe('disarm');
      expect(throttleOf(step)).toBe(0);
      story.stick = { steering: 0, throttle: 0 };
      expect(isNeutral(story.run(1000))).toBe(true);
      expect(story.arm(mode).accepted).toBe(false);
    });
  }
});
