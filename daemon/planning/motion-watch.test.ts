import { beforeEach, describe, expect, it } from 'vitest';
import { presets } from '../car/presets.ts';
import type { Detection, FrameDetections } from '../protocol/detection.ts';
import { MotionWatch } from './motion-watch.ts';
import { createRandom, type Random } from './testing/random.ts';
import { testFrame } from './testing/test-frame.ts';

const { safety, camera } = presets['simulated']!;
const periodMs = 50;
const focalPx = 286;
/** Pairs of cones along a straight road, half a metre apart. */
const road = Array.from({ length: 60 }, (_, index) => 0.5 * index);

/** A camera that looks along the road from where the car is, and boxes that tremble. */
class Drive {
  readonly watch = new MotionWatch(safety);
  readonly kinds: string[] = [];
  nowMs = 0;
  xM = 0;
  #random: Random = createRandom(7);

  run(forMs: number, speedMps: number, given: { throttle: number; armed?: boolean; sees?: boolean }): this {
    for (let passedMs = 0; passedMs < forMs; passedMs += periodMs) {
      this.nowMs += periodMs;
      this.xM += (speedMps * periodMs) / 1000;
      if (given.sees !== false) this.watch.observe(this.#frame());
      const events = this.watch.events(this.nowMs, given, given.armed ?? true);
      this.kinds.push(...events.map(({ kind }) => kind));
    }
    return this;
  }

  #frame(): FrameDetections {
    const seen = road.map((xM) => (xM - this.xM) % 30).filter((aheadM) => aheadM > 0.4 && aheadM < 3);
    const detections = seen.flatMap((aheadM) => [
      this.#cone('blue cone', aheadM, -0.45),
      this.#cone('yellow cone', aheadM, 0.45),
    ]);
    const { widthPx, heightPx } = camera;
    return testFrame({ atMs: this.nowMs, frameId: this.nowMs, widthPx, heightPx, detections });
  }

  #cone(label: string, aheadM: number, rightM: number): Detection {
    const tremble = () => this.#random.normal() * 0.7;
    const heightPx = (focalPx * 0.1) / aheadM + tremble();
    const footPx = 180 + (focalPx * 0.16) / aheadM + tremble();
    const box = {
      xPx: 240 + (focalPx * rightM) / aheadM + tremble(),
      yPx: footPx - heightPx,
      widthPx: heightPx * 0.7,
      heightPx,
    };
    return { label, classId: 0, score: 0.9, box };
  }
}

let drive: Drive;
beforeEach(() => {
  drive = new Drive();
});

describe('a motor that pulls', () => {
  it.each([0.15, 0.5, 1, 2, 2.5])('and a car that drives at %d m/s is not stuck', (speedMps) => {
    expect(drive.run(10_000, speedMps, { throttle: 0.4 }).kinds).toEqual([]);
  });

  it('and a picture that stands still for 2 s is stuck, soon after', () => {
    drive.run(3000, 1, { throttle: 0.4 }).run(1950, 0, { throttle: 0.4 });
    expect(drive.kinds).toEqual([]);
    drive.run(150, 0, { throttle: 0.4 });
    expect(drive.kinds).toContain('stuck');
  });

  it('after a long rest has 2 s to get going', () => {
    drive.run(10_000, 0, { throttle: 0 }).run(1900, 0, { throttle: 0.4 });
    expect(drive.kinds).toEqual([]);
    expect(drive.run(300, 0, { throttle: 0.4 }).kinds).toContain('stuck');
  });

  it('says nothing where nothing is seen', () => {
    expect(drive.run(10_000, 0, { throttle: 0.4, sees: false }).kinds).toEqual([]);
  });

  it('forgets what it saw when the camera falls silent', () => {
    drive.run(3000, 0, { throttle: 0 }).run(4000, 0, { throttle: 0.4, sees: false });
    expect(drive.kinds).toEqual([]);
  });
});

describe('a motor that is off', () => {
  it('and a car that coasts for a moment is right', () => {
    drive.run(3000, 2, { throttle: 0.8 }).run(1500, 0.8, { throttle: 0 }).run(5000, 0, { throttle: 0 });
    expect(drive.kinds).toEqual([]);
  });

  it('and a car that goes on and on is told once', () => {
    drive.run(3000, 2, { throttle: 0.8 }).run(3500, 1, { throttle: 0 });
    expect(drive.kinds).toEqual(['rolling']);
    expect(drive.run(5000, 1, { throttle: 0 }).kinds).toEqual(['rolling']);
  });

  it('and a car that stood and is carried away is none of our business', () => {
    drive.run(3000, 2, { throttle: 0.8 }).run(2000, 0, { throttle: 0 }).run(9000, 0.5, { throttle: 0, armed: false });
    expect(drive.kinds).toEqual([]);
  });
});

describe('an armed car', () => {
  it('that is driven only by the wheel is idle after its time', () => {
    drive.run(safety.idleDisarmAfterMs, 0, { throttle: 0 });
    expect(drive.kinds).toEqual([]);
    expect(drive.run(2 * periodMs, 0, { throttle: 0 }).kinds).toContain('idle');
  });

  it('that is not armed is never idle', () => {
    expect(drive.run(2 * safety.idleDisarmAfterMs, 0, { throttle: 0, armed: false }).kinds).toEqual([]);
  });
});
