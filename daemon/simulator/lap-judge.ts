import type { Vehicle } from '../car/config.ts';
import type { GroundPoint, Pose } from '../protocol/geometry.ts';
import { type Nearest, nearestFinder, onPiece } from './tracks/closed-line.ts';
import type { Track } from './tracks/track.ts';

export interface Lap {
  /** From the start line to the start line. */
  readonly timeS: number;
  readonly conesHit: number;
  readonly offTrack: boolean;
  readonly maxLateralErrorM: number;
}

export interface JudgeStatus {
  readonly laps: readonly Lap[];
  /** Since the beginning. A cone counts once, however often it is run over. */
  readonly conesHit: number;
  readonly obstaclesHit: number;
  /** Now. */
  readonly offTrack: boolean;
  /** Ever. */
  readonly wasOffTrack: boolean;
  /** Of the rear axle from the centre line, positive to the left, now. */
  readonly lateralErrorM: number;
  readonly maxLateralErrorM: number;
  /** Since the last crossing of the start line; from the beginning, before the first. */
  readonly lapStartedAtMs: number;
  /** Along the centre line from the start line, laps counted; negative before the first crossing. */
  readonly progressM: number;
}

/** Something round on the ground that must not be touched. */
export interface RoundObstacle extends GroundPoint {
  readonly radiusM: number;
}

export interface LapJudgeOptions {
  readonly track: Track;
  readonly vehicle: Pick<Vehicle, 'widthM' | 'lengthM' | 'wheelbaseM'>;
  readonly coneRadiusM: number;
  readonly obstacles?: readonly RoundObstacle[];
}

/** How far along the centre line one observation may take the car before it is looked for everywhere. */
const searchSamples = 8;

/**
 * Watches the true pose and says what a marshal would: laps and their times, cones hit, off the track or on it. A lap
 * counts when the start line is crossed in the driving direction after the whole centre line has gone by; driving
 * back takes progress away again. Pure: the same poses give the same verdict.
 */
export class LapJudge {
  readonly #track: Track;
  readonly #coneRadiusM: number;
  readonly #obstacles: readonly RoundObstacle[];
  readonly #body: {
    readonly frontM: number;
    readonly rearM: number;
    readonly halfWidthM: number;
    readonly centreM: number;
  };
  readonly #find: (to: GroundPoint) => Nearest;
  readonly #coneIsHit: Uint8Array;
  readonly #obstacleIsHit: Uint8Array;
  #index: number;
  #progressM: number;
  /** Progress at which the start line is crossed next. */
  #nextLineM: number;
  #isTiming = false;
  #lastAtMs: number;
  #lapStartedAtMs: number;
  #laps: Lap[] = [];
  #conesHit = 0;
  #obstaclesHit = 0;
  #offTrack = false;
  #wasOffTrack = false;
  #lateralErrorM = 0;
  #maxLateralErrorM = 0;
  /** Of the lap under way, and of the way to the first crossing, which belongs to the first lap. */
  #lap = { conesHit: 0, offTrack: false, maxLateralErrorM: 0 };

  constructor(options: LapJudgeOptions, atMs: number, pose: Pose) {
    const { track, vehicle } = options;
    const overhangM = Math.max(0, vehicle.lengthM - vehicle.wheelbaseM) / 2;
    this.#track = track;
    this.#coneRadiusM = options.coneRadiusM;
    this.#obstacles = options.obstacles ?? [];
    this.#body = {
      frontM: vehicle.wheelbaseM + overhangM,
      rearM: -overhangM,
      halfWidthM: vehicle.widthM / 2,
      centreM: vehicle.wheelbaseM / 2,
    };
    this.#find = nearestFinder(track.centreLine);
    this.#coneIsHit = new Uint8Array(track.cones.length);
    this.#obstacleIsHit = new Uint8Array(this.#obstacles.length);
    const place = this.#find(pose);
    this.#index = place.index;
    const along = this.#alongM(place);
    this.#progressM = along > track.lengthM / 2 ? along - track.lengthM : along;
    this.#nextLineM = this.#progressM < 0 ? 0 : track.lengthM;
    this.#lastAtMs = atMs;
    this.#lapStartedAtMs = atMs;
  }

  /** One step of the world; at least every few centimetres of the way. */
  observe(atMs: number, pose: Pose): void {
    const before = this.#progressM;
    const place = this.#locate(pose);
    this.#index = place.index;
    this.#progressM += this.#shortWay(this.#alongM(place) - before);
    this.#watchBorders(place, pose);
    this.#watchCones(pose);
    this.#watchLine(before, atMs);
    this.#lastAtMs = atMs;
  }

  status(): JudgeStatus {
    return {
      laps: this.#laps,
      conesHit: this.#conesHit,
      obstaclesHit: this.#obstaclesHit,
      offTrack: this.#offTrack,
      wasOffTrack: this.#wasOffTrack,
      lateralErrorM: this.#lateralErrorM,
      maxLateralErrorM: this.#maxLateralErrorM,
      lapStartedAtMs: this.#lapStartedAtMs,
      progressM: this.#progressM,
    };
  }

  /** The nearest place of the centre line near the last one; anywhere, once the car has left that part of the track. */
  #locate(pose: GroundPoint): Nearest {
    const line = this.#track.centreLine;
    let best = onPiece(line, this.#index, pose);
    for (let k = -searchSamples; k <= searchSamples; k++) {
      const near = onPiece(line, (this.#index + k + line.length) % line.length, pose);
      if (near.distanceM < best.distanceM) best = near;
    }
    const { leftHalfWidthM, rightHalfWidthM } = line[best.index]!;
    return best.distanceM > Math.max(leftHalfWidthM, rightHalfWidthM) ? this.#find(pose) : best;
  }

  #alongM(place: Nearest): number {
    return ((place.index + place.share) * this.#track.lengthM) / this.#track.centreLine.length;
  }

  /** A way along a circuit, the shorter way round. */
  #shortWay(wayM: number): number {
    const { lengthM } = this.#track;
    const within = wayM - Math.floor(wayM / lengthM) * lengthM;
    return within > lengthM / 2 ? within - lengthM : within;
  }

  #watchBorders(place: Nearest, pose: Pose): void {
    const centre = {
      xM: pose.xM + this.#body.centreM * Math.cos(pose.headingRad),
      yM: pose.yM + this.#body.centreM * Math.sin(pose.headingRad),
    };
    this.#lateralErrorM = this.#lateral(place, pose);
    this.#offTrack = this.#isOutside(place, pose) || this.#isOutside(this.#locate(centre), centre);
    const error = Math.abs(this.#lateralErrorM);
    this.#maxLateralErrorM = Math.max(this.#maxLateralErrorM, error);
    this.#lap.maxLateralErrorM = Math.max(this.#lap.maxLateralErrorM, error);
    if (this.#offTrack) {
      this.#wasOffTrack = true;
      this.#lap.offTrack = true;
    }
  }

  #lateral(place: Nearest, point: GroundPoint): number {
    const { headingRad } = this.#track.centreLine[place.index]!;
    const leftwards =
      (point.yM - place.point.yM) * Math.cos(headingRad) - (point.xM - place.point.xM) * Math.sin(headingRad);
    return leftwards < 0 ? -place.distanceM : place.distanceM;
  }

  #isOutside(place: Nearest, point: GroundPoint): boolean {
    const sample = this.#track.centreLine[place.index]!;
    const next = this.#track.centreLine[(place.index + 1) % this.#track.centreLine.length]!;
    const lateral = this.#lateral(place, point);
    const between = (a: number, b: number) => a + (b - a) * place.share;
    return lateral > 0
      ? lateral > between(sample.leftHalfWidthM, next.leftHalfWidthM)
      : -lateral > between(sample.rightHalfWidthM, next.rightHalfWidthM);
  }

  #watchCones(pose: Pose): void {
    const cos = Math.cos(pose.headingRad);
    const sin = Math.sin(pose.headingRad);
    const cones = this.#track.cones;
    for (let i = 0; i < cones.length; i++) {
      if (this.#coneIsHit[i] === 0 && this.#touches(pose, cos, sin, cones[i]!, this.#coneRadiusM)) {
        this.#coneIsHit[i] = 1;
        this.#conesHit++;
        this.#lap.conesHit++;
      }
    }
    for (let i = 0; i < this.#obstacles.length; i++) {
      const obstacle = this.#obstacles[i]!;
      if (this.#obstacleIsHit[i] === 0 && this.#touches(pose, cos, sin, obstacle, obstacle.radiusM)) {
        this.#obstacleIsHit[i] = 1;
        this.#obstaclesHit++;
      }
    }
  }

  /** The car's rectangle against a circle on the ground. */
  #touches(pose: Pose, cos: number, sin: number, circle: GroundPoint, radiusM: number): boolean {
    const dx = circle.xM - pose.xM;
    const dy = circle.yM - pose.yM;
    if (dx * dx + dy * dy > (this.#body.frontM + this.#body.halfWidthM + radiusM) ** 2) return false;
    const forward = dx * cos + dy * sin;
    const left = Math.abs(dy * cos - dx * sin);
    const ahead = Math.max(0, forward - this.#body.frontM, this.#body.rearM - forward);
    const aside = Math.max(0, left - this.#body.halfWidthM);
    return ahead * ahead + aside * aside < radiusM * radiusM;
  }

  #watchLine(before: number, atMs: number): void {
    if (this.#progressM < this.#nextLineM) return;
    const share = (this.#nextLineM - before) / (this.#progressM - before);
    const crossedAtMs = this.#lastAtMs + (atMs - this.#lastAtMs) * share;
    if (this.#isTiming) {
      this.#laps.push({ timeS: (crossedAtMs - this.#lapStartedAtMs) / 1000, ...this.#lap });
      this.#lap = { conesHit: 0, offTrack: false, maxLateralErrorM: 0 };
    }
    this.#isTiming = true;
    this.#lapStartedAtMs = crossedAtMs;
    this.#nextLineM += this.#track.lengthM;
  }
}
