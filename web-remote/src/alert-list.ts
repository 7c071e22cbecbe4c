import { type CarEvent, type EventCode, eventTexts, type Severity } from '../../daemon/protocol/events.ts';
import { inWordsOf } from './texts/car-words.ts';
import type { Texts } from './texts/en.ts';
import { detailOf } from './texts/told.ts';

export interface Alert {
  readonly id: number;
  /** Of the event that it tells; absent for what the page says by itself. */
  readonly code?: EventCode;
  readonly severity: Severity;
  readonly text: string;
  readonly cure: string;
  readonly untilMs: number;
}

const shownMs: Readonly<Record<Severity, number>> = { info: 3000, warning: 6000, critical: 12_000 };
const most = 2;

/** What an event says to a person, in the words of a language; what exactly happened the car says, as far as the language has it. */
export function alertOfEvent(
  event: CarEvent,
  words: Pick<Texts, 'events' | 'carWords' | 'troubles' | 'obstacles'> = english,
): Omit<Alert, 'id' | 'untilMs'> {
  const { severity } = eventTexts[event.code];
  const { text, cure } = words.events[event.code];
  const detail = detailOf(words, event);
  return {
    ...{ code: event.code, severity },
    text: detail === undefined ? text : `${text}: ${detail}`,
    cure: event.cure === undefined ? cure : inWordsOf(words.carWords, event.cure),
  };
}

/** What can be done about it on this page: only whoever drives has the button that releases a stop. */
export function cureHere(
  { code, cure }: Pick<Alert, 'code' | 'cure'>,
  who: { readonly isDriver: boolean; readonly mayOnlyWatch: boolean; readonly someoneDrives: boolean },
  { stopCures }: Pick<Texts, 'stopCures'>,
): string {
  if (code !== 'emergency-stop' || who.isDriver) return cure;
  if (who.mayOnlyWatch) return stopCures.onlyWatches;
  return who.someoneDrives ? stopCures.watches : stopCures.nobodyDrives;
}

const english = { events: eventTexts, carWords: { sentences: {}, patterns: [] }, troubles: undefined, obstacles: {} };

/** What is no longer true once another event has come. */
const endedBy: Readonly<Partial<Record<EventCode, EventCode>>> = {
  'stop-released': 'emergency-stop',
  'driver-back': 'driver-late',
  'detections-back': 'detections-late',
  'detections-prompt': 'detections-delayed',
  'battery-good': 'battery-low',
  cool: 'hot',
  'camera-back': 'camera-stalled',
  'perception-back': 'perception-lost',
  'detector-back': 'detector-failed',
  'actuation-back': 'actuation-lost',
};

/** What leaves the car disarmed, or was said while it was: past once it is armed, as the arming is once one of them has come. */
function isOfDisarmed({ code, severity }: Pick<Alert, 'code' | 'severity'>): boolean {
  return code !== undefined && (severity === 'critical' || whileDisarmed.includes(code));
}

const whileDisarmed: readonly EventCode[] = [
  'disarmed',
  'idle-disarmed',
  'arming-refused',
  'stop-released',
  'driver-changed',
  'track-lost',
  'actuation-back',
  'perception-back',
  'shutting-down',
];

function isOver(told: Alert, by: Omit<Alert, 'id' | 'untilMs'>): boolean {
  if (told.text === by.text) return true;
  if (told.code === undefined || by.code === undefined) return false;
  if (by.code === 'armed') return isOfDisarmed(told);
  return endedBy[by.code] === told.code || (told.code === 'armed' && isOfDisarmed(by));
}

/** Newest first, two at most: more would hide the picture; the same words again only start their time anew. */
export function addAlert(alerts: readonly Alert[], alert: Omit<Alert, 'id' | 'untilMs'>, nowMs: number): Alert[] {
  const id = Math.max(0, ...alerts.map((other) => other.id)) + 1;
  const others = alerts.filter((told) => !isOver(told, alert));
  return [{ ...alert, id, untilMs: nowMs + shownMs[alert.severity] }, ...others].slice(0, most);
}

/** The same array when nothing has run out. */
export function expireAlerts(alerts: readonly Alert[], nowMs: number): readonly Alert[] {
  return alerts.some((alert) => alert.untilMs <= nowMs) ? alerts.filter((alert) => alert.untilMs > nowMs) : alerts;
}

/** Each as if it was told now. */
export function renewAlerts(alerts: readonly Alert[], nowMs: number): readonly Alert[] {
  return alerts.map((alert) => ({ ...alert, untilMs: nowMs + shownMs[alert.severity] }));
}
