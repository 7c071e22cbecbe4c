import { initialModeState, type ModeEvent, type ModeState } from '../modes.ts';

const noHolds = { driverLate: false, detectionsLate: false, takeoverUntilMs: undefined };
const fresh = { holds: noHolds, caps: { detectionsDelayed: false, hot: false }, heldAtMs: [] };
export const manual: ModeState = { mode: 'manual', armedBy: 'remote', ...fresh };
export const auto: ModeState = { mode: 'auto', armedBy: 'remote', ...fresh };
export const autoByDaemon: ModeState = { mode: 'auto', armedBy: 'daemon', ...fresh };
export const stopping: ModeState = { mode: 'stopping', sinceMs: 900, reason: 'no track in sight' };
const manualLate: ModeState = { ...manual, holds: { ...noHolds, driverLate: true } };
const autoLate: ModeState = { ...auto, holds: { ...noHolds, detectionsLate: true } };
const autoTakenOver: ModeState = { ...auto, holds: { ...noHolds, takeoverUntilMs: 900 } };
const autoDelayed: ModeState = { ...auto, caps: { detectionsDelayed: true, hot: false } };
const autoHot: ModeState = { ...auto, caps: { detectionsDelayed: false, hot: true } };
/** Every mode, and within the driving ones every hold and every cap. */
export const states = {
  disarmed: initialModeState,
  manual,
  manualLate,
  auto,
  autoLate,
  autoTakenOver,
  autoDelayed,
  autoHot,
  autoByDaemon,
  stopping,
  estop: { mode: 'estop' },
} as const satisfies Record<string, ModeState>;
export type StateName = keyof typeof states;

const obstacle = { code: 'no-track', text: 'No track in sight', cure: 'Put the car on the track' };
export const events = {
  armManual: { kind: 'arm-requested', mode: 'manual', armedBy: 'remote', obstacles: [] },
  armAuto: { kind: 'arm-requested', mode: 'auto', armedBy: 'remote', obstacles: [] },
  armBlocked: { kind: 'arm-requested', mode: 'auto', armedBy: 'remote', obstacles: [obstacle] },
  setManual: { kind: 'mode-requested', mode: 'manual', obstacles: [] },
  setAuto: { kind: 'mode-requested', mode: 'auto', obstacles: [] },
  setBlocked: { kind: 'mode-requested', mode: 'auto', obstacles: [obstacle] },
  disarm: { kind: 'disarm-requested' },
  stop: { kind: 'stop-pressed', by: 'phone' },
  release: { kind: 'stop-released' },
  driverChanged: { kind: 'driver-changed' },
  driverLate: { kind: 'driver-late' },
  driverRecovered: { kind: 'driver-recovered' },
  driverLost: { kind: 'driver-lost' },
  driverGone: { kind: 'driver-gone' },
  detectionsLate: { kind: 'detections-late' },
  detectionsRecovered: { kind: 'detections-recovered' },
  detectionsLost: { kind: 'detections-lost' },
  detectionsDelayed: { kind: 'detections-delayed' },
  detectionsPrompt: { kind: 'detections-prompt' },
  framesRare: { kind: 'frames-rare', gapMs: 125 },
  idle: { kind: 'idle' },
  stuck: { kind: 'stuck' },
  rolling: { kind: 'rolling' },
  hot: { kind: 'hot' },
  cool: { kind: 'cool' },
  tooHot: { kind: 'too-hot' },
  batteryEmpty: { kind: 'battery-empty' },
  perceptionLost: { kind: 'perception-lost' },
  remoteLost: { kind: 'remote-lost', silentMs: 1000 },
  actuationLost: { kind: 'actuation-lost' },
  actuationFault: { kind: 'actuation-fault', text: 'no answer at 0x40' },
  viewWrong: { kind: 'view-wrong', text: 'Blue cones stand on the right' },
  leftTrack: { kind: 'left-track' },
  trackLost: { kind: 'track-lost' },
  standstill: { kind: 'standstill' },
  shutdown: { kind: 'shutdown' },
  tick: { kind: 'tick', stickCentred: true },
} as const satisfies Record<string, ModeEvent>;
export type EventName = keyof typeof events;

/** Fails to compile when the machine knows an event that is not here. */
export const isEveryEventHere: [Exclude<ModeEvent['kind'], (typeof events)[EventName]['kind']>] extends [never]
  ? true
  : never = true;
