import type { Detection } from '../../protocol/detection.ts';
import type { CandidateBuffer } from './candidates.ts';

/** Notices that a network numbers its classes otherwise than it was taken to: each label would then stand beside its own. */
export interface ClassDoubt {
  /** What is wrong with these, for people; once each, as all pictures tell the same. */
  about(
    detections: readonly Pick<Detection, 'classId'>[],
    candidates: Pick<CandidateBuffer, 'beforeFirst'>,
  ): string | undefined;
}

/** @param labels how many the network has */
export function createClassDoubt(file: string, labels: number): ClassDoubt {
  let saidOver = false;
  let saidBefore = false;
  return {
    about(detections, { beforeFirst }) {
      if (beforeFirst > 0 && !saidBefore) {
        saidBefore = true;
        return (
          `${file} found something of class 0, and its classes are taken for counted from 1: each label may stand beside its ` +
          'own. If it counts from 0, its card should say "firstClass": 0'
        );
      }
      const over = saidOver ? undefined : detections.find(({ classId }) => classId >= labels);
      if (over === undefined) return undefined;
      saidOver = true;
      return (
        `${file} found something of its class number ${over.classId}, counted from 0, and has ${labels} labels: they are not its ` +
        'own, or its classes are counted otherwise. List them in its card, "classes"; if it counts from 1, it should say "firstClass": 1'
      );
    },
  };
}
