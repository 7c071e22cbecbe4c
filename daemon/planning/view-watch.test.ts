import { describe, expect, it } from 'vitest';
import { loadConfig } from '../car/load-config.ts';
import type { Detection } from '../protocol/detection.ts';
import type { Pose } from '../protocol/geometry.ts';
import { conesOf } from './testing/arc-cones.ts';
import { ConeDrive, type ConeWatch } from './testing/cone-drive.ts';
import { createRandom } from './testing/random.ts';
import { detectWorld, usualNoise } from './testing/test-detector.ts';
import { testFrame } from './testing/test-frame.ts';
import { ViewWatch } from './view-watch.ts';

const config = loadConfig({});
const { camera } = config;
const { widthPx, heightPx } = camera;
const onTheTrack: Pose = { xM: 0, yM: 0, headingRad: 0 };
type Box = Detection['box'];

/** What is said of the picture after so many frames of a car that stands on a track. */
function doubtAfter(
  frames: number,
  options: {
    readonly curvaturePerM?: number;
    readonly pose?: Pose;
    readonly move?: (box: Box) => Box;
    /** As the network calls every cone. */
    readonly label?: string;
  },
): string | undefined {
  const { curvaturePerM = 0, pose = onTheTrack, move = (box) => box, label } = options;
  const cones = conesOf({ curvaturePerM, widthM: 0.9, spacingM: 0.5, stagger: 0.2 });
  const random = createRandom(3);
  const watch = new ViewWatch(config);
  for (let frameId = 0; frameId < frames; frameId++) watch.observe(frameOf(frameId, seen()));
  expect(watch.events()).toEqual(watch.doubt === undefined ? [] : [{ kind: 'view-wrong', text: watch.doubt }]);
  return watch.doubt;

  function seen(): Detection[] {
    const detections = detectWorld(camera, pose, cones, [], usualNoise, random);
    return detections
      .map((detection) => ({ ...detection, box: move(detection.box), label: label ?? detection.label }))
      .filter(({ box }) => box.yPx + box.heightPx < heightPx);
  }
}

function frameOf(frameId: number, detections: Detection[]) {
  return testFrame({ atMs: 50 * frameId, frameId, widthPx, heightPx, detections });
}

const mirrored = (box: Box): Box => ({ ...box, xPx: widthPx - box.xPx - box.widthPx });
const upsideDown = (box: Box): Box => ({ ...mirrored(box), yPx: heightPx - box.yPx - box.heightPx });
const quarterUp = (box: Box): Box => ({ ...box, yPx: box.yPx + heightPx / 4 });

describe('a picture', () => {
  it.each([-0.8, -0.4, 0, 0.4, 0.8])('of a track that bends by %d 1/m is right', (curvaturePerM) => {
    expect(doubtAfter(100, { curvaturePerM })).toBeUndefined();
  });

  it.each(['traffic cone', 'constructor'])(
    'of a network that knows no cone of a track, but a %j, is no wrong one',
    (label) => {
      expect(doubtAfter(100, { label })).toBeUndefined();
    },
  );

  it.each([-0.5, -0.25, 0.25, 0.5])('of a car that stands askew by %d rad is right', (headingRad) => {
    expect(doubtAfter(100, { pose: { ...onTheTrack, headingRad } })).toBeUndefined();
  });

  it('that is mirrored shows blue cones on the right', () => {
    expect(doubtAfter(10, { move: mirrored })).toMatch(/^Blue cones stand on the right/);
  });

  it('of a car that faces the wrong way does so too', () => {
    expect(doubtAfter(10, { pose: { xM: 2.5, yM: 0, headingRad: Math.PI } })).toMatch(/faces the wrong way/);
  });

  it.each([
    ['stands on its head', upsideDown],
    ['was taken by a camera that was tilted', quarterUp],
  ])('that %s shows cones that hang in the air', (_, move) => {
    expect(doubtAfter(10, { move })).toMatch(/cannot stand on the ground/);
  });

  it('that does not turn as the car is told to is wrong, whatever colours it shows', () => {
    const view = new ViewWatch(config);
    const watch: ConeWatch = {
      observe(_cones, _pose, atMs, frame, told) {
        view.drove(told, atMs);
        view.observe(frame);
      },
    };
    const drive = new ConeDrive(watch, 0.6);
    drive.go(6);
    expect(view.doubt).toBeUndefined();
    drive.go(1.2, { isSteeredOtherwise: true });
    expect(view.doubt).toMatch(/^The picture turns to the other side than the car/);
  });

  it('is not condemned for a few frames', () => {
    expect(doubtAfter(6, { move: mirrored })).toBeUndefined();
    expect(doubtAfter(6, { move: upsideDown })).toBeUndefined();
  });

  it('without cones says nothing', () => {
    const watch = new ViewWatch(config);
    for (let frameId = 0; frameId < 20; frameId++) watch.observe(frameOf(frameId, []));
    expect(watch.doubt).toBeUndefined();
  });

  it.each([
    ['mirrored', mirrored],
    ['upside down', upsideDown],
  ])('that was %s and then says nothing is doubted for two seconds more', (_, move) => {
    const watch = new ViewWatch(config);
    const cones = conesOf({ curvaturePerM: 0, widthM: 0.9, spacingM: 0.5, stagger: 0.2 });
    const random = createRandom(3);
    let frameId = 0;
    for (; frameId < 10; frameId++) {
      const seen = detectWorld(camera, onTheTrack, cones, [], usualNoise, random);
      watch.observe(
        frameOf(
          frameId,
          seen.map((detection) => ({ ...detection, box: move(detection.box) })),
        ),
      );
    }
    expect(watch.doubt).toBeDefined();
    for (; frameId < 10 + 2000 / 50 - 10; frameId++) watch.observe(frameOf(frameId, []));
    expect(watch.doubt).toBeDefined();
    for (; frameId < 10 + 2000 / 50; frameId++) watch.observe(frameOf(frameId, []));
    expect(watch.doubt).toBeUndefined();
  });
});
