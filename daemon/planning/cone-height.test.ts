import { describe, expect, it } from 'vitest';
import { presets } from '../car/presets.ts';
import { conesOf } from './testing/arc-cones.ts';
import { createRandom } from './testing/random.ts';
import { detectWorld, usualNoise } from './testing/test-detector.ts';
import { testFrame } from './testing/test-frame.ts';
import { ViewWatch } from './view-watch.ts';

const names = Object.keys(presets);
const bends = [-0.8, 0, 0.8];
const pictures = 30;
/** From picture to picture, so that not the same cones are seen all the time. */
const stepM = 0.015;

/** What is said of the pictures, along tracks that bend differently, of cones that are as tall as this. */
function doubtsOf(
  name: string,
  cones: { readonly heightM: number; readonly setM?: number },
  hangs: { readonly pitchRad?: number; readonly rollRad?: number } = {},
): string[] {
  const { camera, ...rest } = presets[name]!;
  const { widthPx, heightPx } = camera;
  const { heightM, setM = heightM } = cones;
  const { pitchRad = 0, rollRad = 0 } = hangs;
  const hung = { ...camera, pitchRad: camera.pitchRad + pitchRad, rollRad: camera.rollRad + rollRad };
  return bends.flatMap((curvaturePerM) => {
    const track = conesOf({ curvaturePerM, widthM: 0.9, spacingM: 0.5, stagger: 0.2 }).map(({ xM, yM, colour }) => ({
      xM,
      yM,
      colour,
      heightM,
    }));
    const random = createRandom(3);
    const watch = new ViewWatch({ ...rest, camera, pilot: { ...rest.pilot, coneHeightM: setM } });
    return Array.from({ length: pictures }, (_, frameId) => {
      const pose = { xM: stepM * frameId, yM: 0, headingRad: 0 };
      const detections = detectWorld(hung, pose, track, [], usualNoise, random);
      watch.observe(testFrame({ atMs: 50 * frameId, frameId, widthPx, heightPx, detections }));
      return watch.doubt ?? [];
    }).flat();
  });
}

describe.each(names)('with the camera of %s', (name) => {
  it.each([0.05, 0.075, 0.1, 0.15, 0.2, 0.3])(
    'cones that are as tall as is set, %d m, make no picture wrong',
    (heightM) => {
      expect(doubtsOf(name, { heightM })).toEqual([]);
    },
  );

  it.each([0.05, 0.1, 0.15])('a camera that looks up too far is found by cones of %d m', (heightM) => {
    expect(doubtsOf(name, { heightM }, { pitchRad: -0.15 }).join()).toMatch(/the camera hangs otherwise/);
  });

  it.each([0.05, 0.1, 0.15])('a camera that leans over is found by cones of %d m, and no cone blamed', (heightM) => {
    const doubts = doubtsOf(name, { heightM }, { rollRad: 0.25 });
    expect(doubts.length).toBeGreaterThan(0);
    expect(doubts.filter((doubt) => doubt.startsWith('The cones look')).length).toBeLessThan(0.1 * doubts.length);
  });

  it.each([
    [0.3, 0.1],
    [0.1, 0.3],
    [0.3, 0.05],
  ])('cones of %d m that are set to %d m are said to be so', (heightM, setM) => {
    const doubts = doubtsOf(name, { heightM, setM });
    expect(doubts.length).toBeGreaterThan(0);
    for (const doubt of doubts) expect(doubt).toContain(`${(1000 * setM).toFixed(0)} mm`);
    const looks = doubts.flatMap((doubt) => /^The cones look (\d+) mm tall/.exec(doubt)?.[1] ?? []).map(Number);
    expect(looks.length).toBeGreaterThan(0);
    for (const looksMm of looks) expect(Math.abs(Math.log(looksMm / (1000 * heightM)))).toBeLessThan(0.35);
  });

  it.each([
    [0.08, 0.1],
    [0.12, 0.1],
  ])('cones of %d m that are set to %d m still make no picture wrong', (heightM, setM) => {
    expect(doubtsOf(name, { heightM, setM })).toEqual([]);
  });
});
