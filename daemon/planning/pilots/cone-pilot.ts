import type { CarConfig } from '../../car/config.ts';
import type { FrameDetections } from '../../protocol/detection.ts';
import type { GroundPoint, Pose } from '../../protocol/geometry.ts';
import type { Plan } from '../../protocol/telemetry.ts';
import { ConeMap } from '../cone-map.ts';
import { EgoMotion, type EgoState } from '../ego-motion.ts';
import { viewGround } from '../ground.ts';
import type { MappedCone } from '../landmark.ts';
import { distance, fromFrame, toFrame } from '../plane.ts';
import { steeringFor, throttleFor } from '../vehicle-response.ts';
import { assumedWidthM, corridorSpacingM, curvatures } from './centre-line.ts';
import { Reflexes } from './obstacles.ts';
import type { DriveValues, Pilot, PilotDecision } from './pilot.ts';
import { lookAheadM, nearestOnLine, offsetFromLine, pursue } from './pure-pursuit.ts';
import { planSpeeds, speedAt } from './speed.ts';
import { chooseWay, type PlannedCone } from './way.ts';

/** Without a valid track for this long the car is lost. */
const lostAfterMs = 500;
/** A track is still in sight while a frame shows so many of the cones between which the route was planned. */
const recognisedCones = 3;
/** A route from a frame this old says no more where the next one must lie. */
const comparableMs = 200;
/** No route is driven longer than this, however many of its cones are seen. */
const oldestRouteMs = 2500;
/** Cones beyond are not planned with. */
const horizonM = 4.5;
/** Nearer to a sure cone than this, a doubtful one is its ghost. */
const ghostM = 0.3;
/** Beyond its border for this long by what the map says, the car is: one wrong estimate is no reason to stop. */
const offTrackForMs = 60;
/** So much may the middle of a corridor between few cones be wrong. */
const corridorErrorM = 0.2;
/** Whoever moves outward as fast as this is leaving, whatever the corridor's error. */
const surelyOutwardMps = 0.6;
/** The time over which it is judged whither the car moves. */
const outwardOverMs = 100;
/** The wheels stand as commanded this much later: bus, pulse and most of the servo's lag. */
const steeringDelayMs = 55;
/** The motor is asked for the speed that is due this much later. */
const speedPreviewS = 0.13;
/** How much of a newly measured width is believed, once several were. */
const widthLearningShare = 0.04;

/** The way as planned from one frame, in the odometry frame. */
interface Route {
  readonly line: readonly GroundPoint[];
  readonly curvaturesPerM: readonly number[];
  readonly centre: readonly GroundPoint[];
  readonly halfWidthM: number;
  readonly frameId: number;
  readonly capturedAtMs: number;
}

/** Cones around the car, in its frame. A doubtful one beside a sure one is more likely its ghost than its neighbour. */
function conesToPlanWith(mapped: readonly MappedCone[], pose: Pose): PlannedCone[] {
  const sure = mapped.filter((cone) => cone.sure);
  return mapped
    .filter((cone) => cone.confirmed && (cone.sure || sure.every((other) => distance(cone, other) > ghostM)))
    .map((cone) => ({
      ...toFrame(pose, cone),
      colour: cone.colour,
      colourShare: cone.colourShare,
      isNew: cone.isNew,
      sure: cone.sure,
    }))
    .filter((cone) => Math.hypot(cone.xM, cone.yM) <= horizonM);
}

/**
 * Drives between cones: ground points, map, centre line, a line that bends little, pure pursuit and a speed for what is seen;
 * stops for signs, people and things.
 */
export function createConePilot(config: CarConfig): Pilot {
  const { vehicle, camera } = config;
  const ego = new EgoMotion(config);
  const map = new ConeMap(camera, ego);
  const reflexes = new Reflexes({
    camera: config.camera,
    vehicle,
    stopFor: config.pilot.stopFor,
    stopSignWaitMs: config.pilot.stopSignWaitMs,
  });
  let route: Route | undefined;
  /** When the newest frame was taken that has the route in it. */
  let trackSeenAtMs = Number.NEGATIVE_INFINITY;
  let leavingSinceMs: number | undefined;
  let placesLately: (GroundPoint & { readonly atMs: number })[] = [];
  let widthM: number | undefined;
  let widthSamples = 0;
  let newest: { readonly frameId: number; readonly capturedAtMs: number } | undefined;

  function planRoute(pose: EgoState, frame: FrameDetections): Route | undefined {
    const isFresh = route !== undefined && frame.capturedAtMs - route.capturedAtMs < comparableMs;
    const before = isFresh ? route?.centre.map((point) => toFrame(pose, point)) : undefined;
    const way = chooseWay(conesToPlanWith(map.cones, pose), vehicle, widthM, before);
    if (way === undefined) return undefined;
    const { corridor, line } = way;
    if (corridor.widthM !== undefined) {
      widthM ??= corridor.widthM;
      widthSamples++;
      // Quickly at first, then slowly: one wrong view must not change what many have shown.
      const share = Math.max(widthLearningShare, 1 / widthSamples);
      const news = Math.max(-0.15, Math.min(0.15, corridor.widthM - widthM));
      widthM += share * news;
    }
    return {
      line: line.map((point) => fromFrame(pose, point)),
      curvaturesPerM: curvatures(line, 2),
      centre: corridor.centre.map((point) => fromFrame(pose, point)),
      halfWidthM: (widthM ?? assumedWidthM) / 2,
      frameId: frame.frameId,
      capturedAtMs: frame.capturedAtMs,
    };
  }

  function observe(frame: FrameDetections): void {
    newest = { frameId: frame.frameId, capturedAtMs: frame.capturedAtMs };
    const view = viewGround(camera, config.pilot.coneHeightM, frame);
    ego.advanceTo(frame.capturedAtMs);
    const pose = map.observe(view.cones, frame.capturedAtMs);
    reflexes.observe(view.obstacles, pose, frame.capturedAtMs);
    // A view without a way in it does not undo the one before: that ends where its sight ended, and the car with it.
    const newer = planRoute(pose, frame);
    route = newer ?? route;
    // The map remembers cones that the camera no longer shows: planning between them alone is driving blind.
    const isInSight = newer !== undefined ? view.cones.length > 0 : map.recognised >= recognisedCones;
    if (isInSight) trackSeenAtMs = frame.capturedAtMs;
  }

  function describe(
    pose: EgoState,
    line: Route['line'],
    target: GroundPoint | undefined,
    speedMps: number,
    because: string,
  ): Plan {
    const cones = map.cones
      .filter((cone) => cone.confirmed)
      .map((cone) => ({ ...toFrame(pose, cone), colour: cone.colour }));
    const centreLine = line.map((point) => toFrame(pose, point)).filter((point) => point.xM > -0.2);
    const { xM, yM, headingRad } = pose;
    const plan: Plan = { cones, centreLine, pose: { xM, yM, headingRad }, speedMps, because };
    if (newest !== undefined) plan.frameId = newest.frameId;
    if (target !== undefined) plan.target = { ...target };
    return plan;
  }

  function lost(pose: EgoState, reason: 'no-track' | 'off-track'): PilotDecision {
    // A way that is no longer seen is none to show.
    const [because, line] = reason === 'no-track' ? ['no track', []] : ['off the track', route?.line ?? []];
    const plan = describe(pose, line, undefined, 0, because);
    return { kind: 'lost', reason, plan, speedMps: pose.speedMps, ...newest };
  }

  /**
   * Clearly beyond the border, or so fast towards it that the brakes cannot keep the car within it: v²/2a. By where it was a moment ago,
   * not by where its wheels should take it: they may not.
   */
  function isLeaving(way: Route, pose: EgoState, nowMs: number): boolean {
    const offM = offsetFromLine(way.centre, pose);
    const then = placesLately.find(({ atMs }) => nowMs - atMs <= outwardOverMs);
    placesLately = [...placesLately.filter(({ atMs }) => nowMs - atMs < outwardOverMs), { ...pose, atMs: nowMs }];
    const thenOffM = then === undefined ? undefined : offsetFromLine(way.centre, then);
    if (then === undefined || offM === undefined || thenOffM === undefined) return false;
    const outwardMps = Math.max(0, offM - thenOffM) / Math.max(0.02, (nowMs - then.atMs) / 1000);
    const brakingM = (outwardMps * outwardMps) / (2 * vehicle.maxBrakingMps2);
    const doubtM = corridorErrorM * Math.max(0, 1 - outwardMps / surelyOutwardMps);
    return offM + brakingM > way.halfWidthM + doubtM;
  }

  function decide(nowMs: number): PilotDecision {
    const pose = ego.predict(nowMs);
    const seen = newest ?? {};
    if (route === undefined || nowMs - trackSeenAtMs > lostAfterMs || nowMs - route.capturedAtMs > oldestRouteMs) {
      return lost(pose, 'no-track');
    }
    leavingSinceMs = isLeaving(route, pose, nowMs) ? (leavingSinceMs ?? nowMs) : undefined;
    if (leavingSinceMs !== undefined && nowMs - leavingSinceMs >= offTrackForMs) return lost(pose, 'off-track');
    // Steering acts later: aim from where the car will be by then.
    const soon = ego.predict(nowMs + steeringDelayMs);
    const aheadM = lookAheadM(pose.speedMps);
    const { target, curvaturePerM } = pursue(
      route.line.map((point) => toFrame(soon, point)),
      aheadM,
    );
    const { alongM } = nearestOnLine(route.line, pose);
    const { caps, waiting } = reflexes.stops(
      { line: route.line, halfWidthM: route.halfWidthM },
      alongM,
      pose.speedMps,
      nowMs,
    );
    const profile = planSpeeds(route.curvaturesPerM, corridorSpacingM, vehicle, config.pilot, caps);
    const here = speedAt(profile, alongM, corridorSpacingM);
    const due = speedAt(profile, alongM + Math.max(0, pose.speedMps) * speedPreviewS, corridorSpacingM);
    const wantedMps = Math.min(due.speedMps, here.speedMps + 0.3);
    const drive = {
      steering: steeringFor(vehicle, curvaturePerM),
      throttle: throttleTowards(pose.speedMps, wantedMps),
    };
    const shownTarget = toFrame(pose, fromFrame(soon, target));
    const decision = {
      kind: 'drive' as const,
      ...drive,
      plan: describe(pose, route.line, shownTarget, wantedMps, due.because),
      speedMps: pose.speedMps,
      ...seen,
    };
    return waiting === undefined ? decision : { ...decision, waiting };
  }

  function throttleTowards(speedMps: number, wantedMps: number): number {
    if (wantedMps < 0.05 && speedMps < 0.15) return 0;
    const wished = (wantedMps - speedMps) / speedPreviewS;
    const mps2 = Math.max(-vehicle.maxBrakingMps2, Math.min(vehicle.maxAccelerationMps2, wished));
    return throttleFor(vehicle, speedMps, mps2);
  }

  return {
    name: 'cones',
    observe,
    decide,
    drove: (given: DriveValues, nowMs: number) => ego.drove(given, nowMs),
  };
}
