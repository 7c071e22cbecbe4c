import type { CampaignCar } from '../campaign-car.ts';
import { all, disarmed, drives, type FaultCase, never, story, told } from '../story.ts';

/** For how long it was so. */
async function msOf(car: CampaignCar, forMs: number, isSo: () => boolean): Promise<number> {
  let ms = 0;
  for (let passedMs = 0; passedMs < forMs; passedMs += 10) {
    await car.run(10);
    if (isSo()) ms += 10;
  }
  return ms;
}

export const perceptionCases: readonly FaultCase[] = [
  story({
    id: 'F18',
    fault: 'no new frame (dead, or stuck: the camera reader tells both)',
    expected: 'neutral, then a stop',
    boundMs: 300,
    mode: 'auto',
    harm(car) {
      car.faults.camera = 'dead';
    },
    watchMs: 3000,
    holds: all(disarmed, told('detections-lost')),
  }),
  story({
    id: 'F19',
    fault: 'the camera slows down from 30 to 8 frames a second',
    expected: 'a stop',
    boundMs: 1000,
    mode: 'auto',
    car: { framesPerSecond: 30 },
    harm(car) {
      car.faults.framePeriodMs = 125;
    },
    watchMs: 4000,
    holds: all(disarmed, told('frames-rare')),
  }),
  story({
    id: 'F20a',
    fault: 'frames come 150 ms later than usual',
    expected: 'drives slower, and says so',
    mode: 'auto',
    harm(car) {
      car.faults.extraLatencyMs = 150;
    },
    watchMs: 5000,
    holds: all(
      drives,
      told('detections-delayed'),
      never('detections-late', 'detections-lost', 'unsteady'),
      (car) => car.snapshot?.slowReason !== undefined,
    ),
  }),
  story({
    id: 'F20b',
    fault: 'frames come 250 ms later than usual',
    expected: 'neutral',
    boundMs: 300,
    mode: 'auto',
    harm(car) {
      car.faults.extraLatencyMs = 250;
    },
    watchMs: 4000,
    holds: (car) => !car.isDriven,
  }),
  story({
    id: 'F21',
    fault: 'the picture shows nothing (black, overexposed)',
    expected: 'a stop',
    boundMs: 1000,
    mode: 'auto',
    harm(car) {
      car.faults.view = 'nothing';
    },
    watchMs: 4000,
    holds: all(disarmed, told('track-lost')),
  }),
  story({
    id: 'F23',
    fault: 'a third of the frames is missing, 10 s',
    expected: 'drives on, slower; no chatter',
    mode: 'auto',
    async harm(car) {
      car.faults.frameLoss = 0.33;
      await car.run(2000);
      const slowMs = await msOf(car, 8000, () => car.snapshot?.slowReason !== undefined);
      if (slowMs < 7000) throw new Error(`it drives slower for ${slowMs} of 8000 ms`);
      return `slower for ${slowMs} of 8000 ms`;
    },
    watchMs: 100,
    holds: (car, sinceMs) => car.mode === 'auto' && car.codesSince(sinceMs).length <= 3,
  }),
  story({
    id: 'F26a',
    fault: 'the detector falls behind: it skips every fourth frame',
    expected: 'slower, and a stop; told why',
    boundMs: 1000,
    mode: 'auto',
    harm(car) {
      car.faults.skips = { skipped: 1, taken: 3 };
    },
    watchMs: 5000,
    holds: all(disarmed, told('detections-delayed', 'frames-rare')),
  }),
  story({
    id: 'F26c',
    fault: 'the detector skips two frames now and then, 20 s',
    expected: 'drives on',
    mode: 'auto',
    async harm(car) {
      for (let times = 0; times < 20; times++) {
        car.faults.skips = { skipped: 2, taken: 1 };
        await car.run(50);
        car.faults.skips = { skipped: 0, taken: 1 };
        await car.run(950);
      }
    },
    watchMs: 100,
    holds: all(drives, never('frames-rare', 'unsteady')),
  }),
  story({
    id: 'F26b',
    fault: 'the detector falls far behind: it takes every third frame, 100 ms later',
    expected: 'a stop, and says so',
    boundMs: 1000,
    mode: 'auto',
    harm(car) {
      car.faults.skips = { skipped: 2, taken: 1 };
      car.faults.extraLatencyMs = 100;
    },
    watchMs: 4000,
    holds: all(disarmed, (car, sinceMs) => told('frames-rare')(car, sinceMs) || told('unsteady')(car, sinceMs)),
  }),
  story({
    id: 'F27',
    fault: 'the detector reports 2000 boxes of rubbish',
    expected: 'taken for nothing seen: a stop',
    boundMs: 1000,
    mode: 'auto',
    harm(car) {
      car.faults.view = 'rubbish';
    },
    watchMs: 4000,
    holds: disarmed,
  }),
  story({
    id: 'F29',
    fault: 'the track is lost',
    expected: 'a stop, and nothing resumes when it comes back',
    boundMs: 1000,
    mode: 'auto',
    async harm(car) {
      car.faults.view = 'nothing';
      await car.run(2500);
      car.faults.view = 'true';
    },
    watchMs: 2000,
    holds: all(disarmed, told('track-lost')),
  }),
  story({
    id: 'F30',
    fault: 'the steering linkage breaks, and the car leaves the track',
    expected: 'a stop, no farther beyond the border than v²/2a',
    mode: 'auto',
    async harm(car) {
      car.breakSteering();
      let fastestMps = 0;
      const untilMs = car.nowMs + 8000;
      while (car.mode !== 'disarmed' || car.world.view().speedMps > 0.05) {
        if (car.nowMs > untilMs) throw new Error(`it is still ${car.mode}`);
        fastestMps = Math.max(fastestMps, car.world.view().speedMps);
        await car.run(10);
      }
      const marginM = fastestMps ** 2 / (2 * car.config.vehicle.maxBrakingMps2);
      const text = `${car.farthestOffTrackM.toFixed(2)} m beyond the border, ${marginM.toFixed(2)} m allowed`;
      if (car.farthestOffTrackM > marginM) throw new Error(text);
      return text;
    },
    watchMs: 2000,
    holds: all(disarmed, told('left-track')),
  }),
  story({
    id: 'F31',
    fault: 'what sees obstacles falls silent: the camera streams, the detector takes none of its frames',
    expected: 'neutral, then a stop',
    boundMs: 300,
    mode: 'auto',
    harm(car) {
      car.faults.skips = { skipped: 1, taken: 0 };
    },
    watchMs: 2000,
    holds: all(disarmed, told('detections-late', 'detections-lost')),
  }),
  story({
    id: 'F32',
    fault: 'the motor pulls and the picture stands still',
    expected: 'motor off, disarmed',
    boundMs: 2200,
    mode: 'auto',
    harm(car) {
      car.faults.view = 'frozen';
    },
    watchMs: 5000,
    holds: all(disarmed, told('stuck')),
  }),
];
