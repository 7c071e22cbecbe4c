import { classesOfCells } from './class-parts.ts';
import type { Head, NetworkHints } from './decoder.ts';
import { cocoNumbers, type GuessedClasses, guessClasses, weighedClasses } from './finished-boxes.ts';
import { boxColumns, haveClassFirst, type Rows } from './finished-rows.ts';
import { isUltralytics } from './raw-head-family.ts';

const classesOfCoco = 80;

/** What a card can say where it is only assumed what classes are counted from. */
const cure =
  'where it counts from 1, as EfficientDet does, its card should say "firstClass": 1, or list its labels, "classes", the first of them "background"';

/**
 * What classes are counted from that rows of six end in: EfficientDet's differ from others' in nothing but that. The graph
 * tells, else the classes of the first run, else names of EfficientDet's parts, else labels that begin with the background or
 * metadata of Ultralytics; else it is 0, and said so, with the cure.
 */
export function classesOfRows({ hints, outputs, firstRun }: Head, rows: Rows): GuessedClasses & { firstClass: number } {
  const shown = classesShown(firstRun?.[outputs.indexOf(rows.output)]);
  const { statedClasses = classesOfCoco } = hints;
  const { classCount, because } = guessClasses(hints, classesOfCoco, classesOfCells(hints, rows.output));
  const fromZero = (why: string) => ({ classCount, firstClass: 0, because: `${because}, counted from 0${why}` });
  if (hints.statedFirstClass === 1) return fromOne(hints, 'as its card says');
  if (hints.statedFirstClass === 0) return fromZero(', as its card says');
  if (hints.firstClass === 1) return fromOne(hints, 'as its graph adds 1 to them');
  if (shown !== undefined && shown.least > 0 && shown.most >= statedClasses && shown.most <= lastOf(hints)) {
    return fromOne(hints, `as it said class ${shown.most} of an empty picture`);
  }
  if (hints.statedBackground === true) return fromZero(', the background');
  if (hints.firstClass === 0) return fromZero(', as its graph makes them');
  if (shown?.least === 0) return fromZero(', as it said class 0 of an empty picture');
  if (isOfUltralytics(hints)) return fromZero('');
  if (hints.isEfficientDet === true) {
    return fromOne(hints, 'as EfficientDet does, whose parts its weights are named by');
  }
  return fromZero(`: ${cure}`);
}

function fromOne(hints: NetworkHints, why: string): GuessedClasses & { firstClass: number } {
  const { because, ...numbered } = weighedClasses(hints);
  return { ...numbered, because: `${because}, counted from 1, ${why}` };
}

/** The largest class number of a network that counts from 1. */
function lastOf({ statedClasses }: NetworkHints): number {
  return statedClasses ?? cocoNumbers - 1;
}

/** Whether its metadata say that Ultralytics' exporter wrote it. */
export function isOfUltralytics({ metadata, task }: NetworkHints): boolean {
  return task !== undefined || metadata['end2end'] !== undefined || isUltralytics(metadata);
}

/** The least and the largest class of rows that are boxes; undefined where none is. */
function classesShown(values: Float32Array | undefined): { least: number; most: number } | undefined {
  if (values === undefined) return undefined;
  const isTurned = haveClassFirst(values, boxColumns);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at + boxColumns <= values.length; at += boxColumns) {
    const [left = 0, top = 0, right = 0, bottom = 0, ...ends] = values.subarray(at, at + boxColumns);
    const [score = 0, classId = 0] = isTurned ? ends.toReversed() : ends;
    if (!(right > left && bottom > top && score > 0 && Number.isInteger(classId))) continue;
    least = Math.min(least, classId);
    most = Math.max(most, classId);
  }
  return most >= least ? { least, most } : undefined;
}
