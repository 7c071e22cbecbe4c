import type { EventCode } from '../protocol/events.ts';
import type { ArmingObstacle } from '../protocol/modes.ts';
import type { Trouble } from '../protocol/troubles.ts';
import type { ArmedBy, Caps, DrivingMode, Holds, ModeEffect, ModeEvent, ModeState, ModeStep } from './mode-types.ts';

export type * from './mode-types.ts';

/**
 * The car's modes as a pure reducer: `(state, event, nowMs) → { state, effects }`, total over every state and event.
 * It also runs in the browser, so it imports nothing but types.
 *
 *     disarmed ──arm──► manual ◄──► auto ──► stopping ──► disarmed        estop: latched, from anywhere
 *
 * The watchdog events (`driver-late`, `detections-lost`, …) may be sent again and again while their condition lasts:
 * only the first one has effects.
 */

/** A takeover while the pilot drives holds neutral at least this long. */
export const takeoverNeutralMs = 200;
/** A controlled stop that has found no standstill by then ends in `disarmed` all the same. */
export const stoppingLimitMs = 1500;

/** So many holds within so long are no hiccups any more. */
export const unsteadyHolds = 5;
export const unsteadyWithinMs = 10_000;

export const initialModeState: ModeState = { mode: 'disarmed' };

const noHolds: Holds = { driverLate: false, detectionsLate: false, takeoverUntilMs: undefined };
const noCaps: Caps = { detectionsDelayed: false, hot: false };

export function isArmed(state: ModeState): boolean {
  return state.mode === 'manual' || state.mode === 'auto' || state.mode === 'stopping';
}

/** Why the wheels must be neutral now, or undefined when the driver or the pilot may move them. */
export function neutralReason(state: ModeState): string | undefined {
  switch (state.mode) {
    case 'disarmed':
      return 'disarmed';
    case 'estop':
      return 'stopped by hand';
    // The motor's own drag stops the car; to brake by reversing on an estimated speed could drive it backwards.
    case 'stopping':
      return state.reason;
    case 'manual':
    case 'auto':
      if (state.holds.takeoverUntilMs !== undefined) return 'another driver takes over';
      if (state.holds.driverLate) return 'control signal late';
      if (state.holds.detectionsLate) return 'detections late';
      return undefined;
  }
}

/** Why the pilot drives slower than it would, or undefined when it need not. A driver at the stick is not slowed. */
export function slowReason(state: ModeState): string | undefined {
  if (state.mode !== 'auto') return undefined;
  if (state.caps.detectionsDelayed) return 'the picture is late';
  return state.caps.hot ? 'the computer is hot' : undefined;
}

type Driving = Extract<ModeState, { mode: DrivingMode }>;

const stay = (state: ModeState): ModeStep => ({ state, effects: [] });

function announcement(code: EventCode, detail?: string, trouble?: Trouble): ModeEffect {
  return {
    ...{ kind: 'announce', code },
    ...(detail !== undefined && { detail }),
    ...(trouble !== undefined && { trouble }),
  };
}

function toDisarmed(reason: string, code: EventCode, detail?: string, trouble?: Trouble): ModeStep {
  return {
    state: { mode: 'disarmed' },
    effects: [{ kind: 'disarm', reason }, announcement(code, detail, trouble)],
  };
}

function toStopping(reason: string, code: EventCode | undefined, nowMs: number, detail?: string): ModeStep {
  const announce = code === undefined ? [] : [announcement(code, detail)];
  return { state: { mode: 'stopping', sinceMs: nowMs, reason }, effects: announce };
}

function detectionsLost(ageMs: number | undefined, nowMs: number): ModeStep {
  const detail = ageMs === undefined ? undefined : `${Math.round(ageMs)} ms old`;
  const reason = detail === undefined ? 'detections late' : `detections late (${detail})`;
  return toStopping(reason, 'detections-lost', nowMs, detail);
}

function refuse(state: ModeState, obstacles: readonly ArmingObstacle[]): ModeStep {
  // Who drives already was not refused to arm, but to drive in another way.
  const code = state.mode === 'manual' || state.mode === 'auto' ? 'mode-refused' : 'arming-refused';
  const detail = obstacles.map((obstacle) => obstacle.text).join('; ');
  return {
    state,
    effects: [
      { kind: 'refuse', obstacles },
      { kind: 'announce', code, detail, obstacles: [...obstacles] },
    ],
  };
}

/** What the mode itself puts in the way of arming. */
export function modeObstacles(state: ModeState): ArmingObstacle[] {
  switch (state.mode) {
    case 'estop':
      return [{ code: 'stop-latched', text: 'The stop is pressed', cure: 'Release the stop' }];
    case 'stopping':
      return [{ code: 'stopping', text: 'The car is still stopping', cure: 'Wait until it stands' }];
    case 'disarmed':
    case 'manual':
    case 'auto':
      return [];
  }
}

const notArmed: ArmingObstacle = { code: 'not-armed', text: 'The car is not armed', cure: 'Arm it first' };

function change(state: Driving, mode: DrivingMode, armedBy: ArmedBy): ModeStep {
  if (state.mode === mode) return stay({ ...state, armedBy });
  // A takeover in progress is carried over; the watchdogs of the other mode start afresh.
  return stay({ ...state, mode, armedBy, holds: { ...noHolds, takeoverUntilMs: state.holds.takeoverUntilMs } });
}

function hold(state: Driving, holds: Partial<Holds>, code?: EventCode): ModeStep {
  const announce = code === undefined ? [] : [announcement(code)];
  return { state: { ...state, holds: { ...state.holds, ...holds } }, effects: announce };
}

/** One more hold of those that come and go by themselves. When they come again and again, the car stops. */
function holdAgain(state: Driving, holds: Partial<Holds>, code: EventCode, nowMs: number): ModeStep {
  const heldAtMs = [...state.heldAtMs.filter((atMs) => nowMs - atMs < unsteadyWithinMs), nowMs];
  if (heldAtMs.length < unsteadyHolds) return hold({ ...state, heldAtMs }, holds, code);
  const reason = `held ${heldAtMs.length} times in ${unsteadyWithinMs / 1000} s`;
  return state.mode === 'auto' ? toStopping(reason, 'unsteady', nowMs, reason) : toDisarmed(reason, 'unsteady', reason);
}

function cap(state: Driving, caps: Partial<Caps>, code?: EventCode, detail?: string): ModeStep {
  const announce = code === undefined ? [] : [announcement(code, detail)];
  return { state: { ...state, caps: { ...state.caps, ...caps } }, effects: announce };
}

/** A trouble of the car as a whole: nobody drives on with it, and who does not drive is told. */
function stopDriving(state: ModeState, reason: string, code: EventCode, nowMs: number): ModeStep {
  if (isDriving(state)) return toStopping(reason, code, nowMs);
  return { state, effects: [{ kind: 'announce', code }] };
}

/** Why frames are missing, when it is the detector that passes them by. */
function behind(skippedShare: number | undefined): string | undefined {
  if (skippedShare === undefined) return undefined;
  return `the detector falls behind and passes by ${Math.round(100 * skippedShare)} % of the camera's`;
}

function tick(state: ModeState, stickCentred: boolean, nowMs: number): ModeStep {
  switch (state.mode) {
    case 'disarmed':
    case 'estop':
      return stay(state);
    case 'stopping':
      return nowMs - state.sinceMs >= stoppingLimitMs
        ? toDisarmed(state.reason, 'disarmed', state.reason)
        : stay(state);
    case 'manual':
    case 'auto': {
      const until = state.holds.takeoverUntilMs;
      if (until === undefined || nowMs < until) return stay(state);
      return state.mode === 'auto' || stickCentred ? hold(state, { takeoverUntilMs: undefined }) : stay(state);
    }
  }
}

/** Whether a driver or the pilot may drive, as a narrowing of the state. */
function isDriving(state: ModeState): state is Driving {
  return state.mode === 'manual' || state.mode === 'auto';
}

/** `nowMs` is the monotonic clock's, and never smaller than at the event before. */
export function reduceMode(state: ModeState, event: ModeEvent, nowMs: number): ModeStep {
  switch (event.kind) {
    case 'arm-requested': {
      const obstacles = [...modeObstacles(state), ...event.obstacles];
      if (obstacles.length > 0) return refuse(state, obstacles);
      if (isDriving(state)) return change(state, event.mode, event.armedBy);
      return {
        state: { mode: event.mode, armedBy: event.armedBy, holds: noHolds, caps: noCaps, heldAtMs: [] },
        effects: [{ kind: 'arm' }, { kind: 'announce', code: 'armed', detail: event.mode }],
      };
    }
    case 'mode-requested': {
      if (!isDriving(state)) {
        const own = modeObstacles(state);
        return refuse(state, [...(own.length > 0 ? own : [notArmed]), ...event.obstacles]);
      }
      if (event.obstacles.length > 0) return refuse(state, event.obstacles);
      return change(state, event.mode, 'remote');
    }
    case 'disarm-requested':
      if (isDriving(state)) return toStopping('disarmed by hand', undefined, nowMs);
      // Asked twice: at once.
      return state.mode === 'stopping' ? toDisarmed('disarmed by hand', 'disarmed') : stay(state);
    case 'stop-pressed': {
      const stop: ModeEffect = { kind: 'emergency-stop', reason: event.by };
      // Sent again in `estop`, where it can only help, but told once.
      if (state.mode === 'estop') return { state, effects: [stop] };
      return {
        state: { mode: 'estop' },
        effects: [stop, { kind: 'announce', code: 'emergency-stop', detail: event.by }],
      };
    }
    case 'stop-released':
      if (state.mode !== 'estop') return stay(state);
      return {
        state: { mode: 'disarmed' },
        effects: [{ kind: 'clear-stop' }, { kind: 'announce', code: 'stop-released' }],
      };
    case 'driver-changed':
      // Nobody drives with another's arming.
      if (state.mode === 'manual') return toDisarmed('another driver took over', 'driver-changed');
      if (state.mode !== 'auto') return stay(state);
      return hold(state, { takeoverUntilMs: nowMs + takeoverNeutralMs }, 'driver-changed');
    case 'driver-late':
      return state.mode === 'manual' && !state.holds.driverLate
        ? holdAgain(state, { driverLate: true }, 'driver-late', nowMs)
        : stay(state);
    case 'driver-recovered':
      return state.mode === 'manual' && state.holds.driverLate
        ? hold(state, { driverLate: false }, 'driver-back')
        : stay(state);
    case 'driver-lost':
    case 'driver-gone':
      return state.mode === 'manual' ? toDisarmed('control signal lost', 'driver-lost') : stay(state);
    case 'detections-late':
      return state.mode === 'auto' && !state.holds.detectionsLate
        ? holdAgain(state, { detectionsLate: true }, 'detections-late', nowMs)
        : stay(state);
    case 'detections-recovered':
      return state.mode === 'auto' && state.holds.detectionsLate
        ? hold(state, { detectionsLate: false }, 'detections-back')
        : stay(state);
    case 'detections-lost':
      return state.mode === 'auto' ? detectionsLost(event.ageMs, nowMs) : stay(state);
    case 'detections-delayed':
      return state.mode === 'auto' && !state.caps.detectionsDelayed
        ? cap(state, { detectionsDelayed: true }, 'detections-delayed', behind(event.skippedShare))
        : stay(state);
    case 'detections-prompt':
      if (!isDriving(state) || !state.caps.detectionsDelayed) return stay(state);
      return cap(state, { detectionsDelayed: false }, state.mode === 'auto' ? 'detections-prompt' : undefined);
    case 'frames-rare': {
      const every = `one in ${Math.round(event.gapMs)} ms`;
      const why = behind(event.skippedShare);
      const detail = why === undefined ? every : `${every}: ${why}`;
      return state.mode === 'auto' ? toStopping('too few pictures', 'frames-rare', nowMs, detail) : stay(state);
    }
    // People hear of the computer's temperature and of the battery whether they drive or not (readings-watch.ts).
    case 'hot':
      return isDriving(state) && !state.caps.hot ? cap(state, { hot: true }) : stay(state);
    case 'cool':
      return isDriving(state) && state.caps.hot ? cap(state, { hot: false }) : stay(state);
    case 'too-hot':
      return stopDriving(state, 'the computer is too hot', 'too-hot', nowMs);
    case 'battery-empty':
      return stopDriving(state, 'the battery is empty', 'battery-empty', nowMs);
    case 'idle':
      return isDriving(state) ? toDisarmed('nobody drove', 'idle-disarmed') : stay(state);
    case 'stuck':
      return isDriving(state) ? toDisarmed('stuck', 'stuck') : stay(state);
    case 'rolling':
      if (isArmed(state)) return toDisarmed('moving at neutral', 'rolling');
      return { state, effects: [{ kind: 'announce', code: 'rolling' }] };
    case 'perception-lost':
      if (state.mode === 'auto') return toStopping('camera process ended', 'perception-lost', nowMs);
      return { state, effects: [{ kind: 'announce', code: 'perception-lost' }] };
    case 'remote-lost': {
      if (state.mode !== 'auto' || state.armedBy !== 'remote') return stay(state);
      const silent = `silent for ${(event.silentMs / 1000).toFixed(1)} s`;
      return toStopping(`the phone was ${silent}`, 'remote-lost', nowMs, silent);
    }
    case 'actuation-lost':
      if (isArmed(state)) return toDisarmed('motor control ended', 'actuation-lost');
      return { state, effects: [{ kind: 'announce', code: 'actuation-lost' }] };
    case 'actuation-fault':
      return isArmed(state)
        ? toDisarmed(event.text, 'actuation-fault', event.text, event.trouble)
        : { state, effects: [announcement('actuation-fault', event.text, event.trouble)] };
    case 'view-wrong':
      return state.mode === 'auto'
        ? toStopping('the picture cannot be right', 'view-wrong', nowMs, event.text)
        : stay(state);
    case 'left-track':
      return state.mode === 'auto' ? toStopping('off the track', 'left-track', nowMs) : stay(state);
    case 'track-lost':
      return state.mode === 'auto' ? toStopping('no track in sight', 'track-lost', nowMs) : stay(state);
    case 'standstill':
      return state.mode === 'stopping' ? toDisarmed(state.reason, 'disarmed', state.reason) : stay(state);
    case 'shutdown':
      if (isArmed(state)) return toDisarmed('shutting down', 'shutting-down');
      return { state, effects: [{ kind: 'announce', code: 'shutting-down' }] };
    case 'tick':
      return tick(state, event.stickCentred, nowMs);
  }
}
