import { undecodedAs } from './box-corners.ts';
import { areComputed, gridKind, haveWeights } from './cell-parts.ts';
import { gridCells, type Head, type NetworkHints, type OutputShape, strideSetsOfYolov8 } from './decoder.ts';
import { channelsOf, joinedPlanesOf, type Plane, planeOf } from './grid-planes.ts';

/** Of a box: left, top, right, bottom. */
export const sides = 4;
/** For each of them, weights of the distances 0, 1, …, 15 strides (`reg_max`). */
const weightChannels = 16 * sides;
/** Three outputs of as many channels are YOLOX's, cut likewise, of COCO's 80 classes. */
const channelsOfYolox = 85;

/** One stride's numbers, without objectness. Planes are of the network's outputs. */
export interface DistanceLevel {
  readonly stride: number;
  readonly across: number;
  readonly cells: number;
  /** Of one channel a side, which is the distance in strides, or of several, which are weights of distances. */
  readonly distances: Plane;
  readonly scores: Plane;
}

/** The grids of a v8 and its kin as they left their last convolutions (`yolov8-raw-heads`), the finest first. */
export function findDistanceLevels(head: Head): DistanceLevel[] | undefined {
  const { input, outputs } = head;
  for (const strides of strideSetsOfYolov8) {
    const planes = outputs.map((output, index) => {
      const plane = planeOf(output, index, input, strides);
      return plane === undefined ? joinedPlanesOf(output, index, input, strides) : [plane];
    });
    if (planes.length === 0 || planes.some(({ length }) => length === 0)) continue;
    const levels = levelsOf(planes.flat(), strides, head);
    if (levels !== undefined) return levels;
  }
  return undefined;
}

function levelsOf(
  planes: readonly (Plane & { readonly stride: number })[],
  strides: readonly number[],
  head: Head,
): DistanceLevel[] | undefined {
  const levels = strides.flatMap((stride): DistanceLevel[] => {
    const parts = partsOf(
      planes.filter((plane) => plane.stride === stride),
      head,
    );
    if (parts === undefined) return [];
    const { widthPx } = head.input;
    return [{ stride, across: Math.ceil(widthPx / stride), cells: gridCells(head.input, [stride]), ...parts }];
  });
  const channelsOfLevel = ({ distances, scores }: DistanceLevel) => `${distances.channels}, ${scores.channels}`;
  const areAlike = new Set(levels.map(channelsOfLevel)).size === 1;
  if (levels.length !== strides.length || !areAlike) return undefined;
  return levels[0]!.distances.channels === weightChannels || areInStrides(levels, head) ? levels : undefined;
}

function partsOf(planes: readonly Plane[], head: Head): Pick<DistanceLevel, 'distances' | 'scores'> | undefined {
  const { statedClasses } = head.hints;
  const [joined, second, third] = planes;
  if (joined === undefined || planes.length > 3) return undefined;
  if (second === undefined) {
    const classCount = joined.channels - weightChannels;
    const isMeant = statedClasses === undefined ? !mayBeOthers(joined, head) : statedClasses === classCount;
    if (classCount < 1 || !isMeant) return undefined;
    return {
      distances: channelsOf(joined, 0, weightChannels),
      scores: channelsOf(joined, weightChannels, classCount),
    };
  }
  // Of two planes with as many channels the first is the boxes', as everyone has them.
  const fitting = [weightChannels, sides].flatMap((channels) => {
    const distances = planes.find((plane) => plane.channels === channels);
    const [scores, sum] = planes.filter((plane) => plane !== distances);
    if (distances === undefined || scores === undefined) return [];
    if (third !== undefined && (channels === sides || sum?.channels !== 1 || !maySum(sum, scores, head))) return [];
    return statedClasses === undefined || statedClasses === scores.channels ? [{ distances, scores }] : [];
  });
  return fitting[0];
}

const summing = new Set(['ReduceSum', 'Clip', 'Min', 'Max']);

/** Whether a plane may be the sum of the scores, held to 0..1, and not an angle or a centre-ness of its own. */
function maySum(sum: Plane, scores: Plane, { outputs, hints }: Head): boolean {
  const [ofSum, ofScores] = [sum, scores].map(({ index }) => hints.lastProducts?.get(outputs[index]!.name));
  if (ofSum === undefined || ofScores === undefined) return true;
  const maker = hints.outputOperators?.get(outputs[sum.index]!.name) ?? '';
  return String(ofSum) === String(ofScores) && summing.has(maker);
}

/** The cells of all grids in a single output are those of decoded boxes, unless graph or card say that it has weights of distances. */
function mayBeDecoded({ index, channels }: Plane, { input, outputs, hints }: Head): boolean {
  const output = outputs[index]!;
  return !strideSetsOfYolov8.some(
    (strides) => gridCells(input, strides) === output.shape[2] && haveWeights(hints, output, channels, strides),
  );
}

/** Without labels the graph tells whose a grid is (`gridKind`), else what is known of outputs with other heads' channels. */
function mayBeOthers(plane: Plane, head: Head): boolean {
  const { index, channels } = plane;
  const { outputs, hints } = head;
  if (hints.namedLayout === 'yolov8-raw-heads') return false;
  if (outputs[index]!.shape.length === 3) return mayBeDecoded(plane, head);
  const kind = gridKind(hints, outputs[index]!, channels);
  return kind === undefined ? channels === channelsOfYolox : kind !== 'yolov8';
}

/** No distance is more strides than a distribution of them reaches. */
const farthest = 16;
const mostFarther = 0.1;

/** What a graph makes pixels of strides by, as RTMDet's and FCOS', or distances of numbers that are none yet. */
const scaling = ['Mul', 'Div', 'Exp', 'Pow'];

function areScaled({ partOperators, mmdetectionHead }: NetworkHints, { name }: OutputShape): boolean {
  return mmdetectionHead === 'rtmdet' || scaling.some((operator) => partOperators?.get(name)?.has(operator));
}

/**
 * Whether four numbers are distances in strides: their shape is that of an anchor's shifts, and of distances in pixels. The graph
 * tells, and the first run as soon as there is one.
 */
function areInStrides(levels: readonly DistanceLevel[], { input, outputs, hints, firstRun }: Head): boolean {
  if (hints.namedLayout === 'yolov8-raw-heads') return true;
  if (levels.some(({ distances }) => areScaled(hints, outputs[distances.index]!))) return false;
  if (firstRun === undefined) return true;
  const numbers = levels.flatMap(({ distances, cells }) => {
    const { index, first, channelStep, cellStep } = distances;
    const values = firstRun[index];
    if (values === undefined) return [];
    return Array.from({ length: sides * cells }, (_, at) => {
      return values[first + (at % sides) * channelStep + Math.floor(at / sides) * cellStep]!;
    });
  });
  const areMade = levels.every(({ distances }) => areComputed(hints, outputs[distances.index]!));
  const places = { boxes: numbers.length / sides, boxStep: sides, sideStep: 1 };
  const strides = levels.map(({ stride }) => stride);
  const farther = numbers.filter((value) => value > farthest).length;
  return (
    undecodedAs(Float32Array.from(numbers), places, { input, strides, areOfCells: areMade }) === 'distances' &&
    farther <= mostFarther * numbers.length
  );
}
