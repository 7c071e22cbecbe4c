import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets } from '../../car/presets.ts';
import { gravityMps2 } from '../vehicle-response.ts';
import { planSpeeds, speedAt } from './speed.ts';

const { vehicle } = presets['simulated']!;
const spacingM = 0.1;
const limits = { gripShare: 0.7, maxSpeedMps: 2.5 };
const hundredths = (min: number, max: number) =>
  fc.noBias(fc.integer({ min: min * 100, max: max * 100 })).map((value) => value / 100);
const anyCurvatures = fc.array(hundredths(-3, 3), { minLength: 1, maxLength: 50, size: 'max' });
const anyCaps = fc.array(
  fc.record({ alongM: hundredths(0, 6), speedMps: hundredths(0, 3), because: fc.constant('cap') }),
  { maxLength: 3 },
);

describe('a speed profile', () => {
  it('never exceeds grip or top speed, brakes in time, and stands at the end of sight', () => {
    let curveBound = 0;
    fc.assert(
      fc.property(anyCurvatures, anyCaps, (curvatures, caps) => {
        const { speedsMps, because } = planSpeeds(curvatures, spacingM, vehicle, limits, caps);
        expect(speedsMps).toHaveLength(curvatures.length);
        expect(because).toHaveLength(curvatures.length);
        for (const [i, speed] of speedsMps.entries()) {
          expect(speed).toBeGreaterThanOrEqual(0);
          expect(speed).toBeLessThanOrEqual(Math.min(limits.maxSpeedMps, vehicle.topSpeedMps));
          const lateral = speed ** 2 * Math.abs(curvatures[i]!);
          expect(lateral).toBeLessThanOrEqual(limits.gripShare * vehicle.friction * gravityMps2 + 1e-9);
          if (because[i] === 'curve') curveBound++;
          const next = speedsMps[i + 1];
          if (next === undefined) continue;
          expect(speed ** 2 - next ** 2).toBeLessThanOrEqual(2 * vehicle.maxBrakingMps2 * spacingM + 1e-9);
          expect(next ** 2 - speed ** 2).toBeLessThanOrEqual(2 * vehicle.maxAccelerationMps2 * spacingM + 1e-9);
        }
        expect(speedsMps.at(-1)).toBe(0);
      }),
      { numRuns: 300 },
    );
    expect(curveBound).toBeGreaterThan(100);
  });

  it('keeps every cap from its place on', () => {
    fc.assert(
      fc.property(anyCurvatures, anyCaps, (curvatures, caps) => {
        const { speedsMps } = planSpeeds(curvatures, spacingM, vehicle, limits, caps);
        for (const cap of caps) {
          for (const [i, speed] of speedsMps.entries()) {
            if (i * spacingM >= cap.alongM) expect(speed).toBeLessThanOrEqual(cap.speedMps);
          }
        }
      }),
    );
  });

  it('is the same for a bend to the left and to the right', () => {
    fc.assert(
      fc.property(anyCurvatures, anyCaps, (curvatures, caps) => {
        const mirrored = curvatures.map((curvature) => -curvature);
        expect(planSpeeds(mirrored, spacingM, vehicle, limits, caps)).toEqual(
          planSpeeds(curvatures, spacingM, vehicle, limits, caps),
        );
      }),
    );
  });

  it('says what it goes by', () => {
    const curvatures = [
      ...new Array<number>(40).fill(0),
      ...new Array<number>(5).fill(3),
      ...new Array<number>(40).fill(0),
    ];
    const { because, speedsMps } = planSpeeds(curvatures, spacingM, vehicle, limits, []);
    expect(because[40]).toBe('curve');
    expect(because.at(-1)).toBe('sight');
    expect(speedsMps[40]).toBeLessThan(speedsMps[20]!);
    const stop = { alongM: 2, speedMps: 0, because: 'person' };
    expect(planSpeeds(curvatures, spacingM, vehicle, limits, [stop]).because[19]).toBe('person');
  });

  it('of no line is standing', () => {
    const profile = planSpeeds([], spacingM, vehicle, limits, []);
    expect(speedAt(profile, 1, spacingM)).toEqual({ speedMps: 0, because: 'sight' });
  });
});

it('the speed between two points lies between theirs, and beyond the ends is that of the end', () => {
  fc.assert(
    fc.property(anyCurvatures, hundredths(-1, 8), (curvatures, alongM) => {
      const profile = planSpeeds(curvatures, spacingM, vehicle, limits, []);
      const { speedMps } = speedAt(profile, alongM, spacingM);
      const place = Math.max(0, Math.min(curvatures.length - 1, alongM / spacingM));
      const ends = [profile.speedsMps[Math.floor(place)]!, profile.speedsMps[Math.ceil(place)]!];
      expect(speedMps).toBeGreaterThanOrEqual(Math.min(...ends) - 1e-9);
      expect(speedMps).toBeLessThanOrEqual(Math.max(...ends) + 1e-9);
    }),
  );
});
