import { expect, test } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import type { SimulatedCarState } from '../children/simulated-car.ts';
import { createDriveLoop } from '../planning/drive-loop.ts';
import { gateStatus } from '../planning/testing/gate-status.ts';
import type { FrameDetections } from '../protocol/detection.ts';
import { serverMessageSchema } from '../protocol/remote-messages.ts';
import { healthSchema } from '../protocol/telemetry.ts';
import { CarView } from './car-view.ts';

const config = loadConfig({});
const simulated: SimulatedCarState = {
  kind: 'simulated-car',
  atMs: 1,
  xM: 1,
  yM: 2,
  headingRad: 0,
  speedMps: 0.5,
  laps: 1,
  conesHit: 0,
  offTrack: false,
};
const picture = {
  kind: 'picture',
  level: 'full',
  frameId: 7,
  capturedAtMs: 100,
  widthPx: 480,
  heightPx: 360,
  frameWidthPx: 480,
  frameHeightPx: 360,
} as const;
const detections: FrameDetections = {
  kind: 'detections',
  frameId: 7,
  capturedAtMs: 100,
  captureTimeSource: 'camera',
  detectedAtMs: 120,
  widthPx: 480,
  heightPx: 360,
  detections: [],
  timing: { preprocessMs: 1, runMs: 2, decodeMs: 3 },
};
const jpeg = Uint8Array.of(0xff, 0xd8);

test('telemetry and health fit their schemas, whatever reports came before', () => {
  const view = new CarView(config, 'cones');
  const report = { kind: 'perception-rate', cameraFramesPerSecond: 20, detectorFramesPerSecond: 19, droppedFrames: 0 };
  view.setRate(report);
  view.setDetector({ model: 'network.onnx', provider: 'cpu' });
  const loop = createDriveLoop({ config });
  const { snapshot } = loop.step(1000);
  expect(serverMessageSchema.parse(view.telemetry(1000, snapshot, simulated))).toMatchObject({
    kind: 'telemetry',
    detectorFramesPerSecond: 19,
    provider: 'cpu',
    simulated: { laps: 1 },
  });
  const pids = { perception: 2, actuation: 3, simulator: 4 };
  const health = healthSchema.parse(view.health(snapshot, simulated, pids));
  expect(health, 'motor control has not reported').toMatchObject({ ready: false, laps: 1 });
});

test('the car is ready as soon as its camera streams and motor control stands ready, and no longer than that', () => {
  const view = new CarView(config, 'cones');
  const pids = { perception: 2, actuation: 3, simulator: 4 };
  const loop = createDriveLoop({ config });
  loop.setProcessAlive('actuation', true);
  loop.acceptActuation(gateStatus(1000));
  const { snapshot } = loop.step(1000);
  const isReady = () => view.health(snapshot, undefined, pids).ready;
  expect(isReady(), 'no camera yet').toBe(false);
  view.setCamera({ kind: 'camera', state: 'streaming' });
  expect(isReady(), 'no rate is known yet').toBe(true);
  view.setCamera({ kind: 'camera', state: 'stalled' });
  expect(isReady(), 'no pictures').toBe(false);
  view.setCamera({ kind: 'camera', state: 'streaming' });
  view.clearPerception();
  expect(isReady(), 'perception is gone').toBe(false);
});

test('a picture is shown with the detections of its own frame', () => {
  const view = new CarView(config, 'cones');
  view.setPicture(picture, jpeg, 110);
  expect(view.takePictures(115, undefined)).toEqual([]);
  view.setDetections(detections);
  expect(view.takePictures(121, undefined)[0]?.header).toMatchObject({ frameId: 7, ageMs: 21, detections: [] });
  expect(view.takePictures(122, undefined), 'each once').toEqual([]);
});

test('a picture whose detections do not come is shown without them, not held back', () => {
  const view = new CarView(config, 'cones');
  view.setPicture(picture, jpeg, 110);
  expect(view.takePictures(200, undefined)[0]?.header.detections).toBeUndefined();
  view.setPicture(picture, jpeg, 210);
  view.setDetections({ ...detections, frameId: 8 });
  expect(view.takePictures(211, undefined)[0]?.header.detections).toBeUndefined();
});

test('every size of a picture is shown; those of a frame that was overtaken are not', () => {
  const view = new CarView(config, 'cones');
  const levels = (nowMs: number) => view.takePictures(nowMs, undefined).map((shown) => shown.level);
  view.setPicture(picture, jpeg, 110);
  view.setPicture({ ...picture, level: 'small', widthPx: 192, heightPx: 144 }, jpeg, 112);
  view.setDetections(detections);
  expect(levels(121)).toEqual(['full', 'small']);
  // One that is finished after its frame's detections came does not wait for more.
  view.setPicture({ ...picture, level: 'medium' }, jpeg, 122);
  expect(levels(122)).toEqual(['medium']);
  view.setPicture({ ...picture, frameId: 8 }, jpeg, 130);
  view.setPicture({ ...picture, frameId: 9, level: 'small' }, jpeg, 140);
  expect(levels(300)).toEqual(['small']);
});
