import { UserError } from '../../platform/user-error.ts';
import type { GroundPoint } from '../../protocol/geometry.ts';
import { type ClosedLine, distance, headingsOf, lengthOf, nearestFinder, selfCrossing } from './closed-line.ts';
import { type ConeStrip, findConeStrip } from './cone-strip.ts';
import {
  beginAt,
  type Course,
  courseFromBorders,
  courseFromStrip,
  courseFromWidths,
  reverseCourse,
  stepM,
} from './course.ts';
import type { ParsedTrack } from './parsed-track.ts';
import { placeCones } from './place-cones.ts';
import { type Track, type TrackCone, type TrackSample, trackPoseAt } from './track.ts';

export interface TrackOptions {
  /** Multiplies the file's metres. Absent: 1, or what brings a full-size track to a median width of 1 m. */
  readonly scale?: number;
  /** Drive it the other way. */
  readonly reverse?: boolean;
}

/** A track whose median width is above this is full size. */
const fullSizeWidthM = 2;
const drivenWidthM = 1;
/** Of the rear axle behind the start line where the file does not say. */
const startBehindM = 1;
/** Nearer than this, the start line would be under the car. */
const leastStartBehindM = 0.2;
const leastLengthM = 3;
/** Every line is a point each 5 cm; the longest race tracks, at the car's scale, have a quarter of this. */
const greatestLengthM = 2000;
const farFromOriginM = 20_000;
const leastMedianWidthM = 0.3;
const leastWidthM = 0.22;

/**
 * Makes a drivable track of what a file says: closed, in driving direction, at the driven size, with both borders,
 * cones and a start.
 * @throws UserError when no circuit can be made of it: what is wrong, and what to change.
 */
export function buildTrack(name: string, file: ParsedTrack, options: TrackOptions = {}): Track {
  const parsed = nearOrigin(file);
  const makeCourse = courseMaker(name, parsed);
  const scale = options.scale ?? scaleFor(makeCourse);
  const roughLengthM = makeCourse.lengthM * scale;
  if (roughLengthM > greatestLengthM) {
    throw new UserError(
      `the track ${name} is ${roughLengthM.toFixed(0)} m long at a scale of ${scale.toFixed(3)}: too large, for it may have ` +
        `${greatestLengthM} m. Change --scale or --track.`,
    );
  }
  const forward = makeCourse.course(scale);
  const startLine = startLineOf(parsed, forward, scale);
  const turned: Course = { ...forward, centre: beginAt(forward.centre, startLine.index) };
  const course = options.reverse === true ? reverseCourse(turned) : turned;
  const centreLine = measure(course);
  const fromStart = (border: ClosedLine) => beginAt(border, nearestFinder(border)(centreLine[0]!).index);
  const left = fromStart(course.left);
  const right = fromStart(course.right);
  const widths = centreLine.map((sample) => sample.leftHalfWidthM + sample.rightHalfWidthM).sort((a, b) => a - b);
  const lengthM = lengthOf(course.centre);
  const withoutStart = {
    name,
    sourceFormat: parsed.format,
    centreLine,
    leftBorder: left,
    rightBorder: right,
    cones:
      parsed.kind === 'cones'
        ? givenCones(parsed, scale, options.reverse === true)
        : placeCones(centreLine, left, right),
    lengthM,
    medianWidthM: widths[widths.length >> 1]!,
    scale,
    reversed: options.reverse === true,
  };
  const track: Track = {
    ...withoutStart,
    start: trackPoseAt({ ...withoutStart, start: { xM: 0, yM: 0, headingRad: 0 } }, -startLine.startBehindM),
  };
  validate(track, widths[0]!);
  return track;
}

/** Tracks in a map's coordinates (UTM, say) are moved to the origin: pictures are drawn in single precision. */
function nearOrigin(parsed: ParsedTrack): ParsedTrack {
  const first = parsed.kind === 'cones' ? parsed.left[0] : parsed.centre[0];
  if (first === undefined || Math.hypot(first.xM, first.yM) < farFromOriginM) return parsed;
  const moved = <P extends GroundPoint>(point: P): P => ({
    ...point,
    xM: point.xM - first.xM,
    yM: point.yM - first.yM,
  });
  switch (parsed.kind) {
    case 'borders':
      return {
        ...parsed,
        centre: parsed.centre.map(moved),
        oneSide: parsed.oneSide.map(moved),
        otherSide: parsed.otherSide.map(moved),
      };
    case 'widths':
      return { ...parsed, centre: parsed.centre.map(moved) };
    case 'cones':
      return {
        ...parsed,
        left: parsed.left.map(moved),
        right: parsed.right.map(moved),
        orange: parsed.orange.map(moved),
        ...(parsed.start && { start: moved(parsed.start) }),
        ...(parsed.startLine && { startLine: moved(parsed.startLine) }),
      };
  }
}

interface CourseMaker {
  /** Before scaling, roughly. */
  readonly widthM: number;
  readonly lengthM: number;
  course(scale: number): Course;
}

function courseMaker(name: string, parsed: ParsedTrack): CourseMaker {
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  switch (parsed.kind) {
    case 'borders': {
      requirePoints(name, parsed.centre);
      return {
        widthM: median(parsed.oneSide.map((point, i) => distance(point, parsed.otherSide[i]!))),
        lengthM: lengthOf(parsed.centre),
        course: (scale) => courseFromBorders(parsed, scale),
      };
    }
    case 'widths': {
      requirePoints(name, parsed.centre);
      return {
        widthM: median(parsed.leftM.map((width, i) => width + parsed.rightM[i]!)),
        lengthM: lengthOf(parsed.centre),
        course: (scale) => courseFromWidths(parsed, scale),
      };
    }
    case 'cones': {
      const strip = stripOf(name, parsed);
      return {
        widthM: strip.crossingM,
        lengthM: lengthOf(strip.middles),
        course: (scale) => courseFromStrip(strip, scale),
      };
    }
  }
}

function requirePoints(name: string, centre: readonly GroundPoint[]): void {
  const first = centre[0];
  const last = centre.at(-1);
  const different = new Set(centre.map((point) => `${point.xM},${point.yM}`)).size;
  if (first === undefined || last === undefined || different < 8) {
    throw new UserError(
      `the track ${name} has ${different} different points; a circuit needs at least 8. Change --track.`,
    );
  }
  const length = centre.reduce((sum, point, i) => sum + (i === 0 ? 0 : distance(centre[i - 1]!, point)), 0);
  const gap = distance(first, last);
  if (gap > length / 3) {
    throw new UserError(
      `the track ${name} is no circuit: its ends lie ${gap.toFixed(1)} m apart after ${length.toFixed(1)} m. ` +
        'Only closed tracks can be driven in laps. Change --track.',
    );
  }
}

/** The strip between the cones, with the orange ones of the start counted to the side on which they stand. */
function stripOf(name: string, parsed: Extract<ParsedTrack, { kind: 'cones' }>): ConeStrip {
  const found = `${parsed.left.length} blue (left) and ${parsed.right.length} yellow (right) cones`;
  const rough = findConeStrip(parsed.left, parsed.right);
  if (rough === undefined) {
    throw new UserError(
      `the track ${name} has ${found}, which do not make a lane: blue cones are wanted on the left of the driving ` +
        'direction and yellow ones on the right, at least 3 each. Change --track.',
    );
  }
  const nearest = nearestFinder(rough.middles);
  const left = [...parsed.left];
  const right = [...parsed.right];
  for (const cone of parsed.orange) {
    const { index } = nearest(cone);
    const [a, b] = [rough.middles[index]!, rough.middles[(index + 1) % rough.middles.length]!];
    const leftwards = (b.xM - a.xM) * (cone.yM - a.yM) - (b.yM - a.yM) * (cone.xM - a.xM);
    (leftwards > 0 ? left : right).push(cone);
  }
  const strip = findConeStrip(left, right) ?? rough;
  if (strip.gapM > Math.max(4 * strip.crossingM, 0.2 * lengthOf(strip.middles))) {
    throw new UserError(
      `the track ${name} has ${found}, but the lane between them is not closed: its ends lie ` +
        `${strip.gapM.toFixed(1)} m apart (in the file's metres). Only circuits can be driven in laps. Change --track.`,
    );
  }
  return strip;
}

/** The full-size rule. The width is measured on a course built at about the driven size, whose smoothing is right. */
function scaleFor(maker: CourseMaker): number {
  if (maker.widthM <= 0.75 * fullSizeWidthM) return 1;
  const rough = drivenWidthM / maker.widthM;
  const widths = measure(maker.course(rough)).map((sample) => sample.leftHalfWidthM + sample.rightHalfWidthM);
  const width = widths.sort((a, b) => a - b)[widths.length >> 1]! / rough;
  return width > fullSizeWidthM ? drivenWidthM / width : 1;
}

function measure(course: Course): TrackSample[] {
  const toLeft = nearestFinder(course.left);
  const toRight = nearestFinder(course.right);
  const headings = headingsOf(course.centre);
  const step = lengthOf(course.centre) / course.centre.length;
  return course.centre.map((point, i) => {
    const left = toLeft(point);
    const right = toRight(point);
    return {
      ...point,
      distanceM: i * step,
      headingRad: headings[i]!,
      leftHalfWidthM: left.distanceM,
      rightHalfWidthM: right.distanceM,
      left: left.point,
      right: right.point,
    };
  });
}

/** Where laps begin, and how far behind it the car stands at first. */
function startLineOf(parsed: ParsedTrack, course: Course, scale: number): { index: number; startBehindM: number } {
  if (parsed.kind !== 'cones') return { index: 0, startBehindM };
  const nearest = nearestFinder(course.centre);
  const indexOf = (point: GroundPoint) => nearest({ xM: point.xM * scale, yM: point.yM * scale }).index;
  const { start, orange } = parsed;
  const count = orange.length;
  const middle =
    parsed.startLine ??
    (count === 0
      ? undefined
      : {
          xM: orange.reduce((sum, cone) => sum + cone.xM, 0) / count,
          yM: orange.reduce((sum, cone) => sum + cone.yM, 0) / count,
        });
  if (start === undefined) return { index: indexOf(middle ?? { xM: 0, yM: 0 }), startBehindM };
  const n = course.centre.length;
  const startIndex = indexOf(start);
  if (middle !== undefined) {
    const index = indexOf(middle);
    const behind = (((index - startIndex + n) % n) * lengthOf(course.centre)) / n;
    if (behind >= leastStartBehindM && behind < lengthOf(course.centre) / 3) return { index, startBehindM: behind };
  }
  return { index: (startIndex + Math.round(startBehindM / stepM)) % n, startBehindM };
}

function givenCones(parsed: Extract<ParsedTrack, { kind: 'cones' }>, scale: number, reversed: boolean): TrackCone[] {
  const coloured = (points: readonly GroundPoint[], colour: TrackCone['colour']): TrackCone[] =>
    points.map((point) => ({ xM: point.xM * scale, yM: point.yM * scale, colour }));
  return [
    ...coloured(parsed.left, reversed ? 'yellow' : 'blue'),
    ...coloured(parsed.right, reversed ? 'blue' : 'yellow'),
    ...coloured(parsed.orange, 'orange'),
  ];
}

function validate(track: Track, narrowestM: number): void {
  const { name, lengthM, medianWidthM, scale } = track;
  const size = `${lengthM.toFixed(1)} m long and ${medianWidthM.toFixed(2)} m wide at a scale of ${scale.toFixed(3)}`;
  if (lengthM < leastLengthM || medianWidthM < leastMedianWidthM) {
    throw new UserError(
      `the track ${name} is ${size}: too small for the car, which needs ${leastLengthM} m by ${leastMedianWidthM} m. ` +
        'Change --scale or --track.',
    );
  }
  const crossing = selfCrossing(track.centreLine.filter((_, i) => i % 2 === 0));
  if (crossing !== undefined) {
    throw new UserError(
      `the track ${name} crosses itself near x ${(crossing.xM / scale).toFixed(1)}, y ${(crossing.yM / scale).toFixed(1)} ` +
        "(in the file's metres); only simple circuits can be driven. Change --track.",
    );
  }
  if (narrowestM < leastWidthM) {
    throw new UserError(
      `the track ${name} is ${size}, but only ${narrowestM.toFixed(2)} m at its narrowest: the car needs ` +
        `${leastWidthM} m. Change --scale or --track.`,
    );
  }
}
