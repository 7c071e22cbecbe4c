#!/usr/bin/env node
// How long this project's detector takes for photographs, as JSON; `compare-with-python.py` puts it beside others.
import { parseArgs } from 'node:util';
import { createDetector } from '../dist/daemon/perception/detector/detector.js';
import { readImage } from '../dist/daemon/perception/image-file.js';
import { UserError } from '../dist/daemon/platform/user-error.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string' },
    threads: { type: 'string', default: '1' },
    runs: { type: 'string', default: '30' },
    score: { type: 'string', default: '0.25' },
    iou: { type: 'string', default: '0.45' },
  },
});
if (values.model === undefined || positionals.length === 0) {
  console.error('usage: node scripts/time-photos.js --model F.onnx [--threads N] [--runs N] PHOTO...');
  process.exit(2);
}

/** @param {unknown} error */
function refuse(error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exit(1);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const detector = await createDetector({
  modelFile: values.model,
  scoreThreshold: Number(values.score),
  iouThreshold: Number(values.iou),
  threads: Number(values.threads),
}).catch(refuse);
const photos = [];
for (const file of positionals) {
  const { rgb, widthPx, heightPx } = await readImage(file);
  const results = [];
  for (let run = 0; run < Number(values.runs) + 3; run++) results.push(await detector.detect(rgb, widthPx, heightPx));
  const timings = results.slice(3).map(({ timing }) => timing);
  photos.push({
    file,
    objects: results[0].detections.length,
    preprocessMs: median(timings.map(({ preprocessMs }) => preprocessMs)),
    runMs: median(timings.map(({ runMs }) => runMs)),
    decodeMs: median(timings.map(({ decodeMs }) => decodeMs)),
  });
}
const { layout, inputWidthPx: widthPx, inputHeightPx: heightPx } = detector.info;
await detector.close();
console.log(JSON.stringify({ layout, widthPx, heightPx, photos }));
