import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pose } from '../../../daemon/protocol/geometry.ts';
import type { Plan } from '../../../daemon/protocol/telemetry.ts';
import { addToSurvey, emptySurvey, toWorld } from './cone-survey.ts';

const planAt = (pose: Pose | undefined, cones: Plan['cones']): Plan => ({
  cones,
  centreLine: [],
  speedMps: 1,
  because: 'curve',
  ...(pose && { pose }),
});
const start: Pose = { xM: 0, yM: 0, headingRad: 0 };

test('a cone seen from two places is one, where it stands', () => {
  const first = addToSurvey(emptySurvey, planAt(start, [{ xM: 2, yM: 0.5, colour: 'blue' }]));
  const second = addToSurvey(first, planAt({ xM: 1, yM: 0, headingRad: 0 }, [{ xM: 1, yM: 0.52, colour: 'blue' }]));
  expect(second.cones).toHaveLength(1);
  expect(second.cones[0]).toMatchObject({ xM: 2, sightings: 2 });
  expect(second.trail).toHaveLength(2);
});

test('cones of two colours are two, and a plan without a place adds nothing', () => {
  const both = planAt(start, [
    { xM: 1, yM: 0, colour: 'blue' },
    { xM: 1, yM: 0, colour: 'yellow' },
  ]);
  const survey = addToSurvey(emptySurvey, both);
  expect(survey.cones).toHaveLength(2);
  expect(addToSurvey(survey, planAt(undefined, both.cones))).toBe(survey);
});

test('a car that is put back at its start begins anew', () => {
  const survey = addToSurvey(emptySurvey, planAt({ xM: 5, yM: 0, headingRad: 0 }, [{ xM: 1, yM: 0, colour: 'blue' }]));
  expect(addToSurvey(survey, planAt(start, [])).cones).toEqual([]);
});

test('seen again and again from anywhere near, a cone never becomes two, and stays where it stands', () => {
  const near = fc.record({
    xM: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    yM: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    headingRad: fc.double({ min: -3, max: 3, noNaN: true }),
  });
  const cone = { xM: 2, yM: 1 };
  fc.assert(
    fc.property(fc.array(near, { minLength: 1, maxLength: 20 }), (poses) => {
      let survey = emptySurvey;
      for (const pose of poses) {
        const cos = Math.cos(pose.headingRad);
        const sin = Math.sin(pose.headingRad);
        const dx = cone.xM - pose.xM;
        const dy = cone.yM - pose.yM;
        const seen = { xM: cos * dx + sin * dy, yM: -sin * dx + cos * dy };
        expect(toWorld(pose, seen).xM).toBeCloseTo(cone.xM, 9);
        survey = addToSurvey(survey, planAt(pose, [{ ...seen, colour: 'yellow' }]));
      }
      expect(survey.cones).toHaveLength(1);
      expect(survey.cones[0]?.xM).toBeCloseTo(cone.xM, 6);
    }),
  );
});
