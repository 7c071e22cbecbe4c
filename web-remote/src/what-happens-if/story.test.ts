import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModeEvent } from '../../../daemon/planning/modes.ts';
import { pressedKinds, presses } from './faults.ts';
import { begin, motorText, press, type Story } from './story.ts';

const all = presses.flatMap((group) => group.presses);
const pressNamed = (story: Story, name: string): Story => {
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return press(story, name, found.event);
};

/** Fails to compile when an event is added and not listed. */
const everyKind: Record<ModeEvent['kind'], true> = {
  'arm-requested': true,
  'mode-requested': true,
  'disarm-requested': true,
  'stop-pressed': true,
  'stop-released': true,
  'driver-changed': true,
  'driver-late': true,
  'driver-recovered': true,
  'driver-lost': true,
  'driver-gone': true,
  'detections-late': true,
  'detections-recovered': true,
  'detections-lost': true,
  'detections-delayed': true,
  'detections-prompt': true,
  'frames-rare': true,
  'view-wrong': true,
  'left-track': true,
  'perception-lost': true,
  'remote-lost': true,
  idle: true,
  stuck: true,
  rolling: true,
  hot: true,
  cool: true,
  'too-hot': true,
  'battery-empty': true,
  'actuation-lost': true,
  'actuation-fault': true,
  'track-lost': true,
  standstill: true,
  shutdown: true,
  tick: true,
};

describe('what happens if', () => {
  it('has a button for every event of the mode machine but its clock', () => {
    const kinds = Object.keys(everyKind).filter((kind) => kind !== 'tick');
    expect([...pressedKinds].toSorted()).toEqual(kinds.toSorted());
  });

  it('shows what the car does: a link that goes dark while it is driven', () => {
    let story = pressNamed(begin, 'Arm, drive by hand');
    expect(motorText(story.state)).toBe('Driven');
    story = pressNamed(story, 'No command for 0.25 s');
    expect(motorText(story.state)).toBe('Neutral: control signal late');
    story = pressNamed(story, 'No command for 1 s');
    expect(story.told[0]).toMatchObject({ mode: 'disarmed', lines: [{ severity: 'critical' }] });
  });

  it('says why it does not arm', () => {
    const story = pressNamed(pressNamed(begin, 'Stop'), 'Arm, drive itself');
    expect(story.state.mode).toBe('estop');
    expect(story.told[0]?.lines[0]?.text).toMatch(/stop is pressed/);
  });

  it('has words for whatever is pressed, in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...all), { maxLength: 40 }), (pressed) => {
        let story = begin;
        for (const { name, event } of pressed) {
          story = press(story, name, event);
          expect(motorText(story.state)).not.toBe('');
          expect(story.told[0]?.pressed).toBe(name);
        }
        expect(story.told.length).toBeLessThanOrEqual(12);
      }),
    );
  });
});
