import { describe, expect, it } from 'vitest';
import type { ActuationReport } from '../protocol/actuation-messages.ts';
import { GateWatch } from './gate-watch.ts';
import { gateStatus } from './testing/gate-status.ts';

const fault: ActuationReport = { kind: 'fault', atMs: 100, cause: 'bus-error', text: 'no answer at 0x40' };

describe('a fault of the board while disarmed', () => {
  it('lasts while the board is not ready, and ends when it is', () => {
    const gate = new GateWatch();
    gate.accept(fault);
    gate.accept(gateStatus(110, { boardReady: false }));
    expect(gate.fault).toEqual({ text: 'no answer at 0x40' });
    gate.accept(gateStatus(210));
    expect(gate.fault).toBeUndefined();
  });

  it('is told once', () => {
    const gate = new GateWatch();
    gate.accept(fault);
    expect(gate.events(120, false)).toEqual([{ kind: 'actuation-fault', text: 'no answer at 0x40' }]);
    expect(gate.events(140, false)).toEqual([]);
  });

  it('is no news when it is reported again, but another one is, and so is its return', () => {
    const gate = new GateWatch();
    const told = (report: ActuationReport, armed = false) => {
      gate.accept(report);
      const texts = gate
        .events(report.atMs, armed)
        .map((event) => (event.kind === 'actuation-fault' ? event.text : ''));
      return texts.filter((text) => text === 'no answer at 0x40' || text === 'no bus').length;
    };
    expect(told(fault)).toBe(1);
    expect(told({ ...fault, atMs: 1100 })).toBe(0);
    expect(gate.fault).toEqual({ text: 'no answer at 0x40' });
    expect(told({ ...fault, atMs: 1200 }, true), 'an armed car stops for it however often it was told').toBe(1);
    expect(told({ ...fault, atMs: 2100, text: 'no bus' })).toBe(1);
    expect(told(gateStatus(2200))).toBe(0);
    expect(told({ ...fault, atMs: 2300, text: 'no bus' })).toBe(1);
  });
});

describe('a gate that says otherwise than it was told', () => {
  it('has 200 ms to show an arming, and is a fault then', () => {
    const gate = new GateWatch();
    gate.told(1000);
    gate.accept(gateStatus(1200, { neutralReason: 'not armed' }));
    expect(gate.events(1200, true)).toEqual([]);
    gate.accept(gateStatus(1201, { neutralReason: 'not armed' }));
    expect(gate.events(1201, true)).toEqual([{ kind: 'actuation-fault', text: 'not armed' }]);
  });

  it('is a fault when it does not report at all', () => {
    const gate = new GateWatch();
    gate.told(1000);
    expect(gate.events(1400, true)).toEqual([]);
    expect(gate.events(1401, true)).toEqual([{ kind: 'actuation-fault', text: 'motor control does not report' }]);
  });

  it('disobeys when it stays armed after a disarm', () => {
    const gate = new GateWatch();
    gate.told(1000);
    gate.accept(gateStatus(1200, { armed: true }));
    expect(gate.disobeys(false)).toBe(false);
    gate.accept(gateStatus(1300, { armed: true }));
    expect(gate.disobeys(false)).toBe(true);
    expect(gate.disobeys(true)).toBe(false);
  });

  it('has the last word on disarming by itself', () => {
    const gate = new GateWatch();
    gate.told(1000);
    gate.accept({ kind: 'transition', atMs: 900, armed: false, cause: 'expired', text: 'too old to count' });
    expect(gate.events(1010, true)).toEqual([]);
    gate.accept({ kind: 'transition', atMs: 1020, armed: false, cause: 'expired', text: 'no command for 150 ms' });
    expect(gate.events(1030, true)).toEqual([{ kind: 'actuation-fault', text: 'no command for 150 ms' }]);
  });

  it('stops the daemon too when it holds a stop', () => {
    const gate = new GateWatch();
    gate.accept(gateStatus(1000, { stopLatched: true }));
    expect(gate.events(1000, false)).toEqual([{ kind: 'stop-pressed', by: 'motor control' }]);
  });
});

it('a fault keeps its code, also where the gate disarmed itself and says only its text', () => {
  const trouble = { code: 'pin-taken' as const, parameters: { pin: 'J41 pin 7' } };
  const text = 'J41 pin 7 cannot be used (EBUSY)';
  const gate = new GateWatch();
  gate.accept({ kind: 'fault', atMs: 100, cause: 'EBUSY', text, trouble });
  expect(gate.fault).toEqual({ text, trouble });
  gate.accept({ kind: 'transition', atMs: 101, armed: false, cause: 'board-fault', text });
  expect(gate.events(110, true)).toEqual([
    { kind: 'actuation-fault', text, trouble },
    { kind: 'actuation-fault', text, trouble },
  ]);
});
