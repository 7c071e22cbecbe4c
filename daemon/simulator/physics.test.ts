import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { presets, simulatedActuators } from '../car/presets.ts';
import { gravityMps2 } from './limit-lap.ts';
import { type CarState, carAt, type Drive, driveFromPulses, stepCar } from './physics.ts';

const { vehicle } = presets['simulated']!;
const actuators = simulatedActuators;
const origin = { xM: 0, yM: 0, headingRad: 0 };

function drive(car: CarState, told: Drive, ms: number): CarState {
  let now = car;
  for (let i = 0; i < ms; i++) now = stepCar(vehicle, now, told);
  return now;
}

const share = fc.double({ min: -1, max: 1, noNaN: true });
const told: fc.Arbitrary<Drive> = fc.record({
  steering: fc.option(share, { nil: undefined }),
  throttle: fc.option(share, { nil: undefined }),
});
/** What a driver may do: a few tens of milliseconds of each. */
const commands = fc.array(fc.record({ told, ms: fc.integer({ min: 1, max: 80 }) }), { minLength: 1, maxLength: 30 });
const grips = fc.double({ min: 0.1, max: 1.2, noNaN: true });

test('never faster than the top speed, never more sideways than the tyres hold, never energy from nothing', () => {
  fc.assert(
    fc.property(commands, grips, (list, friction) => {
      const car = { ...vehicle, friction };
      let now = carAt(origin);
      for (const { told, ms } of list) {
        for (let i = 0; i < ms; i++) {
          const next = stepCar(car, now, told);
          expect(Math.abs(next.speedMps)).toBeLessThanOrEqual(vehicle.topSpeedMps * (1 + 1e-9));
          expect(Math.hypot(next.lateralMps2, next.longitudinalMps2)).toBeLessThanOrEqual(
            friction * gravityMps2 + 1e-6,
          );
          const gained = 0.5 * vehicle.massKg * (next.speedMps ** 2 - now.speedMps ** 2);
          const given = (Math.max(next.motorW, now.motorW) + 1e-9) * 0.001;
          // The motor's power is taken at the end of the step; the first millisecond from rest has little of it.
          if (Math.abs(now.speedMps) > 0.05) expect(gained).toBeLessThanOrEqual(given * 1.1);
          if (told.throttle === undefined || told.throttle === 0) expect(gained).toBeLessThanOrEqual(1e-12);
          now = next;
        }
      }
      expect(Number.isFinite(now.xM + now.yM + now.headingRad)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('yaw follows the steering: left is positive, backwards it turns the other way', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 1, noNaN: true }), share, (throttle, steering) => {
      fc.pre(Math.abs(steering) > 0.02);
      const ahead = drive(carAt(origin), { steering, throttle }, 600);
      expect(Math.sign(ahead.yawRateRadps)).toBe(Math.sign(steering));
      const back = drive(carAt(origin), { steering, throttle: -throttle }, 600);
      expect(Math.sign(back.yawRateRadps)).toBe(-Math.sign(steering));
    }),
    { numRuns: 30 },
  );
});

describe('the drive train', () => {
  test('steady speed is the share of the top speed that the throttle asks for', () => {
    for (const throttle of [0.2, 0.5, 1]) {
      const car = drive(carAt(origin), { steering: 0, throttle }, 3000);
      expect(car.speedMps).toBeCloseTo(throttle * vehicle.topSpeedMps, 3);
    }
  });

  test('it reaches 63 % of a small step after the motor lag', () => {
    const cruising = drive(carAt(origin), { steering: 0, throttle: 0.5 }, 3000);
    const after = drive(cruising, { steering: 0, throttle: 0.6 }, vehicle.motorLagMs);
    const share = (after.speedMps - cruising.speedMps) / (0.1 * vehicle.topSpeedMps);
    expect(share).toBeCloseTo(1 - Math.exp(-1), 2);
  });

  test('from rest it accelerates as the vehicle can, and no more', () => {
    const car = drive(carAt(origin), { steering: 0, throttle: 1 }, 100);
    expect(car.speedMps).toBeCloseTo(0.1 * vehicle.maxAccelerationMps2, 3);
  });

  test('throttle 0 brakes to a standstill; without pulses it rolls much further', () => {
    const fast = drive(carAt(origin), { steering: 0, throttle: 1 }, 3000);
    const braked = drive(fast, { steering: 0, throttle: 0 }, 3000);
    const rolled = drive(fast, { steering: 0, throttle: undefined }, 6000);
    expect(braked.speedMps).toBe(0);
    expect(rolled.speedMps).toBe(0);
    expect(rolled.xM - fast.xM).toBeGreaterThan(2 * (braked.xM - fast.xM));
  });

  test('reverse from forward brakes first, then rolls back', () => {
    const fast = drive(carAt(origin), { steering: 0, throttle: 1 }, 3000);
    const first = stepCar(vehicle, fast, { steering: 0, throttle: -1 });
    expect(first.longitudinalMps2).toBeCloseTo(-vehicle.maxBrakingMps2, 6);
    expect(drive(fast, { steering: 0, throttle: -1 }, 4000).speedMps).toBeCloseTo(-vehicle.topSpeedMps, 2);
  });
});

describe('steering', () => {
  test('slow enough for the tyres, the circle is the wheelbase over the tangent', () => {
    const car = drive(carAt(origin), { steering: 0.6, throttle: 0.2 }, 3000);
    const radius = vehicle.wheelbaseM / Math.tan(0.6 * vehicle.maxSteeringRad);
    expect(car.speedMps / car.yawRateRadps).toBeCloseTo(radius, 3);
  });

  test('too fast for the tyres it runs wide', () => {
    const car = drive(carAt(origin), { steering: 1, throttle: 1 }, 3000);
    const radius = vehicle.wheelbaseM / Math.tan(vehicle.maxSteeringRad);
    expect(Math.abs(car.speedMps / car.yawRateRadps)).toBeGreaterThan(1.5 * radius);
    expect(Math.abs(car.lateralMps2)).toBeCloseTo(vehicle.friction * gravityMps2, 1);
  });

  test('the servo is no faster than its rate, and holds without pulses', () => {
    const turned = drive(carAt(origin), { steering: 1, throttle: 0 }, 30);
    expect(turned.steeringRad).toBeLessThanOrEqual(0.03 * vehicle.servoRateRadps + 1e-9);
    expect(turned.steeringRad).toBeGreaterThan(0.02 * vehicle.servoRateRadps);
    const held = drive(turned, { steering: undefined, throttle: 0 }, 500);
    expect(held.steeringRad).toBe(turned.steeringRad);
  });
});

describe('pulses', () => {
  const from = (steeringUs: number, throttleUs: number) => driveFromPulses(actuators, { steeringUs, throttleUs });

  test('the ends and the middle of the configuration', () => {
    expect(from(1900, 2000)).toEqual({ steering: 1, throttle: 1 });
    expect(from(1500, 1500)).toEqual({ steering: 0, throttle: 0 });
    expect(from(1100, 1000)).toEqual({ steering: -1, throttle: -1 });
    expect(from(2100, 900)).toEqual({ steering: 1, throttle: -1 });
  });

  test('no pulse, or one that cannot be, says nothing', () => {
    for (const pulse of [0, 100, 5000, 20_000]) {
      expect(from(pulse, pulse)).toEqual({ steering: undefined, throttle: undefined });
    }
  });

  test('a servo mounted the other way round', () => {
    const steering = { ...actuators.steering, leftPulseUs: 1100, rightPulseUs: 1900 };
    const told = driveFromPulses({ ...actuators, steering }, { steeringUs: 1200, throttleUs: 1500 });
    expect(told.steering).toBeCloseTo(0.75, 9);
  });

  test('each value comes back from the pulse that says it', () => {
    fc.assert(
      fc.property(share, (value) => {
        const { leftPulseUs, centrePulseUs, rightPulseUs } = actuators.steering;
        const pulse = centrePulseUs + Math.abs(value) * ((value > 0 ? leftPulseUs : rightPulseUs) - centrePulseUs);
        expect(from(pulse, 1500).steering).toBeCloseTo(value, 9);
      }),
    );
  });

  test('a pulse that is neutral but for the board’s resolution is neutral', () => {
    expect(from(1500, 1498.16).throttle).toBe(0);
    expect(from(1500, 1510).throttle).toBeCloseTo(0.02, 9);
  });
});
