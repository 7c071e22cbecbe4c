import type { GroundPoint, Pose } from '../../../daemon/protocol/geometry.ts';
import type { Plan } from '../../../daemon/protocol/telemetry.ts';

export interface SurveyedCone extends GroundPoint {
  readonly colour: Plan['cones'][number]['colour'];
  /** In how many plans it was seen. */
  readonly sightings: number;
}

/** Two cones of one colour nearer than this are one; the car's own idea of where it is wanders by as much. */
const sameWithinM = 0.3;
/** An older cone moves by this share of the way to where it is seen now. */
const followShare = 0.15;
const mostCones = 400;
/** The car has been put somewhere else, or counts from a new start. */
const jumpM = 1.5;

export interface Survey {
  readonly cones: readonly SurveyedCone[];
  /** Where the car has been, newest last. */
  readonly trail: readonly GroundPoint[];
  readonly pose: Pose | undefined;
}

export const emptySurvey: Survey = { cones: [], trail: [], pose: undefined };

const trailSpacingM = 0.08;
const longestTrail = 800;

/** All cones seen so far, in the frame of the car's start. A plan that does not say where the car is adds nothing. */
export function addToSurvey(survey: Survey, plan: Plan): Survey {
  const { pose } = plan;
  if (pose === undefined) return survey;
  const jumped = survey.pose !== undefined && distanceM(survey.pose, pose) > jumpM;
  const { cones: known, trail } = jumped ? emptySurvey : survey;
  const cones = [...known];
  for (const seen of plan.cones) {
    const at = toWorld(pose, seen);
    const index = cones.findIndex((cone) => cone.colour === seen.colour && distanceM(cone, at) < sameWithinM);
    const cone = cones[index];
    if (cone === undefined) cones.push({ ...at, colour: seen.colour, sightings: 1 });
    else {
      cones[index] = {
        colour: cone.colour,
        sightings: cone.sightings + 1,
        xM: cone.xM + followShare * (at.xM - cone.xM),
        yM: cone.yM + followShare * (at.yM - cone.yM),
      };
    }
  }
  const last = trail.at(-1);
  const moved = last === undefined || distanceM(last, pose) >= trailSpacingM;
  return {
    cones: cones.slice(-mostCones),
    trail: moved ? [...trail, { xM: pose.xM, yM: pose.yM }].slice(-longestTrail) : trail,
    pose,
  };
}

export function toWorld(pose: Pose, point: GroundPoint): GroundPoint {
  const cos = Math.cos(pose.headingRad);
  const sin = Math.sin(pose.headingRad);
  return { xM: pose.xM + cos * point.xM - sin * point.yM, yM: pose.yM + sin * point.xM + cos * point.yM };
}

function distanceM(a: GroundPoint, b: GroundPoint): number {
  return Math.hypot(a.xM - b.xM, a.yM - b.yM);
}
