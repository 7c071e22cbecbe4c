import { expect, test } from 'vitest';
import { type Alert, addAlert, alertOfEvent, cureHere, expireAlerts, renewAlerts } from './alert-list.ts';
import { languages } from './texts/language.ts';

test('an event speaks in the words of the protocol’s table, with what exactly happened', () => {
  expect(alertOfEvent({ code: 'actuation-fault', atMs: 0, detail: 'bus 1' })).toEqual({
    code: 'actuation-fault',
    severity: 'critical',
    text: 'Motor board does not answer: bus 1',
    cure: 'Check power and cable',
  });
});

test('a cure of the event’s own takes the place of the table’s', () => {
  const event = { code: 'camera-stalled', atMs: 0, cure: 'This computer is too busy' } as const;
  expect(alertOfEvent(event)).toMatchObject({ text: 'Camera stalled', cure: 'This computer is too busy' });
});

test.each([
  ['whoever drives releases it', { isDriver: true }, 'Release the stop, then arm again'],
  ['who watches takes over first', { someoneDrives: true }, 'Take over, or let the driver release the stop'],
  ['or takes the wheel that nobody has', {}, 'Press Drive, then release the stop'],
  [
    'who may only watch leaves it to others',
    { mayOnlyWatch: true, someoneDrives: true },
    'Who drives can release the stop',
  ],
])('a stop by hand is cured by what the page offers: %s', (_name, who, cure) => {
  const watching = { isDriver: false, mayOnlyWatch: false, someoneDrives: false };
  const told = (code: 'emergency-stop' | 'stuck') =>
    cureHere(alertOfEvent({ code, atMs: 0 }), { ...watching, ...who }, languages.en);
  expect(told('emergency-stop')).toBe(cure);
  expect(told('stuck')).toBe('Free the wheels, then arm again');
});

test('a stop by hand is no news any more once it is released', () => {
  const stopped = addAlert([], alertOfEvent({ code: 'emergency-stop', atMs: 0 }), 0);
  const released = addAlert(stopped, alertOfEvent({ code: 'stop-released', atMs: 1 }), 1);
  expect(released.map(({ code }) => code)).toEqual(['stop-released']);
});

test('an arming ends the news of what had stopped the car, and a stop that of the arming', () => {
  const say = (alerts: readonly Alert[], code: Parameters<typeof alertOfEvent>[0]['code']) =>
    addAlert(alerts, alertOfEvent({ code, atMs: 0 }), 0);
  const codes = (alerts: readonly Alert[]) => alerts.map(({ code }) => code);
  for (const before of ['emergency-stop', 'actuation-back', 'disarmed', 'stop-released', 'left-track'] as const) {
    const armed = say(say([], before), 'armed');
    expect(codes(armed), before).toEqual(['armed']);
    expect(codes(say(armed, before)), before).toEqual([before]);
  }
  expect(codes(say(say([], 'battery-low'), 'armed'))).toEqual(['armed', 'battery-low']);
  expect(codes(say(say([], 'armed'), 'battery-low'))).toEqual(['battery-low', 'armed']);
});

test('the newest two stand, the same words are not said twice, and each goes when its time is over', () => {
  let alerts: readonly Alert[] = [];
  for (const [nowMs, text] of [
    [0, 'a'],
    [10, 'b'],
    [20, 'b'],
    [30, 'c'],
  ] as const) {
    alerts = addAlert(alerts, { severity: 'info', text, cure: '' }, nowMs);
  }
  expect(alerts.map((alert) => alert.text)).toEqual(['c', 'b']);
  expect(new Set(alerts.map((alert) => alert.id)).size).toBe(2);
  expect(expireAlerts(alerts, 2000)).toBe(alerts);
  expect(expireAlerts(alerts, 3025).map((alert) => alert.text)).toEqual(['c']);
});

test('what was told while nobody looked has its whole time once somebody does', () => {
  const told = addAlert([], alertOfEvent({ code: 'driver-lost', atMs: 0 }), 0);
  const [alert] = renewAlerts(told, 60_000);
  expect(alert?.untilMs).toBe(60_000 + (told[0]?.untilMs ?? 0));
});
