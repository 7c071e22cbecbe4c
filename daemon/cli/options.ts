import { InvalidArgumentError } from 'commander';
import type { Obstacle } from '../simulator/obstacles.ts';

/** A sentence of its own: it comes after the one that says what was given. */
function wanted(what: string): InvalidArgumentError {
  return new InvalidArgumentError(`Right would be ${what}.`);
}

/** A commander parser for a number within bounds; refuses NaN, units and empty words. */
export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) throw wanted(`a number from ${min} to ${max}`);
    return value;
  };
}

export function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
      throw wanted(`a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

const noiseNames = { none: 0, low: 0.5, default: 1, high: 2 } as const;

/** `none`, `low`, `default`, `high`, or a factor on the default noise. */
export function noiseLevel(text: string): number {
  const named = noiseNames[text as keyof typeof noiseNames];
  if (named !== undefined) return named;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > 5) {
    throw wanted(`one of ${Object.keys(noiseNames).join(', ')} or a factor from 0 to 5`);
  }
  return value;
}

/** `person@5`, `box@7.5,0.2`: what, metres along the centre line, metres to the left of it. Collects over repeats. */
export function obstacleAt(text: string, before: readonly Obstacle[] = []): readonly Obstacle[] {
  const match = /^(stop-sign|person|box)@([\d.]+)(?:,(-?[\d.]+))?$/.exec(text);
  const atM = Number(match?.[2]);
  const offsetM = match?.[3] === undefined ? undefined : Number(match[3]);
  if (match === null || !Number.isFinite(atM) || (offsetM !== undefined && !Number.isFinite(offsetM))) {
    throw wanted('something like person@5, box@7.5,0.2 or stop-sign@3');
  }
  const kind = match[1] as Obstacle['kind'];
  return [...before, offsetM === undefined ? { kind, atM } : { kind, atM, offsetM }];
}

/** `9,3`: how many points a box has, and how many numbers each of them. */
export function keypointShape(text: string): readonly [number, 2 | 3] {
  const [, points, dimensions] = /^\s*([1-9]\d{0,3})\s*,\s*([23])\s*$/.exec(text) ?? [];
  if (points === undefined)
    throw wanted('how many points there are and how many numbers each has, 2 or 3, such as "17,3"');
  return [Number(points), dimensions === '2' ? 2 : 3];
}

/** `blue cone, yellow cone`: words between commas, without the spaces around them. */
export function listOfWords(text: string): readonly string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => word === '')) {
    throw wanted('a list of words with commas between them, such as "blue cone,yellow cone"');
  }
  return words;
}
