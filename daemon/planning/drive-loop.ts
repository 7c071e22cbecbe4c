import type { CarConfig } from '../car/config.ts';
import type { GateCommand } from '../protocol/actuation-messages.ts';
import { isStickCentred } from '../protocol/driver-command.ts';
import type { CarEvent } from '../protocol/events.ts';
import type { ArmingObstacle } from '../protocol/modes.ts';
import { armingObstacles } from './arming.ts';
import type { DriveLoop, DriveRequest, DriveStep, RequestAnswer } from './drive-types.ts';
import { DetectionWatch, DriverWatch } from './freshness.ts';
import { GateWatch } from './gate-watch.ts';
import { lastStopAfter } from './last-stop.ts';
import {
  type DrivingMode,
  initialModeState,
  isArmed,
  type ModeEffect,
  type ModeEvent,
  modeObstacles,
  neutralReason,
  reduceMode,
  slowReason,
} from './modes.ts';
import { MotionWatch } from './motion-watch.ts';
import { createConePilot } from './pilots/cone-pilot.ts';
import { type DriveValues, neutral, type Pilot, type PilotDecision } from './pilots/pilot.ts';
import { ReadingsWatch } from './readings-watch.ts';
import { SystemWatch } from './system-watch.ts';
import { standstillMps } from './vehicle-response.ts';
import { ViewWatch } from './view-watch.ts';

export type * from './drive-types.ts';

/**
 * The drive loop: sample, decide, arbitrate, limit, send. Time is an argument; inputs are kept newest-wins between
 * steps, so it runs the same on a 20 ms timer and on simulated time.
 */
export function createDriveLoop(options: {
  readonly config: CarConfig;
  /** Between cones, unless told otherwise. */
  readonly createPilot?: (config: CarConfig) => Pilot;
}): DriveLoop {
  const { createPilot = createConePilot } = options;
  let { config } = options;
  let pilot = createPilot(config);
  const { safety } = config;
  const driver = new DriverWatch(safety);
  const detections = new DetectionWatch(safety);
  const motion = new MotionWatch(safety);
  let view = new ViewWatch(config);
  const readings = new ReadingsWatch();
  const gate = new GateWatch();
  const system = new SystemWatch(safety);
  let state = initialModeState;
  let effects: ModeEffect[] = [];
  let sequence = 0;
  let given = neutral;
  let decision: PilotDecision | undefined;
  let waitingFor: string | undefined;
  let lastStop: CarEvent | undefined;
  let cappedThrottle = cappedThrottleOf(config);
  let drivenFrame: { readonly id: number; readonly toCommandMs: number } | undefined;

  const apply = (event: ModeEvent, nowMs: number): readonly ModeEffect[] => {
    const before = state;
    const next = reduceMode(state, event, nowMs);
    state = next.state;
    lastStop = lastStopAfter(lastStop, { before, after: state, effects: next.effects }, nowMs);
    if (state.mode === 'manual' && before.mode !== 'manual') driver.begin(nowMs);
    if (state.mode === 'auto' && before.mode !== 'auto') detections.begin();
    // A car that was stopped may be carried elsewhere: what the pilot remembers of its way would lead it astray there.
    if (isArmed(before) && !isArmed(state)) pilot = createPilot(config);
    effects.push(...next.effects.filter((effect) => effect.kind !== 'refuse'));
    // What the gate said before is no answer to what it is about to be told.
    if (next.effects.some((effect) => effect.kind !== 'refuse' && effect.kind !== 'announce')) gate.told(nowMs);
    return next.effects;
  };

  const obstaclesFor = (mode: DrivingMode, nowMs: number, stick = driver.stick(nowMs)): ArmingObstacle[] =>
    armingObstacles(mode, {
      actuationAlive: gate.alive,
      actuationFault: gate.fault,
      actuationStatus: gate.status,
      camera: system.camera,
      detector: system.detector,
      perceptionAlive: system.perceptionAlive,
      detectionAgeMs: detections.ageMs(nowMs),
      detectionNeutralAfterMs: safety.detectionNeutralAfterMs,
      rareGapMs: detections.rareGapMs(),
      readings: readings.obstacles({ begins: mode === 'auto' || !isArmed(state) }),
      viewDoubt: view.doubt,
      trackInSight: decision?.kind === 'drive',
      // A stick that is in use changes the mode freely; it must be centred to arm.
      stick: isArmed(state) ? undefined : stick,
      shuttingDown: system.shuttingDown,
    });

  function sample(nowMs: number): void {
    const frame = detections.take();
    if (frame !== undefined) {
      motion.observe(frame);
      view.observe(frame);
      // Cones where there are none would stay in its map.
      if (view.doubt === undefined) pilot.observe(frame);
    }
    const stick = driver.stick(nowMs);
    const events: ModeEvent[] = [
      { kind: 'tick', stickCentred: stick !== undefined && isStickCentred(stick) },
      ...gate.events(nowMs, isArmed(state)),
      ...system.events(nowMs),
      ...driver.events(nowMs),
      ...detections.events(nowMs),
      ...view.events(),
      ...readings.events(),
      ...motion.events(nowMs, given, isArmed(state)),
    ];
    for (const event of events) apply(event, nowMs);
  }

  function decide(nowMs: number): PilotDecision {
    const made = pilot.decide(nowMs);
    decision = made;
    if (made.kind === 'lost') {
      apply(made.reason === 'off-track' ? { kind: 'left-track' } : detections.whyLost(nowMs), nowMs);
    }
    if (Math.abs(made.speedMps) < standstillMps) apply({ kind: 'standstill' }, nowMs);
    const waiting = made.kind === 'drive' && state.mode === 'auto' ? made.waiting : undefined;
    if (waiting !== undefined && waiting.code !== waitingFor) {
      effects.push({ kind: 'announce', code: waiting.code, detail: waiting.detail });
    }
    waitingFor = waiting?.code;
    return made;
  }

  function arbitrate(made: PilotDecision, nowMs: number): DriveValues {
    switch (state.mode) {
      case 'disarmed':
      case 'estop':
        return neutral;
      case 'manual':
        return driver.stick(nowMs) ?? neutral;
      case 'auto':
        return made.kind === 'drive' ? made : { steering: given.steering, throttle: 0 };
      case 'stopping':
        // On along the track if there is one, else as the wheels stand.
        return { steering: made.kind === 'drive' ? made.steering : given.steering, throttle: 0 };
    }
  }

  function limit(asked: DriveValues): DriveValues {
    // Without a reason to be neutral the gate's slew and caps do the rest; here only what no command may be.
    const allowed = neutralReason(state) === undefined ? unit(asked.throttle) : 0;
    const throttle = slowReason(state) === undefined ? allowed : Math.min(cappedThrottle, allowed);
    // A pilot goes on steering while it coasts; nobody holds the wheel of a late driver.
    const steering =
      throttle === 0 && state.mode === 'manual' && neutralReason(state) !== undefined ? 0 : unit(asked.steering);
    return { steering, throttle };
  }

  function send(made: PilotDecision, nowMs: number): { commands: GateCommand[]; events: CarEvent[] } {
    const commands: GateCommand[] = [];
    const notices = [...system.takeNotices(), ...readings.takeNotices()];
    const events: CarEvent[] = notices.map((notice) => ({ ...notice, atMs: nowMs }));
    if (gate.takeReturn()) events.push({ code: 'actuation-back', atMs: nowMs });
    for (const effect of effects) {
      if (effect.kind === 'announce') events.push(announcement(effect, nowMs));
      else if (effect.kind !== 'refuse') {
        gate.told(nowMs);
        commands.push({ ...effect, atMs: nowMs });
      }
    }
    effects = [];
    if (gate.disobeys(isArmed(state))) {
      gate.told(nowMs);
      commands.push({ kind: 'disarm', atMs: nowMs, reason: 'not armed' });
    }
    // Neutral is commanded too: arming wants to see it, and silence looks like a fault.
    const drive = { kind: 'drive', sequence: sequence++, issuedAtMs: nowMs, ...given } as const;
    const { frameId, capturedAtMs } = state.mode === 'auto' || state.mode === 'stopping' ? made : {};
    if (frameId === undefined || capturedAtMs === undefined) {
      commands.push(drive);
      // No frame drives: how long the last one took to do so is past.
      drivenFrame = undefined;
    } else {
      commands.push({ ...drive, frameId, capturedAtMs });
      if (drivenFrame?.id !== frameId) drivenFrame = { id: frameId, toCommandMs: nowMs - capturedAtMs };
    }
    return { commands, events };
  }

  function request(asked: DriveRequest, nowMs: number): RequestAnswer {
    switch (asked.kind) {
      case 'arm': {
        const obstacles = obstaclesFor(asked.mode, nowMs, asked.stick);
        return answer(apply({ kind: 'arm-requested', mode: asked.mode, armedBy: asked.armedBy, obstacles }, nowMs));
      }
      case 'set-mode': {
        const obstacles = obstaclesFor(asked.mode, nowMs);
        return answer(apply({ kind: 'mode-requested', mode: asked.mode, obstacles }, nowMs));
      }
      case 'disarm':
        return answer(apply({ kind: 'disarm-requested' }, nowMs));
      case 'stop':
        return answer(apply({ kind: 'stop-pressed', by: asked.by ?? 'stop button' }, nowMs));
      case 'release-stop':
        return answer(apply({ kind: 'stop-released' }, nowMs));
      case 'driver-changed':
        driver.changeDriver(nowMs);
        system.driverCame();
        return answer(apply({ kind: 'driver-changed' }, nowMs));
      case 'driver-gone':
        driver.changeDriver(nowMs);
        system.driverWent(Math.min(nowMs, asked.silentSinceMs ?? nowMs));
        return answer(apply({ kind: 'driver-gone' }, nowMs));
      case 'shutdown':
        system.shutDown();
        return answer(apply({ kind: 'shutdown' }, nowMs));
    }
  }

  function step(nowMs: number): DriveStep {
    sample(nowMs);
    const made = decide(nowMs);
    const asked = arbitrate(made, nowMs);
    given = limit(asked);
    const { commands, events } = send(made, nowMs);
    pilot.drove(given, nowMs);
    view.drove(given, nowMs);
    const own = modeObstacles(state);
    return {
      commands,
      events,
      snapshot: {
        mode: state.mode,
        asked,
        given,
        neutralReason: neutralReason(state),
        slowReason: slowReason(state),
        lastStop,
        plan: made.plan,
        speedMps: made.speedMps,
        detectionAgeMs: detections.ageMs(nowMs),
        frameToCommandMs: drivenFrame?.toCommandMs,
        obstacles: isArmed(state) ? own : [...own, ...obstaclesFor('manual', nowMs)],
        autoObstacles: isArmed(state) ? own : [...own, ...obstaclesFor('auto', nowMs)],
      },
    };
  }

  return {
    get pilotName() {
      return pilot.name;
    },
    acceptDetections: (frame) => detections.accept(frame),
    acceptDriverCommand: (command) => driver.accept(command),
    acceptActuation: (report) => gate.accept(report),
    acceptCameraState: (report) => system.setCamera(report),
    acceptDetectorState: (report) => system.setDetector(report),
    standingEvents: (nowMs) => system.standing().map((notice) => ({ ...notice, atMs: nowMs })),
    acceptReadings: (newest) => readings.accept(newest),
    setConnectedClients: (count) => system.setClients(count),
    setProcessAlive: (process, alive) => {
      if (process === 'actuation') gate.setAlive(alive);
      system.setAlive(process, alive);
    },
    expectAnew(process) {
      if (process === 'actuation') gate.setAlive(false);
      else system.forgetPerception();
    },
    reconfigure(next) {
      config = next;
      pilot = createPilot(config);
      view = new ViewWatch(config);
      cappedThrottle = cappedThrottleOf(config);
    },
    request,
    step,
  };
}

function answer(effects: readonly ModeEffect[]): RequestAnswer {
  const refusal = effects.find((effect) => effect.kind === 'refuse');
  return refusal === undefined ? { accepted: true } : { accepted: false, obstacles: refusal.obstacles };
}

function announcement(effect: Omit<CarEvent, 'atMs' | 'cure'>, atMs: number): CarEvent {
  const { code, detail, trouble, obstacles } = effect;
  return {
    ...{ code, atMs },
    ...(detail !== undefined && { detail }),
    ...(trouble !== undefined && { trouble }),
    ...(obstacles !== undefined && { obstacles }),
  };
}

/** What holds the capped speed on the flat; a motor follows its throttle. */
function cappedThrottleOf({ safety, pilot, vehicle }: CarConfig): number {
  return (safety.cappedSpeedShare * pilot.maxSpeedMps) / vehicle.topSpeedMps;
}

/** A value no command may leave; what is no number is neutral. */
function unit(value: number): number {
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
}
