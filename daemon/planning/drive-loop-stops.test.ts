import { describe, expect, it, test } from 'vitest';
import { config, isNeutral, Story, stickThrottle, throttleOf } from './testing/drive-story.ts';

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

  it('is the stop by hand that holds, also of a car that had stopped by itself before', () => {
    const story = new Story().drive('auto');
    story.pilot.lost = true;
    story.run(5000);
    expect(story.newest?.snapshot).toMatchObject({ mode: 'disarmed', lastStop: { code: 'track-lost' } });
    story.loop.request({ kind: 'stop' }, story.nowMs);
    const { snapshot } = story.step();
    expect(snapshot.lastStop).toMatchObject({ code: 'emergency-stop' });
    story.loop.request({ kind: 'stop' }, story.nowMs);
    expect(story.step().snapshot.lastStop).toEqual(snapshot.lastStop);
  });
});

test('how long a frame took to its command is told while frames drive, and not of what came before', () => {
  const story = new Story();
  const told = () => story.newest?.snapshot.frameToCommandMs;
  expect(told()).toBeUndefined();
  story.drive('auto');
  expect(told()).toBeGreaterThanOrEqual(0);
  story.loop.request({ kind: 'set-mode', mode: 'manual' }, story.nowMs);
  story.step();
  expect(told()).toBeUndefined();
  story.loop.request({ kind: 'set-mode', mode: 'auto' }, story.nowMs);
  story.run(100);
  expect(told()).toBeGreaterThanOrEqual(0);
  story.loop.request({ kind: 'disarm' }, story.nowMs);
  story.run(3000);
  expect(story.mode).toBe('disarmed');
  expect(told()).toBeUndefined();
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
    // In words that fit a phone which was silent for a second, too.
    expect(step.events).toMatchObject([{ code: 'remote-lost', detail: 'silent for 1.0 s' }]);
    expect(step.snapshot.neutralReason).toContain('the phone was silent for 1.0 s');
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

  it('the slower speed is that of the settings as they are, not as they were at the start', () => {
    const story = new Story();
    const halved = { ...config.pilot, maxSpeedMps: config.pilot.maxSpeedMps / 2 };
    story.pilot.throttle = 1;
    story.loop.acceptReadings({ board: { temperatureLevel: 'warning' } });
    const cappedBy = (): number => {
      story.stick = { steering: 0, throttle: 0 };
      story.run(100);
      expect(story.arm('auto')).toEqual({ accepted: true });
      const throttle = story.run(500).at(-1)!;
      story.loop.request({ kind: 'disarm' }, story.nowMs);
      story.run(2000);
      return throttle;
    };
    const before = cappedBy();
    story.loop.reconfigure({ ...config, pilot: halved });
    expect(cappedBy()).toBeCloseTo(before / 2);
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
    // A person who takes the wheel begins nothing.
    expect(story.loop.request({ kind: 'set-mode', mode: 'manual' }, story.nowMs)).toEqual({ accepted: true });
    expect(story.loop.request({ kind: 'set-mode', mode: 'auto' }, story.nowMs).accepted).toBe(false);
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
