import { actuationStatus } from '../../daemon/actuation/actuation-status.ts';
import { Board } from '../../daemon/actuation/board.ts';
import { type I2cBus, I2cError, transferLimitMs } from '../../daemon/actuation/bus/i2c-bus.ts';
import { Gate } from '../../daemon/actuation/gate.ts';
import { gateLimits } from '../../daemon/actuation/gate-limits.ts';
import type { GateInput } from '../../daemon/actuation/gate-types.ts';
import type { CarConfig, Safety } from '../../daemon/car/config.ts';
import { loadConfig } from '../../daemon/car/load-config.ts';
import {
  createDriveLoop,
  type DriveLoop,
  type DriveRequest,
  type DriveSnapshot,
  type RequestAnswer,
} from '../../daemon/planning/drive-loop.ts';
import { createRandom, type Random } from '../../daemon/planning/testing/random.ts';
import { detectWorld, usualNoise } from '../../daemon/planning/testing/test-detector.ts';
import type { ActuationCommand, ActuationReport } from '../../daemon/protocol/actuation-messages.ts';
import { isPulseDriven, type PulseActuatorConfig } from '../../daemon/protocol/actuator-config.ts';
import type { FrameDetections } from '../../daemon/protocol/detection.ts';
import type { Stick } from '../../daemon/protocol/driver-command.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import { buildTrack } from '../../daemon/simulator/tracks/build-track.ts';
import { builtinTrack } from '../../daemon/simulator/tracks/builtin-track.ts';
import { World } from '../../daemon/simulator/world.ts';
import { Invariants } from './invariants.ts';

const stepMs = rates.actuationPeriodMs;
const phonePeriodMs = 30;
const usualLatencyMs = 40;

/** What may go wrong; each is set and cleared by a story while the car drives. */
export interface Faults {
  /** The phone's commands: they come, they wait in the link, they are gone. */
  phone: 'sends' | 'stalls' | 'silent';
  /** Share of commands lost, and how long the others are under way at most. */
  phoneLoss: number;
  phoneJitterMs: number;
  /** The page goes on sending, but nobody has touched it since. */
  inputFrozen: boolean;
  camera: 'streams' | 'dead';
  /** Share of frames that never come. */
  frameLoss: number;
  /** Only every so-manieth frame comes. */
  everyFrame: number;
  extraLatencyMs: number;
  /** What the detector makes of a frame. */
  view: 'true' | 'nothing' | 'rubbish' | 'frozen';
  /** The daemon's event loop stands still. */
  planning: 'runs' | 'blocked';
  /** The pipe to motor control: commands come, or are lost. */
  pipe: 'open' | 'lost';
  bus: 'answers' | 'refuses' | 'silent';
  /** So many transfers are refused, then it answers again. */
  refusals: number;
}

const noFaults = (): Faults => ({
  phone: 'sends',
  phoneLoss: 0,
  phoneJitterMs: 0,
  inputFrozen: false,
  camera: 'streams',
  frameLoss: 0,
  everyFrame: 1,
  extraLatencyMs: 0,
  view: 'true',
  planning: 'runs',
  pipe: 'open',
  bus: 'answers',
  refusals: 0,
});

export const centred: Stick = { steering: 0, throttle: 0 };
/** A driver who goes round in circles. */
export const circling: Stick = { steering: 0.6, throttle: 0.5 };

interface Waiting<T> {
  readonly dueMs: number;
  readonly what: T;
}

/**
 * The whole car on simulated time, and everything that can go wrong with it: world, drive loop, pilot, gate, board driver and
 * register models are the real ones; the phone, the camera, the pipe and the wires between them are here. Every write that
 * reaches the registers is judged.
 */
export class CampaignCar {
  readonly config: CarConfig;
  readonly actuators: PulseActuatorConfig;
  readonly world: World;
  readonly loop: DriveLoop;
  readonly invariants: Invariants;
  readonly codes: { readonly atMs: number; readonly code: string }[] = [];
  /** Causes that the gate gave for its changes of mind. */
  readonly causes: string[] = [];
  faults = noFaults();
  stick: Stick = centred;
  nowMs = 100_000;
  snapshot: DriveSnapshot | undefined;
  /** Until when the motor was driven, one PWM period after the last such pulse included. */
  drivenUntilMs = 0;
  readonly #gate: Gate;
  readonly #board: Board;
  readonly #random: Random;
  #armingsAsked = 0;
  #armingsGranted = 0;
  #gateArmed = false;
  #sequence = 0;
  #inputAtMs = 0;
  #frameId = 0;
  #frozen: FrameDetections['detections'] | undefined;
  #waits: Waiting<() => void>[] = [];
  #commandsUnderWay: Waiting<{ stick: Stick; inputAtMs: number; sequence: number }>[] = [];
  #framesUnderWay: Waiting<FrameDetections>[] = [];
  #pipe: ActuationCommand[] = [];
  #reports: ActuationReport[] = [];

  /** @param options.wrapLoop stands between the drive loop and everything that talks to it. */
  constructor(options: {
    readonly seed: number;
    readonly safety?: Partial<Safety>;
    readonly wrapLoop?: (loop: DriveLoop) => DriveLoop;
  }) {
    const base = loadConfig({});
    this.config = { ...base, safety: { ...base.safety, ...options.safety } };
    const { actuators } = this.config;
    if (!isPulseDriven(actuators)) throw new Error('the campaign judges the pulses of a speed controller');
    this.actuators = actuators;
    this.#random = createRandom(options.seed);
    const track = buildTrack('built-in', builtinTrack(), { reverse: false });
    this.world = new World({ track, config: this.config, startAtMs: this.nowMs, seed: options.seed });
    this.invariants = new Invariants(this.actuators);
    const loop = createDriveLoop({ config: this.config });
    this.loop = options.wrapLoop?.(loop) ?? loop;
    this.#gate = new Gate(gateLimits(this.actuators));
    this.#board = new Board(this.actuators, {
      openBus: async () => this.#bus(),
      nowMs: () => this.nowMs,
      wait: (milliseconds) =>
        new Promise((resolve) => this.#waits.push({ dueMs: this.nowMs + milliseconds, what: resolve })),
      onFault: (fault) => {
        this.#obey({ kind: 'board', fault: fault?.text });
        if (fault !== undefined && fault.cause !== 'starting') {
          this.#reports.push({ kind: 'fault', atMs: this.nowMs, cause: fault.cause, text: fault.text });
        }
      },
    });
    this.loop.setProcessAlive('actuation', true);
    this.loop.setProcessAlive('perception', true);
    this.loop.acceptCameraState({ state: 'streaming' });
    this.loop.acceptDetectorState({ state: 'ready' });
    this.loop.setConnectedClients(1);
  }

  get mode(): string {
    return this.snapshot?.mode ?? 'disarmed';
  }

  get isDriven(): boolean {
    const { throttlePulseUs } = this.world.status();
    return throttlePulseUs !== 0 && Math.abs(throttlePulseUs - this.actuators.throttle.neutralPulseUs) > 6;
  }

  codesSince(atMs: number): string[] {
    return this.codes.filter((event) => event.atMs >= atMs).map(({ code }) => code);
  }

  request(request: DriveRequest): RequestAnswer {
    if (request.kind === 'arm') this.#armingsAsked += 1;
    return this.loop.request(request, this.nowMs);
  }

  /** Whatever the chip or the world does by itself. */
  writeRegister(register: number, bytes: readonly number[]): void {
    this.world.writeBus(this.actuators.pca9685.address, register, bytes);
  }

  async run(forMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) await this.#step();
  }

  /** Faults cleared, the stop released, stick centred, armed, at speed. */
  async drive(mode: 'manual' | 'auto'): Promise<void> {
    this.faults = noFaults();
    this.#frozen = undefined;
    this.loop.acceptReadings({ board: { temperatureLevel: 'normal' }, battery: { volts: 8, level: 'normal' } });
    this.stick = centred;
    // A car off the track finds no way by itself.
    if (mode === 'auto') this.world.reset();
    // Somebody is there again, whoever had left.
    this.request({ kind: 'driver-changed' });
    this.request({ kind: 'release-stop' });
    this.request({ kind: 'disarm' });
    const untilMs = this.nowMs + 6000;
    await this.run(500);
    while (this.mode !== mode) {
      if (this.nowMs > untilMs)
        throw new Error(
          `the car in ${this.mode} cannot be armed for ${mode}: ${JSON.stringify(this.snapshot?.obstacles)}`,
        );
      const obstacles = mode === 'auto' ? this.snapshot?.autoObstacles : this.snapshot?.obstacles;
      if (obstacles?.length === 0) this.request({ kind: 'arm', mode, armedBy: 'remote' });
      await this.run(20);
    }
    this.stick = circling;
    while (!this.isDriven || Math.abs(this.world.view().speedMps) < 0.5) {
      if (this.nowMs > untilMs + 3000) throw new Error(`the car is armed in ${this.mode} and does not drive`);
      await this.run(20);
    }
    await this.run(200);
  }

  async #step(): Promise<void> {
    this.nowMs += stepMs;
    const { nowMs } = this;
    for (const wait of take(this.#waits, nowMs)) wait();
    this.world.step(nowMs);
    this.#phone();
    this.#camera();
    if (this.faults.planning === 'runs') this.#plan();
    this.#actuate();
    // The board works in turns of the event loop; all of them belong to this moment.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isDriven) this.drivenUntilMs = nowMs + 1000 / this.actuators.pca9685.frequencyHz;
  }

  #phone(): void {
    const { nowMs, faults } = this;
    if (!faults.inputFrozen) this.#inputAtMs = nowMs;
    if (nowMs % phonePeriodMs !== 0 || faults.phone === 'silent') return;
    const sequence = this.#sequence++;
    if (this.#random.uniform() < faults.phoneLoss) return;
    const dueMs = nowMs + this.#random.uniform() * faults.phoneJitterMs;
    this.#commandsUnderWay.push({ dueMs, what: { stick: this.stick, inputAtMs: this.#inputAtMs, sequence } });
  }

  #camera(): void {
    const { nowMs, faults, config } = this;
    if (nowMs % (1000 / config.camera.framesPerSecond) !== 0 || faults.camera === 'dead') return;
    const frameId = this.#frameId++;
    if (frameId % faults.everyFrame !== 0 || this.#random.uniform() < faults.frameLoss) return;
    const dueMs = nowMs + usualLatencyMs + faults.extraLatencyMs;
    const { widthPx, heightPx } = config.camera;
    this.#framesUnderWay.push({
      dueMs,
      what: {
        kind: 'detections',
        frameId,
        capturedAtMs: nowMs,
        captureTimeSource: 'camera',
        detectedAtMs: dueMs,
        widthPx,
        heightPx,
        detections: this.#see(),
        timing: { preprocessMs: 1, runMs: 5, decodeMs: 1 },
      },
    });
  }

  #see(): FrameDetections['detections'] {
    const { world, config } = this;
    switch (this.faults.view) {
      case 'true':
        this.#frozen = detectWorld(config.camera, world.view(), world.track.cones, [], usualNoise, this.#random);
        return this.#frozen;
      case 'frozen':
        return this.#frozen ?? [];
      case 'nothing':
        return [];
      case 'rubbish':
        return Array.from({ length: 2000 }, (_, index) => ({
          label: 'blue cone',
          classId: 0,
          score: 0.9,
          box: { xPx: index % 480, yPx: index % 13 === 0 ? -1e9 : index % 360, widthPx: index % 7, heightPx: 1e-9 },
        }));
    }
  }

  #plan(): void {
    const { nowMs, loop } = this;
    if (this.faults.phone !== 'stalls') {
      for (const { stick, inputAtMs, sequence } of take(this.#commandsUnderWay, nowMs)) {
        loop.acceptDriverCommand({ ...stick, sequence, receivedAtMs: nowMs, inputAgeMs: nowMs - inputAtMs });
      }
    }
    for (const frame of take(this.#framesUnderWay, nowMs)) loop.acceptDetections(frame);
    for (const report of this.#reports.splice(0)) loop.acceptActuation(report);
    if (nowMs % rates.controlPeriodMs !== 0) return;
    const step = loop.step(nowMs);
    this.snapshot = step.snapshot;
    this.codes.push(...step.events.map(({ code }) => ({ atMs: nowMs, code })));
    if (this.faults.pipe === 'open') this.#pipe.push(...step.commands);
  }

  #actuate(): void {
    for (const command of this.#pipe.splice(0)) if (command.kind !== 'start') this.#obey(command);
    const output = this.#obey({ kind: 'tick' });
    this.#board.tick();
    if (this.nowMs % rates.actuationStatusPeriodMs === 0) {
      this.#reports.push(
        actuationStatus({ gate: this.#gate, board: this.#board, output, refusedLines: 0, fittings: {} }, this.nowMs),
      );
    }
  }

  #obey(input: GateInput): ReturnType<Gate['step']>['output'] {
    const { output, transitions } = this.#gate.step(input, this.nowMs);
    if (output.armed && !this.#gateArmed) this.#armingsGranted += 1;
    // I5: no change without a word for it.
    if (output.armed !== (transitions.at(-1)?.armed ?? this.#gateArmed)) {
      this.invariants.violations.push(`I5 at ${this.nowMs} ms: armed became ${output.armed} and nothing was told`);
    }
    this.#gateArmed = output.armed;
    this.#board.set(output);
    for (const transition of transitions) {
      this.causes.push(transition.cause);
      this.#reports.push({ kind: 'transition', atMs: this.nowMs, ...transition });
    }
    return output;
  }

  #bus(): I2cBus {
    const { world } = this;
    const reach = async (): Promise<void> => {
      if (this.faults.bus === 'silent') {
        await new Promise<void>((resolve) => this.#waits.push({ dueMs: this.nowMs + transferLimitMs, what: resolve }));
        throw new I2cError('ETIMEDOUT', 'no end of the transfer');
      }
      if (this.faults.bus === 'answers' && this.faults.refusals === 0) return;
      this.faults.refusals = Math.max(0, this.faults.refusals - 1);
      throw new I2cError('EREMOTEIO', 'the motor board refuses');
    };
    return {
      writeRegisters: async (address, register, bytes) => {
        await reach();
        const answer = world.writeBus(address, register, [...bytes]);
        if (!answer.ok) throw new I2cError(answer.code, answer.text);
        this.#judge();
      },
      readRegisters: async (address, register, length) => {
        await reach();
        const answer = world.readBus(address, register, length);
        if (!answer.ok) throw new I2cError(answer.code, answer.text);
        return Uint8Array.from(answer.value);
      },
      close: async () => {},
    };
  }

  #judge(): void {
    const { throttlePulseUs, steeringPulseUs } = this.world.status();
    this.invariants.judge({
      atMs: this.nowMs,
      gateArmed: this.#gateArmed,
      armingsAsked: this.#armingsAsked,
      armingsGranted: this.#armingsGranted,
      throttlePulseUs,
      steeringPulseUs,
    });
  }
}

function take<T>(waiting: Waiting<T>[], nowMs: number): T[] {
  const due = waiting.filter(({ dueMs }) => dueMs <= nowMs);
  const rest = waiting.filter(({ dueMs }) => dueMs > nowMs);
  waiting.splice(0, waiting.length, ...rest);
  return due.map(({ what }) => what);
}
