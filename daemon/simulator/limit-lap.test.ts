import { describe, expect, test } from 'vitest';
import { presets } from '../car/presets.ts';
import { gravityMps2, limitLap } from './limit-lap.ts';
import { beanCentre } from './testing/track-files.ts';
import { buildTrack } from './tracks/build-track.ts';

const vehicle = presets['simulated']!.vehicle;

function circle(radiusM: number) {
  const centre = Array.from({ length: 200 }, (_, i) => ({
    xM: radiusM * Math.cos((i * Math.PI) / 100),
    yM: radiusM * Math.sin((i * Math.PI) / 100),
  }));
  const half = centre.map(() => 0.4);
  return buildTrack('circle', { kind: 'widths', format: 'built-in', centre, leftM: half, rightM: half });
}

describe('the limit lap', () => {
  test('a circle is driven at the speed that friction allows', () => {
    const { limitLapS } = limitLap(circle(2), { ...vehicle, friction: 0.2 });
    expect(limitLapS).toBeCloseTo((4 * Math.PI) / Math.sqrt(0.2 * gravityMps2 * 2), 1);
  });

  test('with grip enough, at the top speed', () => {
    const { limitLapS, speedsMps } = limitLap(circle(4), vehicle);
    expect(Math.min(...speedsMps)).toBe(vehicle.topSpeedMps);
    expect(limitLapS).toBeCloseTo((8 * Math.PI) / vehicle.topSpeedMps, 2);
  });

  test('between bends it never speeds up or brakes more than car and tyres can', () => {
    const centre = beanCentre(2, 120);
    const half = centre.map(() => 0.3);
    const track = buildTrack('bean', { kind: 'widths', format: 'built-in', centre, leftM: half, rightM: half });
    const car = { ...vehicle, friction: 0.3, topSpeedMps: 6, maxAccelerationMps2: 1.5, maxBrakingMps2: 2 };
    const { speedsMps } = limitLap(track, car);
    const step = track.lengthM / speedsMps.length;
    const changes = Array.from(speedsMps, (speed, i) => {
      const next = speedsMps[(i + 1) % speedsMps.length]!;
      return (next * next - speed * speed) / (2 * step);
    });
    expect(Math.max(...changes)).toBeGreaterThan(1);
    expect(Math.max(...changes)).toBeLessThanOrEqual(1.5 + 1e-9);
    expect(Math.min(...changes)).toBeLessThan(-1);
    expect(Math.min(...changes)).toBeGreaterThanOrEqual(-2 - 1e-9);
  });

  test('less grip, longer lap', () => {
    const times = [0.8, 0.4, 0.2, 0.1].map((friction) => limitLap(circle(2), { ...vehicle, friction }).limitLapS);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBeGreaterThan(2);
  });
});
