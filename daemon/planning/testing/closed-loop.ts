import type { CarConfig } from '../../car/config.ts';
import type { FrameDetections } from '../../protocol/detection.ts';
import type { CarEvent } from '../../protocol/events.ts';
import type { GroundPoint, Pose } from '../../protocol/geometry.ts';
import type { Mode } from '../../protocol/modes.ts';
import { createDriveLoop, type DriveLoop, type DriveSnapshot } from '../drive-loop.ts';
import { fromFrame, toFrame, wrapAngle } from '../plane.ts';
import { gravityMps2 } from '../vehicle-response.ts';
import { createRandom } from './random.ts';
import { type Imperfection, perfect, TestCar } from './test-car.ts';
import { type DetectorNoise, detectWorld, type TestThing, usualNoise } from './test-detector.ts';
import type { TestTrack } from './test-track.ts';

export interface DriveOptions {
  readonly config: CarConfig;
  readonly track: TestTrack;
  readonly seed?: number;
  readonly laps?: number;
  readonly limitS?: number;
  readonly latencyMs?: number;
  readonly noise?: DetectorNoise;
  readonly imperfection?: Imperfection;
  readonly things?: readonly TestThing[];
  /** Called after every control period. */
  readonly onStep?: (moment: Moment) => void;
  /** Changes the world while it runs. */
  readonly thingsAt?: (nowMs: number) => readonly TestThing[];
}

export interface Moment {
  readonly nowMs: number;
  readonly pose: Pose;
  readonly speedMps: number;
  readonly snapshot: DriveSnapshot;
  readonly loop: DriveLoop;
  readonly events: readonly CarEvent[];
}

export interface DriveResult {
  readonly laps: number;
  readonly lapTimesS: readonly number[];
  readonly conesHit: number;
  /** Time with the middle of the car or its rear axle outside the borders. */
  readonly offTrackS: number;
  readonly maxLateralM: number;
  readonly mode: Mode;
  readonly events: readonly CarEvent[];
  /** Root mean square of the speed estimate's error. */
  readonly speedErrorMps: number;
  readonly ratioToLimit: number | undefined;
}

const framePeriodMs = 50;
const controlPeriodMs = 20;
const physicsStepMs = 2;
const busDelayMs = 10;
const coneRadiusM = 0.035;

/** The fastest flying lap along the centre line under friction, top speed, acceleration and braking. */
export function limitLapS(track: TestTrack, config: CarConfig): number {
  const { friction, topSpeedMps, maxAccelerationMps2, maxBrakingMps2 } = config.vehicle;
  const count = track.samples.length;
  const stepM = track.lengthM / count;
  const at = (i: number) => track.samples[((i % count) + count) % count]!;
  const speeds = track.samples.map((_, i) => {
    const curvature = wrapAngle(at(i + 2).headingRad - at(i - 2).headingRad) / (4 * stepM);
    return Math.min(topSpeedMps, Math.sqrt((friction * gravityMps2) / Math.max(1e-6, Math.abs(curvature))));
  });
  for (let i = 2 * count; i > 0; i--) {
    const here = speeds[i % count]!;
    const before = (i - 1) % count;
    speeds[before] = Math.min(speeds[before]!, Math.sqrt(here * here + 2 * maxBrakingMps2 * stepM));
  }
  for (let i = 0; i < 2 * count; i++) {
    const here = speeds[i % count]!;
    const after = (i + 1) % count;
    speeds[after] = Math.min(speeds[after]!, Math.sqrt(here * here + 2 * maxAccelerationMps2 * stepM));
  }
  return speeds.reduce((sum, speed, i) => sum + (2 * stepM) / (speed + speeds[(i + 1) % count]!), 0);
}

class Marshal {
  readonly #track: TestTrack;
  readonly #config: CarConfig;
  readonly hit = new Set<number>();
  progressM = 0;
  maxLateralM = 0;
  #index = 0;

  constructor(track: TestTrack, config: CarConfig) {
    this.#track = track;
    this.#config = config;
  }

  #outside(point: GroundPoint, index: number): { readonly lateralM: number; readonly outside: boolean } {
    const sample = this.#track.samples[index]!;
    const lateralM = toFrame(sample, point).yM;
    return { lateralM, outside: lateralM > sample.leftM || -lateralM > sample.rightM };
  }

  /** Whether the car is off the track now. */
  watch(pose: Pose): boolean {
    const { samples, lengthM } = this.#track;
    const count = samples.length;
    const cost = (i: number): number => Math.hypot(samples[i]!.xM - pose.xM, samples[i]!.yM - pose.yM);
    let best = this.#index;
    let offset = 0;
    for (let k = -10; k <= 10; k++) {
      const i = (this.#index + k + count) % count;
      if (cost(i) >= cost(best)) continue;
      best = i;
      offset = k;
    }
    this.progressM += (offset * lengthM) / count;
    this.#index = best;
    const rear = this.#outside(pose, best);
    this.maxLateralM = Math.max(this.maxLateralM, Math.abs(rear.lateralM));
    const { wheelbaseM, widthM, lengthM: bodyM } = this.#config.vehicle;
    const middle = fromFrame(pose, { xM: wheelbaseM / 2, yM: 0 });
    for (const [i, cone] of this.#track.cones.entries()) {
      const at = toFrame(pose, cone);
      const ahead = Math.max(0, Math.abs(at.xM - wheelbaseM / 2) - bodyM / 2);
      const aside = Math.max(0, Math.abs(at.yM) - widthM / 2);
      if (Math.hypot(ahead, aside) < coneRadiusM) this.hit.add(i);
    }
    const nextIndex = (best + Math.round((wheelbaseM / 2 / lengthM) * count)) % count;
    return rear.outside || this.#outside(middle, nextIndex).outside;
  }
}

/** Drives laps on simulated time with the whole planning core in the loop, armed by the daemon. */
export function driveLaps(options: DriveOptions): DriveResult {
  const { config, track } = options;
  const random = createRandom(options.seed ?? 1);
  const noise = options.noise ?? usualNoise;
  const laps = options.laps ?? 3;
  const loop = createDriveLoop({ config });
  const first = track.samples[0]!;
  const start = fromFrame(first, { xM: -0.3, yM: 0 });
  const car = new TestCar(config.vehicle, { ...start, headingRad: first.headingRad }, options.imperfection ?? perfect);
  const marshal = new Marshal(track, config);
  loop.acceptCameraState({ state: 'streaming' });
  loop.acceptDetectorState({ state: 'ready' });
  let inFlight: { readonly arrivesAtMs: number; readonly frame: FrameDetections }[] = [];
  let orders: { readonly atMs: number; readonly steering: number; readonly throttle: number }[] = [];
  let order = { steering: 0, throttle: 0 };
  let armed = false;
  let gateArmed = false;
  let frameId = 0;
  let offTrackMs = 0;
  let lapStartMs: number | undefined;
  const lapTimesS: number[] = [];
  const events: CarEvent[] = [];
  let squaredError = 0;
  let moments = 0;
  let mode: Mode = 'disarmed';
  const endMs = (options.limitS ?? laps * 60) * 1000;
  let nowMs = 0;
  for (; nowMs < endMs && lapTimesS.length < laps; nowMs += physicsStepMs) {
    if (nowMs % framePeriodMs === 0) {
      const things = options.thingsAt?.(nowMs) ?? options.things ?? [];
      const arrivesAtMs = nowMs + (options.latencyMs ?? 80) + 10 * (random.uniform() - 0.5);
      const frame: FrameDetections = {
        kind: 'detections',
        frameId: frameId++,
        capturedAtMs: nowMs,
        captureTimeSource: 'camera',
        detectedAtMs: arrivesAtMs,
        widthPx: config.camera.widthPx,
        heightPx: config.camera.heightPx,
        detections: detectWorld(config.camera, car.pose, track.cones, things, noise, random),
        timing: { preprocessMs: 1, runMs: 20, decodeMs: 1 },
      };
      inFlight.push({ arrivesAtMs, frame });
    }
    if (nowMs % 100 === 0) {
      loop.acceptActuation({
        kind: 'status',
        atMs: nowMs,
        armed: gateArmed,
        stopLatched: false,
        boardReady: true,
        ...order,
        steeringPulseUs: 1500,
        throttlePulseUs: 1500,
        counters: { accepted: 0, expired: 0, stale: 0, invalid: 0, busErrors: 0 },
      });
    }
    if (nowMs % controlPeriodMs === 0) {
      for (const { frame } of inFlight.filter(({ arrivesAtMs }) => arrivesAtMs <= nowMs)) loop.acceptDetections(frame);
      inFlight = inFlight.filter(({ arrivesAtMs }) => arrivesAtMs > nowMs);
      if (!armed) armed = loop.request({ kind: 'arm', mode: 'auto', armedBy: 'daemon' }, nowMs).accepted;
      const step = loop.step(nowMs);
      for (const command of step.commands) {
        if (command.kind === 'arm') gateArmed = true;
        if (command.kind === 'disarm' || command.kind === 'emergency-stop') gateArmed = false;
        if (command.kind === 'drive') orders.push({ ...command, atMs: nowMs + busDelayMs });
      }
      events.push(...step.events.filter((event) => event.code !== 'arming-refused'));
      mode = step.snapshot.mode;
      squaredError += (step.snapshot.speedMps - car.speedMps) ** 2;
      moments++;
      const { pose, speedMps } = car;
      options.onStep?.({ nowMs, pose, speedMps, snapshot: step.snapshot, loop, events: step.events });
      if (armed && mode === 'disarmed') break;
    }
    while (orders[0] !== undefined && orders[0].atMs <= nowMs) {
      order = gateArmed ? orders[0] : { steering: 0, throttle: 0 };
      orders = orders.slice(1);
    }
    car.step(order, physicsStepMs / 1000);
    const before = marshal.progressM;
    if (marshal.watch(car.pose)) offTrackMs += physicsStepMs;
    const lineM = lapTimesS.length * track.lengthM + (lapStartMs === undefined ? 0 : track.lengthM);
    if (before < lineM + 0.3 && marshal.progressM >= lineM + 0.3) {
      if (lapStartMs !== undefined) lapTimesS.push((nowMs - lapStartMs) / 1000);
      lapStartMs = nowMs;
    }
  }
  const meanS = lapTimesS.reduce((sum, time) => sum + time, 0) / lapTimesS.length;
  return {
    laps: lapTimesS.length,
    lapTimesS,
    conesHit: marshal.hit.size,
    offTrackS: offTrackMs / 1000,
    maxLateralM: marshal.maxLateralM,
    mode,
    events,
    speedErrorMps: Math.sqrt(squaredError / Math.max(1, moments)),
    ratioToLimit: lapTimesS.length === laps ? meanS / limitLapS(track, config) : undefined,
  };
}
