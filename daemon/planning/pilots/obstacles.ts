import type { Vehicle } from '../../car/config.ts';
import { type CameraGeometry, carPointToPixel, pixelToGround } from '../../protocol/camera-geometry.ts';
import type { GroundPoint, Pose } from '../../protocol/geometry.ts';
import type { SeenObstacle } from '../ground.ts';
import { distance, fromFrame, toFrame } from '../plane.ts';
import { standstillMps } from '../vehicle-response.ts';
import type { Waiting } from './pilot.ts';
import { nearestOnLine } from './pure-pursuit.ts';
import type { SpeedCap } from './speed.ts';

const stopSignLabel = 'stop sign';

export interface ReflexOptions {
  readonly camera: CameraGeometry;
  readonly vehicle: Vehicle;
  /** Labels to stop for. */
  readonly stopFor: readonly string[];
  readonly stopSignWaitMs: number;
}

/** The way ahead, in the frame in which things are remembered. */
export interface Way {
  readonly line: readonly GroundPoint[];
  /** Widest distance from the line that still lies on the track. */
  readonly halfWidthM: number;
}

interface Thing {
  readonly id: number;
  readonly label: string;
  xM: number;
  yM: number;
  widthM: number;
  sightings: number;
  seenAtMs: number;
  /** Time of frames that should have shown it since it was last seen, and did not. */
  missedMs: number;
  /** Time of frames that could not show it since anything of its label was last seen. */
  hiddenMs: number;
  /** It stands on the way; and the car stands or brakes for it. As of the newest decision. */
  onWay: boolean;
  stoppedFor: boolean;
}

const stopBeforeSignM = 0.4;
const stopBeforeThingM = 0.35;
/** A sign stands at the track's edge: so far beside the border it still counts. */
const besideTrackM = 0.5;
/** Twice seen is there; once may be a flicker. */
const confirmSightings = 2;
/** Out of sight for this long, it is gone, if it should have been seen. */
const goneAfterMs = 700;
const forgetAfterMs = 5000;
/** What the car stands or brakes for must be missing from the pictures for so long before it drives on. */
const clearAfterMs = 2500;
/** What is too near to be seen is waited for this long, without anything of its kind in any picture. */
const hiddenWaitMs = 10_000;
/** A thing whose foot stands in this share of the picture along its edges may be too much cut off to be recognised. */
const edgeShare = 0.1;
/** A pause between two frames proves no more than this. */
const longestFrameMs = 200;
/** Things this close to the point of braking are being braked for. */
const brakingMarginM = 0.5;
/** What a plan counts on of the brakes, with something in hand. */
const brakingShare = 0.5;
/** Noise of the place grows with the range: two sightings this close are one thing. */
const sameThing = { baseM: 0.25, perRangeM: 0.2 };
/** Close enough to the stopping point to count as stopped for it. */
const atStopM = 0.35;

/** Stop signs, and people and things on the track: remembered where they stand, turned into places to stop at. */
export class Reflexes {
  readonly #options: ReflexOptions;
  readonly #bumperM: number;
  readonly #sight: Sight;
  #things: Thing[] = [];
  #nextId = 1;
  #frameAtMs: number | undefined;
  /** A sign that was obeyed: not again until it is passed. */
  #obeyed: GroundPoint | undefined;
  #standingAt: { readonly id: number; readonly sinceMs: number } | undefined;

  constructor(options: ReflexOptions) {
    this.#options = options;
    this.#sight = new Sight(options.camera);
    const { wheelbaseM, lengthM } = options.vehicle;
    this.#bumperM = wheelbaseM + (lengthM - wheelbaseM) / 2;
  }

  /** What one frame shows, in the car's frame; `pose` is the car's at capture. */
  observe(seen: readonly SeenObstacle[], pose: Pose, capturedAtMs: number): void {
    const frameMs = Math.max(0, Math.min(longestFrameMs, capturedAtMs - (this.#frameAtMs ?? capturedAtMs)));
    this.#frameAtMs = capturedAtMs;
    for (const obstacle of seen) {
      if (!this.#options.stopFor.includes(obstacle.label)) continue;
      const rangeM = Math.hypot(obstacle.xM, obstacle.yM);
      const at = fromFrame(pose, obstacle);
      const same = this.#things.find(
        (thing) =>
          thing.label === obstacle.label && distance(thing, at) < sameThing.baseM + sameThing.perRangeM * rangeM,
      );
      if (same === undefined) {
        const { label, widthM } = obstacle;
        const id = this.#nextId++;
        this.#things.push({
          id,
          label,
          ...at,
          widthM,
          sightings: 1,
          seenAtMs: capturedAtMs,
          missedMs: 0,
          hiddenMs: 0,
          onWay: false,
          stoppedFor: false,
        });
        continue;
      }
      // Things may move, and the nearer the better known: newer sightings weigh more.
      const share = Math.max(0.3, 1 / (same.sightings + 1));
      same.xM += share * (at.xM - same.xM);
      same.yM += share * (at.yM - same.yM);
      same.widthM += share * (obstacle.widthM - same.widthM);
      same.sightings++;
      same.seenAtMs = capturedAtMs;
    }
    const labels = new Set(seen.map((obstacle) => obstacle.label));
    for (const thing of this.#things) this.#count(thing, labels.has(thing.label), pose, capturedAtMs, frameMs);
    this.#forget(pose, capturedAtMs);
  }

  /** What this frame says of a thing that it does not show. */
  #count(thing: Thing, labelSeen: boolean, pose: Pose, capturedAtMs: number, frameMs: number): void {
    if (thing.seenAtMs >= capturedAtMs) {
      thing.missedMs = 0;
      thing.hiddenMs = 0;
    } else if (this.#sight.shows(toFrame(pose, thing))) thing.missedMs += frameMs;
    else thing.hiddenMs = labelSeen ? 0 : thing.hiddenMs + frameMs;
  }

  #forget(pose: Pose, nowMs: number): void {
    this.#things = this.#things.filter((thing) => {
      const at = toFrame(pose, thing);
      const unseenMs = nowMs - thing.seenAtMs;
      if (at.xM < -0.5) return false;
      if (thing.sightings < confirmSightings) return unseenMs < 200;
      const isKept = thing.label !== stopSignLabel && thing.onWay && (thing.stoppedFor || this.#sight.isTooNear(at));
      // Never into somebody who is merely too near to be seen.
      if (isKept) return thing.missedMs <= clearAfterMs && thing.hiddenMs <= hiddenWaitMs;
      return unseenMs <= forgetAfterMs && !(this.#sight.shows(at) && unseenMs > goneAfterMs);
    });
    if (this.#obeyed !== undefined && toFrame(pose, this.#obeyed).xM < -0.5) this.#obeyed = undefined;
  }

  /**
   * Where to stop on the way, and what the car stands still for. `alongM` is how far along the way the rear axle is.
   */
  stops(
    way: Way,
    alongM: number,
    speedMps: number,
    nowMs: number,
  ): { readonly caps: readonly SpeedCap[]; readonly waiting: Waiting | undefined } {
    const caps: SpeedCap[] = [];
    let waiting: Waiting | undefined;
    let standingAt: Thing | undefined;
    const brakingM = speedMps ** 2 / (2 * brakingShare * this.#options.vehicle.maxBrakingMps2);
    for (const thing of this.#things) {
      thing.onWay = false;
      thing.stoppedFor = false;
      if (thing.sightings < confirmSightings) continue;
      const place = nearestOnLine(way.line, thing);
      const isSign = thing.label === stopSignLabel;
      const reachM = way.halfWidthM + (isSign ? besideTrackM : Math.min(0.15, thing.widthM / 2));
      if (place.distanceM > reachM || place.alongM < alongM) continue;
      if (isSign && this.#isObeyed(thing)) continue;
      const stopAlongM = place.alongM - this.#bumperM - (isSign ? stopBeforeSignM : stopBeforeThingM);
      // Passed the stopping point by far without having seen the sign in time: too late to obey it.
      if (isSign && stopAlongM < alongM - 0.5) continue;
      thing.onWay = true;
      thing.stoppedFor = stopAlongM - alongM <= brakingM + brakingMarginM;
      caps.push({ alongM: Math.max(0, stopAlongM), speedMps: 0, because: thing.label });
      if (stopAlongM - alongM > atStopM || Math.abs(speedMps) > 2 * standstillMps) continue;
      if (isSign) {
        standingAt = thing;
        waiting ??= { code: 'stop-sign', detail: thing.label };
      } else waiting = { code: 'obstacle', detail: thing.label };
    }
    this.#obey(standingAt, nowMs);
    return { caps, waiting };
  }

  #isObeyed(sign: GroundPoint): boolean {
    return this.#obeyed !== undefined && distance(this.#obeyed, sign) < 0.8;
  }

  #obey(sign: Thing | undefined, nowMs: number): void {
    if (sign === undefined) {
      this.#standingAt = undefined;
      return;
    }
    if (this.#standingAt?.id !== sign.id) this.#standingAt = { id: sign.id, sinceMs: nowMs };
    if (nowMs - this.#standingAt.sinceMs < this.#options.stopSignWaitMs) return;
    this.#obeyed = { xM: sign.xM, yM: sign.yM };
    this.#standingAt = undefined;
  }
}

/** What the camera's mounting and lens let it see of the ground. Places are in the car's frame. */
export class Sight {
  readonly #camera: CameraGeometry;
  /** Nearer ahead of the rear axle than this, a thing's foot is below the picture; infinite for a camera that looks up. */
  readonly blindM: number;

  constructor(camera: CameraGeometry) {
    this.#camera = camera;
    const lowest = { xPx: camera.widthPx / 2, yPx: (1 - edgeShare) * camera.heightPx };
    this.blindM = pixelToGround(camera, lowest)?.xM ?? Number.POSITIVE_INFINITY;
  }

  /** A frame that does not show a thing there says that it is gone. */
  shows(at: GroundPoint): boolean {
    if (this.isTooNear(at)) return false;
    const { widthPx, heightPx } = this.#camera;
    const pixel = carPointToPixel(this.#camera, { ...at, zM: 0 });
    if (pixel === undefined) return false;
    const shareX = pixel.xPx / widthPx;
    const shareY = pixel.yPx / heightPx;
    return shareX > edgeShare && shareX < 1 - edgeShare && shareY > 0 && shareY < 1 - edgeShare;
  }

  /** Whatever stands there, ahead or beside, is below the picture. */
  isTooNear(at: GroundPoint): boolean {
    return at.xM <= this.blindM;
  }
}
