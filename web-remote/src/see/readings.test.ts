import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boardReadingsSchema } from '../../../daemon/protocol/board.ts';
import type { Telemetry } from '../../../daemon/protocol/telemetry.ts';
import { en } from '../texts/en.ts';
import { boardReadings, drivingReadings, seeingReadings } from './readings.ts';

const telemetry: Telemetry = {
  kind: 'telemetry',
  atMs: 1,
  mode: 'manual',
  obstacles: [],
  vehicle: 'test',
  pilot: 'cones',
  asked: { steering: 0.5, throttle: -0.2 },
  given: { steering: -0.4, throttle: 0 },
  speedMps: 1.234,
  cameraFramesPerSecond: 20,
  detectorFramesPerSecond: 19.8,
  controlJitterMs: 0.2,
  clients: 1,
};

describe('what is shown of the measurements', () => {
  test('which way it steers is said in a word, never by a sign', () => {
    const found = drivingReadings(telemetry, en);
    expect(found.find(({ id }) => id === 'steering')).toMatchObject({ value: '40 right', detail: 'asked 50 left' });
    expect(found.find(({ id }) => id === 'throttle')).toMatchObject({ value: '0', detail: 'asked 20 backward' });
    expect(JSON.stringify(found)).not.toContain('-');
  });

  test('a battery says volts, how full it is and for how long', () => {
    const battery = { volts: 7.62, share: 0.64, minutesLeft: 38.4, level: 'warning' } as const;
    expect(drivingReadings({ ...telemetry, battery }, en).find(({ id }) => id === 'battery')).toEqual({
      id: 'battery',
      value: '7.62',
      unit: 'V',
      level: 'warning',
      share: 0.64,
      detail: '64 % · 38 min left',
    });
  });

  test('what a machine does not say is not shown at all', () => {
    expect(boardReadings({}, en)).toEqual([]);
    expect(boardReadings({ cpuLoad: 0.5 }, en).map(({ id }) => id)).toEqual(['cpu']);
    expect(seeingReadings(telemetry, en, undefined, 20).map(({ id }) => id)).toEqual([
      'camera',
      'detector',
      'frameToCommand',
      'jitter',
      'video',
    ]);
  });

  test('whatever a machine says, every value is words or a number, and every share is one', () => {
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    const amount = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });
    const board = fc.record({
      cpuLoad: share,
      gpuLoad: share,
      temperatures: fc.option(
        fc.array(
          fc.record({ name: fc.string({ minLength: 1 }), celsius: fc.double({ min: -40, max: 120, noNaN: true }) }),
        ),
        { nil: undefined },
      ),
      memoryUsedMb: amount,
      memoryTotalMb: amount,
      diskFreeMb: amount,
      diskTotalMb: amount,
      supplyV: amount,
      uptimeS: amount,
    });
    fc.assert(
      fc.property(board, (any) => {
        const readings = boardReadings(boardReadingsSchema.parse(any), en);
        for (const reading of readings) expect(JSON.stringify(reading)).not.toMatch(/NaN|undefined|null|Infinity/);
        expect(new Set(readings.map(({ id }) => id)).size).toBe(readings.length);
      }),
    );
  });
});
