import { describe, expect, it } from 'vitest';
import { createDriveLoop } from './drive-loop.ts';
import { blindnessToTrack } from './ground.ts';
import { config, isNeutral, pilotThrottle, Story, StoryPilot, stickThrottle } from './testing/drive-story.ts';

describe('arming', () => {
  it('lists everything that stands in the way at once', () => {
    const loop = createDriveLoop({ config, createPilot: () => new StoryPilot() });
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

  it('waits for the stick to be let go of, also where its commands came too late to drive', () => {
    const story = new Story();
    story.stick = undefined;
    story.run(400);
    const arm = (throttle: number) => {
      const stick = { steering: 0, throttle };
      const answer = story.loop.request({ kind: 'arm', mode: 'manual', armedBy: 'remote', stick }, story.nowMs);
      return answer.accepted ? [] : answer.obstacles.map(({ code }) => code);
    };
    expect(arm(stickThrottle)).toEqual(['stick-not-centred']);
    expect(arm(0)).toEqual([]);
  });

  it.each([
    { state: 'loading', cure: 'Wait', code: undefined },
    { state: 'refused', cure: 'Check --model', code: 'model-refused' },
    { state: 'failed', cure: 'Wait', code: 'detector-failed' },
  ] as const)('says what helps a detector that is $state', ({ state, cure, code }) => {
    const loop = createDriveLoop({ config, createPilot: () => new StoryPilot() });
    loop.acceptDetectorState({ state });
    const answer = loop.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' }, 100);
    const obstacles = answer.accepted ? [] : answer.obstacles;
    expect(obstacles.find((obstacle) => obstacle.code.startsWith('detector-'))).toMatchObject({ cure });
    expect(loop.step(100).events.map((event) => event.code)).toEqual(
      [code, 'arming-refused'].filter((each) => each !== undefined),
    );
  });

  it('says of a network without cones that it is the network, not where the car stands', () => {
    const story = new Story();
    const obstacles = (labels: readonly string[]) => {
      story.loop.acceptDetectorState({ state: 'ready', labels });
      const answer = story.loop.request({ kind: 'arm', mode: 'auto', armedBy: 'remote' }, 100);
      return answer.accepted ? [] : answer.obstacles.map(({ code }) => code);
    };
    expect(obstacles(['person', 'dog'])).toContain('network-without-cones');
    expect(obstacles(['person', 'dog'])).not.toContain('no-track');
    expect(obstacles(['blue cone', 'yellow cone'])).not.toContain('network-without-cones');
  });

  it.each([
    [['blue cone', 'yellow cone'], undefined],
    [['person', 'orange cone'], undefined],
    [['person'], 'knows no cones (1 class: person)'],
    [['cone', 'constructor', 'toString', 'dog'], 'knows no cones (4 classes: cone, constructor, toString, …)'],
  ])('says of a network of %j whether it knows cones', (labels, blindness) => {
    expect(blindnessToTrack(labels)).toBe(blindness);
  });

  it('says once that the detector fell back to another device, and why', () => {
    const story = new Story();
    const fallbacks = ['cuda is not used: libcudnn.so.8 is missing'];
    story.loop.acceptDetectorState({ state: 'loading' });
    story.loop.acceptDetectorState({ state: 'ready', fallbacks });
    story.loop.acceptDetectorState({ state: 'ready', fallbacks });
    expect(story.step().events).toMatchObject([{ code: 'detector-fallback', detail: fallbacks[0] }]);
    expect(story.step().events).toEqual([]);
    // A phone that comes later asks, until the detector runs where it should.
    expect(story.loop.standingEvents(7)).toEqual([{ code: 'detector-fallback', atMs: 7, detail: fallbacks[0] }]);
    story.loop.acceptDetectorState({ state: 'loading' });
    expect(story.loop.standingEvents(7)).toEqual([]);
    story.loop.acceptDetectorState({ state: 'ready' });
    expect(story.step().events).toEqual([]);
    expect(story.loop.standingEvents(7)).toEqual([]);
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
