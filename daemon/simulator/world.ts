import type { CarConfig } from '../car/config.ts';
import { type BatteryState, batteryAt, drain } from './devices/battery.ts';
import { type BusAnswer, type BusWrite, type RegisterDevice, SimulatedBus } from './devices/bus.ts';
import { Ina219 } from './devices/ina219.ts';
import { type Motion, Mpu6050 } from './devices/mpu6050.ts';
import { Pca9685 } from './devices/pca9685.ts';
import { Ssd1306 } from './devices/ssd1306.ts';
import { createDisturbance, type Disturbance } from './disturbance.ts';
import { type JudgeStatus, LapJudge } from './lap-judge.ts';
import { gravityMps2 } from './limit-lap.ts';
import { boardsOf, type WheelsTold, wheelsTold } from './motor-outputs.ts';
import { type Obstacle, placeObstacles } from './obstacles.ts';
import { type CarState, carAt, physicsStepMs, stepCar } from './physics.ts';
import { coneRadiusM } from './scene-from-track.ts';
import type { Track } from './tracks/track.ts';

/** What the camera, the trace and the telemetry are told of the car's true state. */
export interface WorldView {
  readonly atMs: number;
  readonly xM: number;
  readonly yM: number;
  readonly headingRad: number;
  readonly speedMps: number;
  readonly yawRateRadps: number;
}

/** A view with the pulses that reach servo and speed controller; 0 is none. */
export interface WorldSample extends WorldView {
  readonly throttlePulseUs: number;
  readonly steeringPulseUs: number;
}

export interface WorldStatus extends WorldSample {
  readonly judge: JudgeStatus;
  readonly battery: BatteryState;
}

export interface WorldOptions {
  readonly track: Track;
  readonly config: Pick<CarConfig, 'vehicle' | 'actuators'>;
  readonly startAtMs: number;
  readonly seed: number;
  /** Of the drive train; 0 is none, 1 the usual. */
  readonly noise?: number;
  readonly obstacles?: readonly Obstacle[];
  /** Every register write that a device took, at the time given to it. */
  readonly onBusWrite?: (write: BusWrite, atMs: number) => void;
  /** Fifty times a second of the world's time. */
  readonly onSample?: (sample: WorldSample) => void;
}

const samplePeriodMs = 20;
/** After a longer pause the world skips what is older, rather than rush through it. */
const mostCatchUpMs = 100;
const ina219Address = 0x41;

/**
 * The simulated car on its track: physics, the I2C bus with its chips, and the judge. Time is given, so it runs in
 * real time in its process and as fast as it can in a headless lap; the same calls at the same times give the same world.
 */
export class World {
  readonly track: Track;
  readonly #options: WorldOptions;
  readonly #motorBoards: ReadonlyMap<number, Pca9685>;
  readonly #bus: SimulatedBus;
  #judge: LapJudge;
  readonly #disturbance: () => Disturbance;
  #battery = batteryAt(0.9);
  #car: CarState;
  /** Up to here the world has been lived. */
  #atMs: number;
  /** What the caller calls now; up to a step ahead of it. */
  #nowMs: number;
  #nextSampleMs: number;

  constructor(options: WorldOptions) {
    const { track, config, startAtMs } = options;
    this.track = track;
    this.#options = options;
    this.#car = carAt(track.start);
    this.#atMs = startAtMs;
    this.#nowMs = startAtMs;
    this.#nextSampleMs = startAtMs;
    this.#disturbance = createDisturbance(options.seed, options.noise ?? 1);
    this.#motorBoards = new Map(boardsOf(config.actuators).map(({ address }) => [address, new Pca9685()]));
    this.#bus = new SimulatedBus(
      new Map<number, RegisterDevice>([
        ...this.#motorBoards,
        [config.actuators.battery?.address ?? ina219Address, new Ina219(() => this.#battery)],
        ...this.#fitted(),
      ]),
      (write) => options.onBusWrite?.(write, this.#nowMs),
    );
    this.#judge = this.#newJudge();
  }

  /** What the configuration has beside wheels and battery. */
  #fitted(): (readonly [number, RegisterDevice])[] {
    const { motionSensor, statusScreen } = this.#options.config.actuators;
    return [
      ...(motionSensor === undefined ? [] : [[motionSensor.address, new Mpu6050(() => this.#motion())] as const]),
      ...(statusScreen === undefined ? [] : [[statusScreen.address, new Ssd1306()] as const]),
    ];
  }

  /** Mounted level, x forward: the road pushes the car up, which an accelerometer takes for an acceleration. */
  #motion(): Motion {
    const { longitudinalMps2, lateralMps2, yawRateRadps } = this.#car;
    return {
      accelerationMps2: [longitudinalMps2, lateralMps2, gravityMps2],
      rateRadps: [0, 0, yawRateRadps],
    };
  }

  /** The car back at its start, standing, and the judge with it. The chips, the battery and time go on. */
  reset(): void {
    this.#car = carAt(this.track.start);
    this.#judge = this.#newJudge();
  }

  #newJudge(): LapJudge {
    const { track, config, obstacles } = this.#options;
    return new LapJudge(
      { track, vehicle: config.vehicle, coneRadiusM, obstacles: placeObstacles(track, obstacles ?? []) },
      this.#atMs,
      track.start,
    );
  }

  /** Lives on until this time, in steps of a millisecond. */
  step(nowMs: number): void {
    if (nowMs - this.#atMs > mostCatchUpMs) {
      const skippedMs = nowMs - this.#atMs - mostCatchUpMs;
      this.#atMs += skippedMs;
      this.#nextSampleMs = Math.max(this.#nextSampleMs, this.#atMs);
    }
    while (this.#atMs + physicsStepMs <= nowMs) this.#live();
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  /** As a driver reaches it: at the time of the last step. */
  writeBus(address: number, register: number, bytes: readonly number[]): BusAnswer<readonly []> {
    return this.#bus.write(address, register, bytes, this.#nowMs);
  }

  readBus(address: number, register: number, length: number): BusAnswer<readonly number[]> {
    return this.#bus.read(address, register, length, this.#nowMs);
  }

  view(): WorldView {
    const { xM, yM, headingRad, speedMps, yawRateRadps } = this.#car;
    return { atMs: this.#atMs, xM, yM, headingRad, speedMps, yawRateRadps };
  }

  status(): WorldStatus {
    return { ...this.#sample(), judge: this.#judge.status(), battery: this.#battery };
  }

  #sample(): WorldSample {
    const { throttlePulseUs, steeringPulseUs } = this.#told();
    return { ...this.view(), throttlePulseUs, steeringPulseUs };
  }

  #told(): WheelsTold {
    return wheelsTold(this.#options.config.actuators, this.#motorBoards, Math.max(this.#atMs, this.#nowMs));
  }

  #live(): void {
    const { config, onSample } = this.#options;
    if (onSample !== undefined && this.#atMs >= this.#nextSampleMs) {
      onSample(this.#sample());
      this.#nextSampleMs += samplePeriodMs;
    }
    const told = this.#told().drive;
    const wander = this.#disturbance();
    const isRolling = this.#car.speedMps !== 0 || told.throttle !== undefined;
    this.#car = stepCar(config.vehicle, this.#car, {
      steering: told.steering === undefined ? undefined : told.steering + wander.steering,
      throttle: told.throttle === undefined ? undefined : told.throttle * wander.throttle,
    });
    this.#atMs += physicsStepMs;
    this.#battery = drain(this.#battery, this.#car.motorW, physicsStepMs / 1000);
    if (isRolling) this.#judge.observe(this.#atMs, this.#car);
  }
}
