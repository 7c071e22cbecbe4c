import { actuationStatus } from '../../daemon/actuation/actuation-status.ts';
import { Board } from '../../daemon/actuation/board.ts';
import { Gate } from '../../daemon/actuation/gate.ts';
import { gateLimits } from '../../daemon/actuation/gate-limits.ts';
import type { GateInput } from '../../daemon/actuation/gate-types.ts';
import { InMemoryPins } from '../../daemon/actuation/testing/in-memory-pins.ts';
import type { CarConfig, Safety, Vehicle } from '../../daemon/car/config.ts';
import { loadConfig } from '../../daemon/car/load-config.ts';
import {
  createDriveLoop,
  type DriveLoop,
  type DriveRequest,
  type DriveSnapshot,
  type RequestAnswer,
} from '../../daemon/planning/drive-loop.ts';
import { createRandom } from '../../daemon/planning/testing/random.ts';
import type { ActuationReport, GateCommand } from '../../daemon/protocol/actuation-messages.ts';
import { isPulseDriven, type PulseActuatorConfig } from '../../daemon/protocol/actuator-config.ts';
import type { Stick } from '../../daemon/protocol/driver-command.ts';
import { rates } from '../../daemon/protocol/rates.ts';
import { buildTrack } from '../../daemon/simulator/tracks/build-track.ts';
import { builtinTrack } from '../../daemon/simulator/tracks/builtin-track.ts';
import type { Track } from '../../daemon/simulator/tracks/track.ts';
import { World } from '../../daemon/simulator/world.ts';
import { CampaignBus } from './campaign-bus.ts';
import { CampaignCamera } from './campaign-camera.ts';
import { CampaignPhone } from './campaign-phone.ts';
import { noFaults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { Samples } from './samples.ts';
import { UnderWay } from './under-way.ts';

const stepMs = rates.actuationPeriodMs;
const outputEnablePin = 'J41 pin 7';

/** The car does not get under way again after what was done to it: safe, but no more to be tried on. */
export class UndrivableError extends Error {}

export const centred: Stick = { steering: 0, throttle: 0 };
/** A driver who goes round in circles. */
export const circling: Stick = { steering: 0.6, throttle: 0.5 };

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
  /** Age of the newest driver's command in every step of the loop, and the time between steps. */
  readonly commandAges = new Samples();
  readonly loopPeriods = new Samples();
  /** How far the car was beyond the border of its track, ever. */
  farthestOffTrackM = 0;
  readonly #worldConfig: { vehicle: Vehicle; readonly actuators: PulseActuatorConfig };
  readonly #camera: CampaignCamera;
  readonly #phone: CampaignPhone;
  readonly #gate: Gate;
  readonly #board: Board;
  readonly #bus: CampaignBus;
  readonly #pins = new InMemoryPins();
  readonly #waits = new UnderWay<() => void>();
  #armingsAsked = 0;
  #armingsGranted = 0;
  #gateArmed = false;
  #steppedAtMs: number | undefined;
  #pipe: GateCommand[] = [];
  #reports: ActuationReport[] = [];

  /** @param options.wrapLoop stands between the drive loop and everything that talks to it. */
  constructor(options: {
    readonly seed: number;
    readonly safety?: Partial<Safety>;
    readonly framesPerSecond?: number;
    /** Whether the outputs' OE pin is wired. */
    readonly outputEnable?: 'fitted';
    /** The built-in one, forwards, unless told otherwise. */
    readonly track?: Track;
    readonly wrapLoop?: (loop: DriveLoop) => DriveLoop;
  }) {
    const base = loadConfig({});
    if (!isPulseDriven(base.actuators)) throw new Error('the campaign judges the pulses of a speed controller');
    const fitted = options.outputEnable === undefined ? {} : { outputEnable: { pin: outputEnablePin } };
    this.actuators = { ...base.actuators, ...fitted };
    this.config = {
      ...base,
      actuators: this.actuators,
      camera: { ...base.camera, framesPerSecond: options.framesPerSecond ?? base.camera.framesPerSecond },
      safety: { ...base.safety, ...options.safety },
    };
    const random = createRandom(options.seed);
    const track = options.track ?? buildTrack('built-in', builtinTrack(), { reverse: false });
    this.#worldConfig = { vehicle: base.vehicle, actuators: this.actuators };
    this.world = new World({ track, config: this.#worldConfig, startAtMs: this.nowMs, seed: options.seed });
    this.#camera = new CampaignCamera({ config: this.config.camera, world: this.world, random, nowMs: this.nowMs });
    this.#phone = new CampaignPhone(random);
    this.invariants = new Invariants(this.actuators);
    const loop = createDriveLoop({ config: this.config });
    this.loop = options.wrapLoop?.(loop) ?? loop;
    this.#gate = new Gate(gateLimits(this.actuators));
    const clock = { nowMs: () => this.nowMs, wait: (milliseconds: number) => this.#wait(milliseconds) };
    this.#bus = new CampaignBus(this.world, { faults: () => this.faults, clock, onWritten: () => this.#judge() });
    this.#board = new Board(this.actuators, {
      openBus: async () => this.#bus,
      openPins: async () => this.#pins,
      ...clock,
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

  /** Of all transfers on the bus so far. */
  get longestTransferMs(): number {
    return this.#bus.longestTransferMs;
  }

  get mode(): string {
    return this.snapshot?.mode ?? 'disarmed';
  }

  /** A pulse that drives reaches the speed controller. */
  get isDriven(): boolean {
    if (this.actuators.outputEnable !== undefined && this.#pins.levels.get(outputEnablePin) !== 'low') return false;
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

  /** The linkage breaks: the wheels stand straight, whatever the servo does. */
  breakSteering(): void {
    this.#worldConfig.vehicle = { ...this.#worldConfig.vehicle, maxSteeringRad: 0 };
  }

  async run(forMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) await this.#step();
  }

  /** Faults cleared, the stop released, stick centred, armed, at speed. */
  async drive(mode: 'manual' | 'auto'): Promise<void> {
    this.faults = noFaults();
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
        throw new UndrivableError(
          `the car in ${this.mode} cannot be armed for ${mode}: ${JSON.stringify(this.snapshot?.autoObstacles)}, ` +
            `lately ${this.codes.slice(-5).map(({ code }) => code)}`,
        );
      const obstacles = mode === 'auto' ? this.snapshot?.autoObstacles : this.snapshot?.obstacles;
      // Whoever puts a camera right that was turned aside says so by calibrating it.
      if (this.nowMs > untilMs - 3000 && obstacles?.some(({ code }) => code === 'view-wrong')) {
        this.loop.reconfigure(this.config);
      }
      if (obstacles?.length === 0) this.request({ kind: 'arm', mode, armedBy: 'remote' });
      await this.run(20);
    }
    this.stick = circling;
    while (!this.isDriven || Math.abs(this.world.view().speedMps) < 0.5) {
      if (this.nowMs > untilMs + 3000) {
        const lately = this.codes.slice(-5).map(({ code }) => code);
        throw new UndrivableError(`the car was armed, is ${this.mode} and does not drive: ${lately}`);
      }
      await this.run(20);
    }
    await this.run(200);
  }

  async #step(): Promise<void> {
    this.nowMs += stepMs;
    const { nowMs } = this;
    for (const resolve of this.#waits.take(nowMs)) resolve();
    this.world.step(nowMs);
    this.#phone.step(this.stick, this.faults, nowMs);
    this.#camera.step(this.faults, nowMs);
    if (this.faults.planning === 'runs') this.#plan();
    this.#actuate();
    // The board works in turns of the event loop; all of them belong to this moment.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.isDriven) this.drivenUntilMs = nowMs + 1000 / this.actuators.pca9685.frequencyHz;
    this.farthestOffTrackM = Math.max(this.farthestOffTrackM, this.#offTrackM());
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#waits.send(resolve, this.nowMs + milliseconds));
  }

  #offTrackM(): number {
    const { lateralErrorM } = this.world.status().judge;
    return Math.abs(lateralErrorM) - this.world.track.medianWidthM / 2;
  }

  #plan(): void {
    const { nowMs, loop } = this;
    if (this.faults.phone !== 'stalls') {
      for (const command of this.#phone.take(nowMs)) loop.acceptDriverCommand(command);
    }
    for (const frame of this.#camera.take(nowMs)) loop.acceptDetections(frame);
    for (const report of this.#reports.splice(0)) loop.acceptActuation(report);
    // A loop that stood still makes up for its step at once.
    if (nowMs % rates.controlPeriodMs !== 0 && nowMs - (this.#steppedAtMs ?? nowMs) < rates.controlPeriodMs) return;
    this.#note(nowMs);
    const step = loop.step(nowMs);
    this.snapshot = step.snapshot;
    this.codes.push(...step.events.map(({ code }) => ({ atMs: nowMs, code })));
    if (this.faults.pipe === 'open') this.#pipe.push(...step.commands);
  }

  #note(nowMs: number): void {
    if (this.#steppedAtMs !== undefined) this.loopPeriods.add(nowMs - this.#steppedAtMs);
    this.#steppedAtMs = nowMs;
    const ageMs = this.#phone.commandAgeMs(nowMs);
    if (ageMs !== undefined) this.commandAges.add(ageMs);
  }

  #actuate(): void {
    for (const command of this.#pipe.splice(0)) this.#obey(command);
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
