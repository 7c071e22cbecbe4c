import type { Head, NetworkHints } from './decoder.ts';
import { type Plane, planeOf } from './grid-planes.ts';
import { isLogit, sigmoid } from './logits.ts';

/** What a graph takes distances by, which are never negative, or scales them by; a YOLOX's boxes are as a convolution gives them. */
const makersOfDistances = new Set(['Exp', 'Relu', 'Max', 'Softplus', 'Clip', 'Abs', 'Mul']);
const sides = 4;

/**
 * Whether grids of four numbers, one, and a score a class are those of FCOS, ATSS and their kin: distances to a box's four
 * sides, or shifts of an anchor's, and how near to its middle a cell is, which have the shapes of YOLOX's boxes and objectness.
 * Names tell, or what the graph makes the four numbers by, or the numbers for an empty picture: hardly any YOLOX has none of
 * a box below 0, and its objectness says of nearly every cell that nothing is there, which a centre-ness never learns. Of one
 * class, a score has a single number too: there either of them may be the centre-ness.
 * @see https://github.com/tianzhi0549/FCOS/blob/master/fcos_core/modeling/rpn/fcos/fcos.py (FCOSHead.forward)
 * @see https://github.com/open-mmlab/mmdetection/blob/main/mmdet/models/dense_heads/atss_head.py (forward_single, loss_by_feat_single)
 */
export function areDistanceHeads(head: Head, strides: readonly number[]): boolean {
  const { input, outputs, hints, firstRun } = head;
  if (outputs.some(({ name }) => /cent(er|re)[-_ ]?ness|(^|[^a-z])ctr/i.test(name))) return true;
  const planes = outputs.flatMap((output, index) => planeOf(output, index, input, strides) ?? []);
  const single = planes.filter(({ channels }) => channels === 1);
  const isDoubted = (each: readonly Plane[]) => each.length === strides.length && isUndecided(each, firstRun);
  if (isDoubted(single)) return true;
  // Of one class there are two of one number a stride. A YOLOX's score of the class may be anything where no object is, and
  // then has the numbers of a centre-ness: only a name tells them apart.
  if (single.length === 2 * strides.length && !namesObjectness(outputs)) {
    const ofStride = strides.map((stride) => single.filter((plane) => plane.stride === stride));
    const [first, second] = [0, 1].map((at) => ofStride.flatMap((pair) => pair[at] ?? []));
    if (isDoubted(first!) || isDoubted(second!)) return true;
  }
  const boxes = planes.filter(({ channels }) => channels === sides);
  // Of four classes, it is not told which of two are the boxes.
  if (boxes.length !== strides.length) return false;
  if (boxes.every(({ index }) => isMadeAsDistances(hints, outputs[index]!.name))) return true;
  return firstRun !== undefined && boxes.every(({ index, cells }) => areNoneNegative(firstRun[index], cells));
}

function namesObjectness(outputs: Head['outputs']): boolean {
  return outputs.some(({ name }) => /(^|[^a-z])obj/i.test(name));
}

/** An objectness is less in most cells of an empty picture: it begins at 0.01, and learns from each cell of each picture. */
const leastCentreness = 0.1;

function isUndecided(planes: readonly Plane[], firstRun: Head['firstRun']): boolean {
  const values = planes.flatMap(({ index }) => firstRun?.[index] ?? []);
  if (values.length === 0 || values.length < planes.length) return false;
  const all = Float32Array.from(values.flatMap((each) => [...each])).sort();
  const middle = all[all.length >> 1]!;
  return (all.some(isLogit) ? sigmoid(middle) : middle) > leastCentreness;
}

function isMadeAsDistances({ outputOperators }: NetworkHints, name: string): boolean {
  return makersOfDistances.has(outputOperators?.get(name) ?? '');
}

function areNoneNegative(values: Float32Array | undefined, cells: Plane['cells']): boolean {
  if (values === undefined) return false;
  const positive = values.filter((value) => value > 0).length;
  return 2 * positive > sides * cells && values.every((value) => value >= 0);
}
