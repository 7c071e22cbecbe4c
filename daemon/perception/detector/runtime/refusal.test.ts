import { expect, test } from 'vitest';
import { refusedByRuntime } from './refusal.ts';

test.each([
  [
    "Could not find an implementation for GridSample(16) node with name '/m'",
    /name '\/m'\. .*no implementation.*float32/s,
  ],
  [
    'Fatal error: com.x:Y(-1) is not a registered function/op',
    /registered function\/op\. Export it with standard operators/,
  ],
  ['something else', /refuses the network nets\/mine\.onnx: something else$/],
])('what the runtime says comes with its cure: %s', (why, text) => {
  expect(refusedByRuntime('nets/mine.onnx', why).message).toMatch(text);
});
