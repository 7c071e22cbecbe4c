import { z } from 'zod';
import { armingObstacleSchema } from './modes.ts';
import { troubleBesideText } from './troubles.ts';

const severitySchema = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof severitySchema>;

/** Every event a person may see: how bad, what happened, what to do. Short enough for a phone held upright. */
export const eventTexts = {
  armed: { severity: 'info', text: 'Armed', cure: '' },
  disarmed: { severity: 'info', text: 'Disarmed', cure: '' },
  'arming-refused': { severity: 'warning', text: 'Cannot arm', cure: 'See the reasons listed' },
  'mode-refused': { severity: 'warning', text: 'Cannot change the mode', cure: '' },
  'driver-late': { severity: 'warning', text: 'Control signal late: coasting', cure: 'Wait; if it stays, move closer' },
  'driver-lost': { severity: 'critical', text: 'Control signal lost: stopped', cure: 'Centre the stick and arm again' },
  'driver-back': { severity: 'info', text: 'Control signal is back', cure: '' },
  'remote-lost': { severity: 'critical', text: 'Stopped, phone lost', cure: 'Arm again once it is connected' },
  'detections-late': { severity: 'warning', text: 'Detector late: coasting', cure: 'Wait, or use a smaller network' },
  'detections-back': { severity: 'info', text: 'Detector is back: driving on', cure: '' },
  'detections-delayed': { severity: 'warning', text: 'Picture late: slower', cure: 'Wait, or use a smaller network' },
  'detections-prompt': { severity: 'info', text: 'Picture on time again', cure: '' },
  'frames-rare': {
    severity: 'critical',
    text: 'Too few pictures: stopped',
    cure: 'More light, a smaller network, then arm again',
  },
  unsteady: { severity: 'critical', text: 'Trouble again and again: stopped', cure: 'Find its cause, then arm again' },
  'detections-lost': {
    severity: 'critical',
    text: 'Stopped, detections late',
    cure: 'Wait for the picture, arm again',
  },
  'track-lost': { severity: 'warning', text: 'No track in sight: stopped', cure: 'Put the car on the track' },
  'left-track': { severity: 'critical', text: 'Off the track: stopped', cure: 'Put the car back on the track' },
  'view-wrong': {
    severity: 'critical',
    text: 'Picture cannot be right: stopped',
    cure: 'Check camera, steering, which way the car faces',
  },
  obstacle: { severity: 'warning', text: 'Something is in the way', cure: 'Clear the track' },
  'stop-sign': { severity: 'info', text: 'Stop sign: waiting', cure: '' },
  'emergency-stop': { severity: 'critical', text: 'Stopped by hand', cure: 'Release the stop, then arm again' },
  'stop-released': { severity: 'info', text: 'Stop released', cure: '' },
  'actuation-lost': { severity: 'critical', text: 'Motor control ended: stopped', cure: 'It restarts; arm again' },
  'actuation-fault': { severity: 'critical', text: 'Motor board does not answer', cure: 'Check power and cable' },
  'actuation-back': { severity: 'info', text: 'Motor control is back', cure: 'Arm again to drive' },
  'actuation-given-up': {
    severity: 'critical',
    text: 'Motor control fails on and on',
    cure: 'See the log, then start the car anew',
  },
  'idle-disarmed': { severity: 'info', text: 'Nobody drove: disarmed', cure: 'Arm again to drive' },
  stuck: { severity: 'critical', text: 'Stuck: motor off', cure: 'Free the wheels, then arm again' },
  rolling: { severity: 'critical', text: 'Moving without throttle', cure: 'Hold the car and cut its power' },
  'battery-low': { severity: 'warning', text: 'Battery low', cure: 'Charge it soon' },
  'battery-empty': { severity: 'critical', text: 'Battery empty: stopped', cure: 'Charge it before driving on' },
  'battery-good': { severity: 'info', text: 'Battery is good again', cure: '' },
  hot: { severity: 'warning', text: 'Computer hot: slower', cure: 'Let it cool, check the fan' },
  'too-hot': { severity: 'critical', text: 'Computer too hot: stopped', cure: 'Let it cool, check the fan' },
  cool: { severity: 'info', text: 'Computer is cool again', cure: '' },
  'perception-back': { severity: 'info', text: 'Camera process is back', cure: 'Arm again to drive' },
  'perception-lost': { severity: 'critical', text: 'Camera process ended', cure: 'It restarts; arm again' },
  'camera-stalled': { severity: 'critical', text: 'Camera stalled', cure: 'Check the camera cable' },
  'camera-back': { severity: 'info', text: 'Camera is back', cure: '' },
  'camera-failed': { severity: 'critical', text: 'Camera failed', cure: 'See the log for its last words' },
  'model-refused': {
    severity: 'critical',
    text: 'Detector did not load',
    cure: 'Check --model; driving by hand works',
  },
  'detector-failed': { severity: 'warning', text: 'Detector was lost', cure: 'It starts anew; driving by hand works' },
  'detector-back': { severity: 'info', text: 'Detector is back', cure: '' },
  'detector-fallback': {
    severity: 'warning',
    text: 'Detector runs slower than it could',
    cure: 'See what the log says of it',
  },
  'driver-changed': { severity: 'info', text: 'Another phone drives now', cure: '' },
  'config-fallback': {
    severity: 'warning',
    text: 'Settings broken: last good ones used',
    cure: 'Mend the file, or save the settings again',
  },
  'log-unwritable': {
    severity: 'warning',
    text: 'Log cannot be written',
    cure: 'Make room on the disk; driving works',
  },
  'shutting-down': { severity: 'info', text: 'The car is shutting down', cure: '' },
} as const satisfies Record<string, { severity: Severity; text: string; cure: string }>;

export type EventCode = keyof typeof eventTexts;
export const eventCodes = Object.keys(eventTexts) as EventCode[];

export const carEventSchema = z.object({
  code: z.enum(eventCodes as [EventCode, ...EventCode[]]),
  atMs: z.number(),
  /** What exactly, beside the table's text. */
  detail: z.string().optional(),
  /** What was refused for these: the detail is their texts. */
  obstacles: z.array(armingObstacleSchema).optional(),
  /** The detail by its code, for texts in other languages. */
  trouble: troubleBesideText,
  /** What to do, where it is not what the table says. */
  cure: z.string().optional(),
});
export type CarEvent = z.infer<typeof carEventSchema>;
