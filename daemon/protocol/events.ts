import { z } from 'zod';

export const severitySchema = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof severitySchema>;

/** Every event a person may see: how bad, what happened, what to do. Short enough for a phone held upright. */
export const eventTexts = {
  armed: { severity: 'info', text: 'Armed', cure: '' },
  disarmed: { severity: 'info', text: 'Disarmed', cure: '' },
  'arming-refused': { severity: 'warning', text: 'Cannot arm', cure: 'See the reasons listed' },
  'mode-refused': { severity: 'warning', text: 'Cannot change the mode', cure: '' },
  'driver-late': { severity: 'warning', text: 'Control signal late: coasting', cure: 'Move closer to the car' },
  'driver-lost': { severity: 'critical', text: 'Control signal lost: stopped', cure: 'Centre the stick and arm again' },
  'remote-lost': { severity: 'critical', text: 'No phone connected: stopped', cure: 'Reconnect and arm again' },
  'detections-late': { severity: 'warning', text: 'Detector late: coasting', cure: 'Wait, or use a smaller network' },
  'detections-lost': {
    severity: 'critical',
    text: 'Stopped, detections late',
    cure: 'Wait for the picture, arm again',
  },
  'track-lost': { severity: 'warning', text: 'No track in sight: stopped', cure: 'Put the car on the track' },
  obstacle: { severity: 'warning', text: 'Something is in the way', cure: 'Clear the track' },
  'stop-sign': { severity: 'info', text: 'Stop sign: waiting', cure: '' },
  'emergency-stop': { severity: 'critical', text: 'Stopped by hand', cure: 'Release the stop, then arm again' },
  'stop-released': { severity: 'info', text: 'Stop released', cure: '' },
  'actuation-lost': { severity: 'critical', text: 'Motor control ended: stopped', cure: 'It restarts; arm again' },
  'actuation-fault': { severity: 'critical', text: 'Motor board does not answer', cure: 'Check power and cable' },
  'perception-lost': { severity: 'critical', text: 'Camera process ended', cure: 'It restarts; arm again' },
  'camera-stalled': { severity: 'critical', text: 'Camera stalled', cure: 'Check the camera cable' },
  'camera-failed': { severity: 'critical', text: 'Camera failed', cure: 'See the log for its last words' },
  'model-refused': {
    severity: 'critical',
    text: 'Detector did not load',
    cure: 'Check --model; driving by hand works',
  },
  'detector-failed': { severity: 'warning', text: 'Detector was lost', cure: 'It starts anew; driving by hand works' },
  'detector-fallback': {
    severity: 'warning',
    text: 'Detector runs on a slower device',
    cure: 'See detector.devices in the configuration',
  },
  'driver-changed': { severity: 'info', text: 'Another phone drives now', cure: '' },
  'config-fallback': {
    severity: 'warning',
    text: 'Settings broken: last good ones used',
    cure: 'Mend the file, or save the settings again',
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
  /** What to do, where it is not what the table says. */
  cure: z.string().optional(),
});
export type CarEvent = z.infer<typeof carEventSchema>;
