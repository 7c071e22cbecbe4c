import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BatteryReading } from '../protocol/board.ts';
import { BatteryWatch, batteryHoldMs } from './battery.ts';

const config = { address: 0x41, shuntOhm: 0.01, emptyV: 6, fullV: 8, lowShare: 0.2, criticalShare: 0.1 };
const periodMs = 100;

let watch: BatteryWatch;
let nowMs: number;
beforeEach(() => {
  watch = new BatteryWatch({ ...config, capacityMah: 2600 });
  nowMs = 1000;
});

/** A stretch of time at one voltage and draw; the last reading. */
function at(volts: number, durationMs: number, amps = 1): BatteryReading {
  let reading = watch.observe({ volts, amps }, nowMs);
  for (let left = durationMs; left > 0; left -= periodMs) {
    nowMs += periodMs;
    reading = watch.observe({ volts, amps }, nowMs);
  }
  return reading;
}

describe('a battery', () => {
  it('has a share between empty and full, and minutes at its draw', () => {
    expect(at(7, 1000)).toEqual({ volts: 7, amps: 1, share: 0.5, minutesLeft: 78, level: 'normal' });
    expect(at(9, 0)).toMatchObject({ share: 1 });
    expect(at(5, 0)).toMatchObject({ share: 0 });
  });

  it('has no minutes while it gives nothing, or where its capacity is not known', () => {
    expect(at(7, 1000, 0)).not.toHaveProperty('minutesLeft');
    expect(new BatteryWatch(config).observe({ volts: 7, amps: 1 }, 0)).not.toHaveProperty('minutesLeft');
  });

  it('does not mind a sag of 200 ms, however deep and however often (F65)', () => {
    at(7.5, 10_000);
    for (let sag = 0; sag < 20; sag++) {
      expect(at(6, 200).level).toBe('normal');
      expect(at(7.5, 200).level).toBe('normal');
    }
  });

  it('is low, then critical, when it stays there', () => {
    expect(at(6.3, batteryHoldMs.warning - periodMs).level).toBe('normal');
    expect(at(6.3, periodMs).level).toBe('warning');
    expect(at(6.1, batteryHoldMs.critical - periodMs).level).toBe('warning');
    expect(at(6.1, periodMs).level).toBe('critical');
  });

  it('does not flutter about a level, and recovers with another battery', () => {
    at(6.3, 5000);
    expect(at(6.45, 5000).level).toBe('warning');
    expect(at(8, 100).level).toBe('normal');
  });

  it('counts no time in which nobody measured', () => {
    at(6.1, 0);
    nowMs += 60_000;
    expect(at(6.1, 0).level).toBe('normal');
  });

  it('is critical only after a whole stretch below, whatever the voltage does', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 5.5, max: 8.5, noNaN: true }), { maxLength: 200 }), (volts) => {
        const watched = new BatteryWatch(config);
        volts.forEach((each, index) => {
          const { level } = watched.observe({ volts: each, amps: 2 }, index * periodMs);
          const stretch = volts.slice(Math.max(0, index - batteryHoldMs.critical / periodMs), index + 1);
          if (level === 'critical' && stretch.length <= batteryHoldMs.critical / periodMs) expect.fail('too early');
          if (level !== 'normal') expect(volts.slice(0, index + 1).some((v) => v <= 6.4)).toBe(true);
        });
      }),
    );
  });
});
