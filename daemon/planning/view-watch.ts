import type { CarConfig } from '../car/config.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import { CourseWatch } from './course-watch.ts';
import { EgoMotion } from './ego-motion.ts';
import { type GroundView, type SeenCone, viewGround } from './ground.ts';
import type { ModeEvent } from './modes.ts';
import { type Tilt, tiltOf } from './picture-tilt.ts';
import type { DriveValues } from './pilots/pilot.ts';
import { distance } from './plane.ts';
import { TurnWatch } from './turn-watch.ts';

/** Smaller boxes may be anything. */
const leastBoxPx = 6;
/** Fewer cones in a picture prove nothing. */
const leastCones = 4;
/** A smaller share of a picture's cones that can stand on the ground is no noise of the detector. */
const groundedShare = 0.35;
/** A bend, a brake and a measured angle that is a little off tilt a picture less than this. */
const tiltedRad = { pitch: 0.09, roll: 0.13 };
/** A blue and a yellow cone as far apart as this, across the view, stand on the two sides of one way. */
const acrossM = { least: 0.4, most: 1.3 };
/** Farther away other parts of the track come into the picture. */
const sidesWithinM = 2;
/** A cone as near as this and as far aside is one of the border that the car drives along, however the way bends. */
const besideM = { range: 0.9, aside: 0.2 };
/** So many of the newest judged pictures must agree: a few wrong ones are the detector's. */
const judgedPictures = 10;
const agreeing = 7;
/** What older pictures said holds no more: those since may say nothing, of a camera that was put right. */
const outcomeLifeMs = 2000;

interface Outcome {
  readonly capturedAtMs: number;
  readonly isWrong: boolean;
  /** How many times as tall as they are said to be the cones look, where that is the likelier reason. */
  readonly conesTallerBy?: number | undefined;
}

type Judgement = 'off-the-ground' | 'sides-swapped';

/** What each doubt says to people. */
export const viewDoubts = {
  'off-the-ground': (setM: number): string =>
    'The cones in the picture cannot stand on the ground: the camera hangs otherwise than it was measured, ' +
    `or the cones are not ${millimetres(setM)} mm tall`,
  'sides-swapped': 'Blue cones stand on the right: the picture is mirrored, or the car faces the wrong way',
  'turns-otherwise':
    'The picture turns to the other side than the car: it is mirrored, or the steering is the wrong way round. ' +
    'Put it right, then drive a bend by hand',
  aside:
    'The car does not go where the camera looks: the camera is turned aside or the picture shifted. Put it right, then drive a few metres by hand',
  'cones-of-other-height': (looksM: number, setM: number): string =>
    `The cones look ${millimetres(looksM)} mm tall and are set to ${millimetres(setM)} mm: measure them and set the cones' height, ` +
    'or the lens hangs higher or lower than it was measured',
} as const;

/** To what a box can tell. */
function millimetres(meters: number): string {
  return (10 * Math.round(100 * meters)).toFixed(0);
}

/**
 * Can the picture be right? A camera that was turned, tilted or mirrored still gives pictures, in time, and a way may be found in
 * them that is none. Cones must stand on the ground, blue ones on the left, and pass by as the car drives and turns.
 */
export class ViewWatch {
  readonly #camera: CarConfig['camera'];
  readonly #coneHeightM: number;
  readonly #commanded: EgoMotion;
  readonly #course = new CourseWatch();
  readonly #turn = new TurnWatch();
  /** Of each judgement the newest outcomes. A picture that says nothing of it leaves those before, till they are too old. */
  readonly #outcomes: Record<Judgement, Outcome[]> = { 'off-the-ground': [], 'sides-swapped': [] };

  constructor(config: CarConfig) {
    this.#camera = config.camera;
    this.#coneHeightM = config.pilot.coneHeightM;
    this.#commanded = new EgoMotion(config);
  }

  /** What the wheels are given from now on. */
  drove(given: DriveValues, nowMs: number): void {
    this.#commanded.drove(given, nowMs);
  }

  observe(frame: FrameDetections): void {
    const view = viewGround(this.#camera, this.#coneHeightM, frame);
    const { cones } = view;
    const pose = this.#commanded.advanceTo(frame.capturedAtMs);
    this.#course.observe(cones, pose, frame.capturedAtMs);
    this.#turn.observe(cones, pose, frame.capturedAtMs);
    const tilt = tiltOf(this.#camera, this.#coneHeightM, frame);
    const hangs = [areOffTheGround(view), tilt && isTilted(tilt)].filter((said) => said !== undefined);
    const { conesTallerBy } = tilt ?? {};
    this.#note(
      'off-the-ground',
      frame.capturedAtMs,
      hangs.length === 0 ? undefined : hangs.includes(true),
      conesTallerBy,
    );
    this.#note('sides-swapped', frame.capturedAtMs, areSidesSwapped(cones));
  }

  /** What is wrong with the newest pictures, or undefined. */
  get doubt(): string | undefined {
    const judgement = (['off-the-ground', 'sides-swapped'] as const).find(
      (each) => this.#outcomes[each].filter(({ isWrong }) => isWrong).length >= agreeing,
    );
    if (judgement === 'off-the-ground') return this.#whyOffTheGround();
    if (judgement !== undefined) return viewDoubts[judgement];
    if (this.#turn.isWrong) return viewDoubts['turns-otherwise'];
    return this.#course.isWrong ? viewDoubts.aside : undefined;
  }

  events(): ModeEvent[] {
    const { doubt } = this;
    return doubt === undefined ? [] : [{ kind: 'view-wrong', text: doubt }];
  }

  /** The camera, unless most of the wrong pictures say rather that the cones are of another height. */
  #whyOffTheGround(): string {
    const wrong = this.#outcomes['off-the-ground'].filter(({ isWrong }) => isWrong);
    const times = wrong.map(({ conesTallerBy }) => conesTallerBy).filter((by) => by !== undefined);
    const middle = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
    if (middle === undefined || 2 * times.length <= wrong.length)
      return viewDoubts['off-the-ground'](this.#coneHeightM);
    return viewDoubts['cones-of-other-height'](middle * this.#coneHeightM, this.#coneHeightM);
  }

  #note(judgement: Judgement, capturedAtMs: number, isWrong: boolean | undefined, conesTallerBy?: number): void {
    const valid = this.#outcomes[judgement].filter((before) => capturedAtMs - before.capturedAtMs < outcomeLifeMs);
    this.#outcomes[judgement] =
      isWrong === undefined ? valid : [...valid.slice(1 - judgedPictures), { capturedAtMs, isWrong, conesTallerBy }];
  }
}

function areOffTheGround({ cones, impossibleCones }: GroundView): boolean | undefined {
  const shown = cones.length + impossibleCones.filter(({ heightPx }) => heightPx >= leastBoxPx).length;
  return shown < leastCones ? undefined : cones.length < groundedShare * shown;
}

function isTilted({ pitchRad, rollRad = 0 }: Tilt): boolean {
  return Math.abs(pitchRad) > tiltedRad.pitch || Math.abs(rollRad) > tiltedRad.roll;
}

/** Whether blue stands right of yellow where both are in sight, or right of the car where it drives past; the nearest count most. */
function areSidesSwapped(cones: readonly SeenCone[]): boolean | undefined {
  const near = cones.filter(({ xM, yM }) => Math.hypot(xM, yM) <= sidesWithinM);
  const blue = near.filter(({ colour }) => colour === 'blue');
  const yellow = near.filter(({ colour }) => colour === 'yellow');
  let sum = 0;
  for (const left of blue) {
    for (const right of yellow) {
      const apartM = distance(left, right);
      const acrossView = Math.abs(left.yM - right.yM) > Math.abs(left.xM - right.xM);
      if (!acrossView || apartM < acrossM.least || apartM > acrossM.most) continue;
      const rangeM = Math.hypot(left.xM + right.xM, left.yM + right.yM) / 2;
      sum += Math.sign(left.yM - right.yM) / (rangeM * rangeM);
    }
  }
  for (const { xM, yM, colour } of near) {
    const rangeM = Math.hypot(xM, yM);
    if (colour === 'orange' || rangeM > besideM.range || Math.abs(yM) < besideM.aside) continue;
    sum += (colour === 'blue' ? Math.sign(yM) : -Math.sign(yM)) / (rangeM * rangeM);
  }
  return sum === 0 ? undefined : sum < 0;
}
