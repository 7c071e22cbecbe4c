import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CampaignCar } from '../campaign-car.ts';
import { Samples } from '../samples.ts';
import type { Extent, FaultCase } from '../story.ts';

const hours: Readonly<Record<Extent, number>> = {
  short: 0.02,
  whole: Number(process.env['CAMPAIGN_SOAK_HOURS'] ?? 1),
};
const looks = 24;
/** Compiling and filling of pools is over by then. */
const warmUpLooks = 6;
const steepestMbPerH = 1;
const bytesPerMb = 1 << 20;

export const soakCase: FaultCase = {
  id: 'F78',
  fault: 'hour after hour by itself, on simulated time',
  expected: 'never disarmed; memory does not grow by 1 MB an hour; what drives grows no older',
  async run(extent) {
    const car = new CampaignCar({ seed: 7 });
    await car.drive('auto');
    const fromMs = car.nowMs;
    const memory: { readonly h: number; readonly mb: number }[] = [];
    const ages = { first: new Samples(), last: new Samples() };
    for (let look = 0; look < looks; look++) {
      const untilMs = fromMs + ((look + 1) / looks) * hours[extent] * 3_600_000;
      while (car.nowMs < untilMs) {
        await car.run(100);
        const ageMs = car.snapshot?.detectionAgeMs;
        if (ageMs !== undefined) ages[look < looks / 2 ? 'first' : 'last'].add(ageMs);
      }
      memory.push({ h: (car.nowMs - fromMs) / 3_600_000, mb: heapBytes() / bytesPerMb });
    }
    const slope = slopeOf(memory.slice(warmUpLooks));
    const [firstMs, lastMs] = [ages.first.percentileMs(0.99), ages.last.percentileMs(0.99)];
    const stops = car
      .codesSince(fromMs)
      .filter((code) => code !== 'detections-delayed' && code !== 'detections-prompt');
    const { laps } = car.world.status().judge;
    const broken = car.invariants.violations;
    return {
      text:
        broken[0] ??
        `${hours[extent]} h, ${laps.length} laps, ${stops.length} stops; heap ${slope.toFixed(2)} MB/h; ` +
          `99 % of what drives younger than ${firstMs} ms, at the end ${lastMs} ms`,
      holds:
        broken.length === 0 &&
        stops.length === 0 &&
        car.mode === 'auto' &&
        lastMs <= 1.1 * firstMs &&
        // Within minutes, a slope is noise.
        (hours[extent] < 1 || slope < steepestMbPerH),
    };
  },
};

/** What is really kept. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  return process.memoryUsage().heapUsed;
}

/** Least squares. */
function slopeOf(points: readonly { readonly h: number; readonly mb: number }[]): number {
  const mean = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const h = mean((point) => point.h);
  const mb = mean((point) => point.mb);
  return mean((point) => (point.h - h) * (point.mb - mb)) / mean((point) => (point.h - h) ** 2);
}
