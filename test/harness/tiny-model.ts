import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyNetwork, yolov8Head } from '../../daemon/perception/testing/tiny-network.ts';
import { testFolder } from './test-folders.ts';

/** A network of 64x64: 84 cells, and one yellow cone in the middle of whatever it is shown. */
export interface TinyModel {
  /** Its own, for what else a test writes. */
  readonly folder: string;
  readonly modelFile: string;
}

/** It goes with the tests of the file that asks for it. */
export function writeTinyModel(): TinyModel {
  const folder = testFolder('perception');
  const modelFile = join(folder, 'tiny.onnx');
  writeFileSync(
    modelFile,
    tinyNetwork({
      outputs: [
        {
          ...{ name: 'output0', shape: [1, 6, 84] },
          data: yolov8Head(2, 84, [{ centreX: 32, centreY: 32, width: 16, height: 16, classId: 1, score: 0.75 }]),
        },
      ],
      metadata: { names: "{0: 'blue cone', 1: 'yellow cone'}" },
    }),
  );
  return { folder, modelFile };
}
