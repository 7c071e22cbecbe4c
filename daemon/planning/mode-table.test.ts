import { describe, expect, it } from 'vitest';
import { type ModeEvent, type ModeState, neutralReason, reduceMode, slowReason } from './modes.ts';
import { type EventName, events, isEveryEventHere, type StateName, states } from './testing/mode-samples.ts';

type Row = Partial<Record<StateName, string>>;
const inManual = (outcome: string): Row => ({ manual: outcome, manualLate: outcome });
const inAuto = (outcome: string): Row => ({
  auto: outcome,
  autoLate: outcome,
  autoTakenOver: outcome,
  autoDelayed: outcome,
  autoHot: outcome,
  autoByDaemon: outcome,
});
const inDriving = (outcome: string): Row => ({ ...inManual(outcome), ...inAuto(outcome) });

const refusedWhileStopped: Row = {
  stopping: 'stopping: refuse, arming-refused',
  estop: 'estop: refuse, arming-refused',
};
const refusedEverywhere: Row = {
  disarmed: 'disarmed: refuse, arming-refused',
  manual: 'manual: refuse, mode-refused',
  manualLate: 'manual held: refuse, mode-refused',
  auto: 'auto: refuse, mode-refused',
  autoLate: 'auto held: refuse, mode-refused',
  autoTakenOver: 'auto held: refuse, mode-refused',
  autoDelayed: 'auto slow: refuse, mode-refused',
  autoHot: 'auto slow: refuse, mode-refused',
  autoByDaemon: 'auto: refuse, mode-refused',
  ...refusedWhileStopped,
};
/** A takeover still passes through neutral; what only the pilot suffers from ends with it. */
const autoToManual: Row = {
  auto: 'manual:',
  autoLate: 'manual:',
  autoTakenOver: 'manual held:',
  autoDelayed: 'manual:',
  autoHot: 'manual:',
  autoByDaemon: 'manual:',
};

/** The event in the state leads to this. Of a state that is not named nothing changes, and nothing is done. */
const table: Record<EventName, Row> = {
  armManual: {
    disarmed: 'manual: arm, armed',
    ...autoToManual,
    ...refusedWhileStopped,
  },
  armAuto: {
    disarmed: 'auto: arm, armed',
    ...inManual('auto:'),
    autoByDaemon: 'auto:',
    ...refusedWhileStopped,
  },
  armBlocked: refusedEverywhere,
  setManual: {
    disarmed: 'disarmed: refuse, arming-refused',
    ...autoToManual,
    ...refusedWhileStopped,
  },
  setAuto: {
    disarmed: 'disarmed: refuse, arming-refused',
    ...inManual('auto:'),
    autoByDaemon: 'auto:',
    ...refusedWhileStopped,
  },
  setBlocked: refusedEverywhere,
  disarm: { ...inDriving('stopping:'), stopping: 'disarmed: disarm, disarmed' },
  stop: {
    disarmed: 'estop: emergency-stop, emergency-stop',
    ...inDriving('estop: emergency-stop, emergency-stop'),
    stopping: 'estop: emergency-stop, emergency-stop',
    estop: 'estop: emergency-stop',
  },
  release: { estop: 'disarmed: clear-stop, stop-released' },
  driverChanged: { ...inManual('disarmed: disarm, driver-changed'), ...inAuto('auto held: driver-changed') },
  driverLate: { manual: 'manual held: driver-late' },
  driverRecovered: { manualLate: 'manual: driver-back' },
  driverLost: { ...inManual('disarmed: disarm, driver-lost') },
  driverGone: { ...inManual('disarmed: disarm, driver-lost') },
  detectionsLate: {
    auto: 'auto held: detections-late',
    autoTakenOver: 'auto held: detections-late',
    autoDelayed: 'auto held: detections-late',
    autoHot: 'auto held: detections-late',
    autoByDaemon: 'auto held: detections-late',
  },
  detectionsRecovered: { autoLate: 'auto: detections-back' },
  detectionsLost: { ...inAuto('stopping: detections-lost') },
  detectionsDelayed: {
    auto: 'auto slow: detections-delayed',
    autoLate: 'auto held: detections-delayed',
    autoTakenOver: 'auto held: detections-delayed',
    autoHot: 'auto slow: detections-delayed',
    autoByDaemon: 'auto slow: detections-delayed',
  },
  detectionsPrompt: { autoDelayed: 'auto: detections-prompt' },
  framesRare: { ...inAuto('stopping: frames-rare') },
  idle: { ...inDriving('disarmed: disarm, idle-disarmed') },
  stuck: { ...inDriving('disarmed: disarm, stuck') },
  rolling: {
    disarmed: 'disarmed: rolling',
    ...inDriving('disarmed: disarm, rolling'),
    stopping: 'disarmed: disarm, rolling',
    estop: 'estop: rolling',
  },
  hot: {
    manual: 'manual:',
    manualLate: 'manual held:',
    auto: 'auto slow:',
    autoLate: 'auto held:',
    autoTakenOver: 'auto held:',
    autoDelayed: 'auto slow:',
    autoByDaemon: 'auto slow:',
  },
  cool: { autoHot: 'auto:' },
  tooHot: {
    disarmed: 'disarmed: too-hot',
    ...inDriving('stopping: too-hot'),
    stopping: 'stopping: too-hot',
    estop: 'estop: too-hot',
  },
  batteryEmpty: {
    disarmed: 'disarmed: battery-empty',
    ...inDriving('stopping: battery-empty'),
    stopping: 'stopping: battery-empty',
    estop: 'estop: battery-empty',
  },
  perceptionLost: {
    disarmed: 'disarmed: perception-lost',
    ...inAuto('stopping: perception-lost'),
    manual: 'manual: perception-lost',
    manualLate: 'manual held: perception-lost',
    stopping: 'stopping: perception-lost',
    estop: 'estop: perception-lost',
  },
  remoteLost: {
    auto: 'stopping: remote-lost',
    autoLate: 'stopping: remote-lost',
    autoTakenOver: 'stopping: remote-lost',
    autoDelayed: 'stopping: remote-lost',
    autoHot: 'stopping: remote-lost',
  },
  actuationLost: {
    disarmed: 'disarmed: actuation-lost',
    ...inDriving('disarmed: disarm, actuation-lost'),
    stopping: 'disarmed: disarm, actuation-lost',
    estop: 'estop: actuation-lost',
  },
  actuationFault: {
    disarmed: 'disarmed: actuation-fault',
    ...inDriving('disarmed: disarm, actuation-fault'),
    stopping: 'disarmed: disarm, actuation-fault',
    estop: 'estop: actuation-fault',
  },
  viewWrong: { ...inAuto('stopping: view-wrong') },
  leftTrack: { ...inAuto('stopping: left-track') },
  trackLost: { ...inAuto('stopping: track-lost') },
  standstill: { stopping: 'disarmed: disarm, disarmed' },
  shutdown: {
    disarmed: 'disarmed: shutting-down',
    ...inDriving('disarmed: disarm, shutting-down'),
    stopping: 'disarmed: disarm, shutting-down',
    estop: 'estop: shutting-down',
  },
  tick: { autoTakenOver: 'auto:' },
};

function isDrivingHeld(state: ModeState): boolean {
  return (state.mode === 'manual' || state.mode === 'auto') && neutralReason(state) !== undefined;
}

function outcome(state: ModeState, event: ModeEvent): string {
  const step = reduceMode(state, event, 1000);
  const effects = step.effects.map((effect) => (effect.kind === 'announce' ? effect.code : effect.kind));
  if (effects.length === 0 && JSON.stringify(step.state) === JSON.stringify(state)) return '=';
  const held = isDrivingHeld(step.state) ? ' held' : slowReason(step.state) !== undefined ? ' slow' : '';
  return `${step.state.mode}${held}: ${effects.join(', ')}`.trim();
}

describe.each(Object.keys(states) as StateName[])('every event in %s', (stateName) => {
  it.each(Object.keys(events) as EventName[])('%s', (eventName) => {
    expect(outcome(states[stateName], events[eventName])).toBe(table[eventName][stateName] ?? '=');
  });
});

it('no event and no mode is left out', () => {
  expect(isEveryEventHere).toBe(true);
  expect(Object.keys(table)).toEqual(Object.keys(events));
  expect(new Set(Object.values(states).map(({ mode }) => mode))).toEqual(
    new Set(['disarmed', 'manual', 'auto', 'stopping', 'estop']),
  );
});
