import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../daemon/car/load-config.ts';
import { createClosedLoop } from '../daemon/closed-loop.ts';
import { createRandom } from '../daemon/planning/testing/random.ts';
import { type DetectorNoise, detectWorld, usualNoise } from '../daemon/planning/testing/test-detector.ts';
import { hairpinLine, ovalLine, randomLine } from '../daemon/planning/testing/test-track.ts';
import type { GroundPoint } from '../daemon/protocol/geometry.ts';
import { limitLap } from '../daemon/simulator/limit-lap.ts';
import { buildTrack } from '../daemon/simulator/tracks/build-track.ts';
import { builtinTrack } from '../daemon/simulator/tracks/builtin-track.ts';
import type { Track } from '../daemon/simulator/tracks/track.ts';
import { World } from '../daemon/simulator/world.ts';

/** Worse than any network that is worth shipping: a third of the cones are not seen, one in twenty in the wrong colour. */
const poorNoise: DetectorNoise = {
  edgePx: 1.5,
  missShare: 0.3,
  wrongColourShare: 0.05,
  doubledShare: 0.05,
  falseBoxes: 0.2,
  reachM: 3,
};

interface Drive {
  readonly laps: number;
  readonly conesHit: number;
  readonly wasOffTrack: boolean;
  readonly endedBy: string | undefined;
  readonly ratioToLimit: number;
}

/** The whole car on simulated time; in place of pixels and network, the true cones as a network would report them. */
async function drive(track: Track, options: { seed: number; laps: number; noise: DetectorNoise }): Promise<Drive> {
  const config = loadConfig({});
  const world = new World({ track, config, startAtMs: 0, seed: options.seed });
  const random = createRandom(options.seed);
  const { widthPx, heightPx } = config.camera;
  const seen: ReturnType<typeof detectWorld>[] = [];
  const loop = createClosedLoop({
    config,
    world,
    seed: options.seed,
    latencyMs: 60,
    renderer: {
      widthPx,
      heightPx,
      render: () => seen.push(detectWorld(config.camera, world.view(), track.cones, [], options.noise, random)),
    },
    detector: {
      detect: async () => ({ detections: seen.shift() ?? [], timing: { preprocessMs: 1, runMs: 5, decodeMs: 1 } }),
    },
  });
  const { limitLapS } = limitLap(track, config.vehicle);
  const laps = () => world.status().judge.laps;
  while (laps().length < options.laps && !loop.hasEnded && loop.nowMs < (10 + 4 * options.laps * limitLapS) * 1000) {
    await loop.advance();
  }
  const { judge } = world.status();
  const meanS = laps().reduce((sum, lap) => sum + lap.timeS, 0) / laps().length;
  return {
    laps: laps().length,
    conesHit: judge.conesHit,
    wasOffTrack: judge.wasOffTrack,
    endedBy: loop.hasEnded ? loop.lastEvent?.code : undefined,
    ratioToLimit: meanS / limitLapS,
  };
}

function trackOf(name: string, centre: readonly GroundPoint[], widthM: number, reverse: boolean): Track {
  const half = centre.map(() => widthM / 2);
  return buildTrack(
    name,
    { kind: 'widths', format: 'F1TENTH centreline .csv', centre, leftM: half, rightM: half },
    { reverse },
  );
}

const clean = (laps: number) => ({ laps, conesHit: 0, wasOffTrack: false, endedBy: undefined });

describe('laps on what a detector makes of the cones', { timeout: 120_000 }, () => {
  test.each([
    ['forwards', false],
    ['backwards', true],
  ])('a poor detector drives the built-in track %s', async (_, reverse) => {
    const track = buildTrack('built-in', builtinTrack(), { reverse });
    expect(await drive(track, { seed: 5, laps: 2, noise: poorNoise })).toMatchObject(clean(2));
  });

  test.each([
    ['a tight oval', ovalLine(3, 0.7), 0.9],
    ['hairpins side by side', hairpinLine({ legM: 3, radiusM: 0.75, legs: 4 }), 0.8],
  ])('a usual detector drives %s', async (name, centre, widthM) => {
    for (const reverse of [false, true]) {
      const result = await drive(trackOf(name, centre, widthM, reverse), { seed: 3, laps: 2, noise: usualNoise });
      expect(result).toMatchObject(clean(2));
      expect(result.ratioToLimit).toBeLessThan(1.3);
    }
  });

  test('any closed track that a 1:18 car can follow', async () => {
    const closedLine = fc
      .integer({ min: 1, max: 1_000_000 })
      .map((seed) => randomLine(seed, 0.9))
      .filter((line) => line !== undefined);
    await fc.assert(
      fc.asyncProperty(
        closedLine,
        fc.double({ min: 0.8, max: 1.2, noNaN: true }),
        fc.boolean(),
        fc.nat(99),
        async (line, widthM, reverse, seed) => {
          const result = await drive(trackOf('any', line, widthM, reverse), { seed, laps: 1, noise: usualNoise });
          expect(result).toMatchObject(clean(1));
        },
      ),
      { numRuns: 10, seed: 20_261 },
    );
  });
});
