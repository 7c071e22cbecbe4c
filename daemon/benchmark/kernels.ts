import { CandidateBuffer } from '../perception/detector/candidates.ts';
import { yolov8 } from '../perception/detector/decode/yolov8.ts';
import { createSuppressor } from '../perception/detector/nms.ts';
import { createExactPreprocessor } from '../perception/detector/preprocess/exact-preprocess.ts';
import { createFastPreprocessor } from '../perception/detector/preprocess/fast-preprocess.ts';
import { ultralyticsInput } from '../perception/detector/preprocess/input-format.ts';
import type { Preprocessor } from '../perception/detector/preprocess/preprocess.ts';
import { monotonicNowMs } from '../platform/clock.ts';
import { type Spread, Stopwatch } from './stopwatch.ts';

/** What this project computes itself around a network, each on one core, beside the plain way to do it. */
export interface KernelReport {
  /** 640x480 to 416x416, float32: the SIMD kernel. */
  readonly letterboxMs: Spread;
  /** The same in plain TypeScript, which pictures from files go through. */
  readonly letterboxExactMs: Spread;
  /** A head of 84 x 8400 with 100 objects, each in several cells, boxes and suppression. */
  readonly decodeMs: Spread;
}

const runs = 200;
const warmUpRuns = 50;

export function measureKernels(): KernelReport {
  const stopwatch = new Stopwatch();
  const picture = new Uint8Array(640 * 480 * 3).fill(90);
  const size = { widthPx: 640, heightPx: 480 };
  const format = { ...ultralyticsInput, widthPx: 416, heightPx: 416, type: 'float32', order: 'nchw' } as const;
  const resize = (preprocessor: Preprocessor) => () => void preprocessor.letterbox(picture, size);
  time(stopwatch, 'letterbox', runs, resize(createFastPreprocessor(format)));
  time(stopwatch, 'letterboxExact', runs / 10, resize(createExactPreprocessor(format)));
  time(stopwatch, 'decode', runs, decodeFullHead());
  return {
    letterboxMs: stopwatch.spread('letterbox'),
    letterboxExactMs: stopwatch.spread('letterboxExact'),
    decodeMs: stopwatch.spread('decode'),
  };
}

function time(stopwatch: Stopwatch, name: string, count: number, work: () => void): void {
  for (let i = 0; i < Math.min(count, warmUpRuns); i++) work();
  for (let i = 0; i < count; i++) {
    const startedAtMs = monotonicNowMs();
    work();
    stopwatch.record(name, monotonicNowMs() - startedAtMs);
  }
}

/** A head of YOLOv8 at 640 for COCO: 100 objects of 80 classes, each found by eight cells, all else nearly nothing. */
function decodeFullHead(): () => void {
  const cells = 8400;
  const classCount = 80;
  const decoder = yolov8.recognise({
    input: { widthPx: 640, heightPx: 640 },
    outputs: [{ name: 'output0', type: 'float32', shape: [1, 4 + classCount, cells] }],
    hints: { task: 'detect', statedClasses: classCount, metadata: {}, operators: new Set(), expects: undefined },
  });
  if (decoder === undefined) throw new Error('a head of 84 x 8400 is not recognised');
  const head = new Float32Array((4 + classCount) * cells).fill(1e-4);
  for (let object = 0; object < 100; object++) {
    for (let sibling = 0; sibling < 8; sibling++) {
      const cell = object * 80 + sibling * 10;
      const [x, y] = [32 + (object % 10) * 60, 32 + Math.floor(object / 10) * 60];
      for (const [row, value] of [x + sibling / 4, y, 40, 40].entries()) head[row * cells + cell] = value;
      head[(4 + (object % classCount)) * cells + cell] = 0.9 - sibling / 20;
    }
  }
  const candidates = new CandidateBuffer(cells);
  const suppressor = createSuppressor(cells);
  return () => {
    candidates.clear();
    decoder.decode([head], 0.25, candidates);
    const kept = suppressor.suppress(candidates, 0.45).length;
    if (kept !== 100) throw new Error(`${kept} objects were found where 100 are`);
  };
}
