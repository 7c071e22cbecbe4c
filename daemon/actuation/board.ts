import { errnoName } from '../platform/errno-name.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { troubleOf } from '../platform/user-error.ts';
import type { ActuatorConfig } from '../protocol/actuator-config.ts';
import { type BoardFault, withRefusedCut } from './board-fault.ts';
import type { BoardDependencies, BoardEnd } from './board-types.ts';
import { type I2cBus, I2cError } from './bus/i2c-bus.ts';
import type { RegisterCheck } from './drivers/pca9685.ts';
import { Patience } from './patience.ts';
import { noPins, PinError, type Pins } from './pins/pins.ts';
import type { Drive, Outputs, Rig, RigDesign } from './rig.ts';
import { designRig } from './rigs/design-rig.ts';

/** Registers are written again after this long without a change, each time after a look whether they still hold. */
const refreshMs = 100;
/** One read-back this often: the LED registers every second time, so each is seen at least every 200 ms. */
const checkMs = 45;
const checkOrder: readonly RegisterCheck[] = ['leds', 'mode', 'leds', 'prescale'];
const reopenMs = 250;
/** How long the end keeps trying to reach neutral on a bus that does not answer. */
const endLimitMs = 2000;
const endPauseMs = 5;

const standing: Drive = { steering: 0, throttle: 0 };

type Phase = 'closed' | 'starting' | 'holding' | 'ready' | 'faulted';
type Job = () => Promise<void>;

/**
 * Keeps a car's outputs at the newest drive, one transfer at a time, and watches them. It starts with neutral and holds it until
 * the speed controller has armed; a refusing bus or a register that does not hold what was written is a fault, after which
 * it tries neutral on every tick until the board answers, and then starts over. While it is not ready, the throttle is
 * neutral whatever is asked for. It has no timer: `tick` drives it.
 */
export class Board {
  readonly #dependencies: BoardDependencies;
  readonly #design: RigDesign;
  readonly #neutral: Outputs;
  readonly #patience = new Patience();
  #phase: Phase = 'closed';
  #fault: BoardFault | undefined = { cause: 'starting', text: 'the motor board is being started' };
  #bus: I2cBus | undefined;
  #rig: Rig | undefined;
  #wanted: Drive = standing;
  /** Undefined while it is not known what the registers hold. */
  #written: Outputs | undefined;
  #writtenAtMs = 0;
  #checkedAtMs = 0;
  #checkIndex = 0;
  #holdUntilMs = 0;
  #reopenAtMs = 0;
  #waitsForTick = false;
  #working = false;
  #work: Promise<void> = Promise.resolve();
  #ending = false;
  #busErrors = 0;
  #looks = 0;

  constructor(config: ActuatorConfig, dependencies: BoardDependencies) {
    this.#dependencies = dependencies;
    this.#design = designRig(config);
    this.#neutral = this.#design.outputs(standing);
  }

  /** Why the board cannot drive; undefined when it can. */
  get fault(): BoardFault | undefined {
    return this.#fault;
  }

  get busErrors(): number {
    return this.#busErrors;
  }

  /** How often the registers were read back and held what had been written. */
  get looks(): number {
    return this.#looks;
  }

  /** The pulses asked for, as the chip's counts give them. */
  get pulsesUs(): { readonly steering: number; readonly throttle: number } {
    return this.#design.pulsesUs(this.#outgoing());
  }

  /** Normalised values. The newest wins; it is on its way when this returns, unless a transfer is under way. */
  set(output: Drive): void {
    this.#wanted = output;
    this.#pump();
  }

  tick(): void {
    this.#waitsForTick = false;
    this.#pump();
  }

  /**
   * Throttle neutral for two periods, then no more pulses; nothing that is set afterwards counts. Steering keeps its pulse
   * until the last. Tries for two seconds at most. A bus that was never reached is not tried for the first time now.
   */
  async end(): Promise<BoardEnd> {
    this.#ending = true;
    // A bug in it has ended it, and is what this end may be for: the wheels still turn.
    await this.#work.catch(() => {});
    const rig = this.#rig;
    if (rig === undefined) {
      this.#tellRefusal(await this.#design.cutAlone?.(this.#openPins));
      return 'never-reached';
    }
    const deadlineMs = this.#dependencies.nowMs() + endLimitMs;
    const end = await rig
      .end((step) => this.#insistUntil(deadlineMs, step))
      .then(
        () => 'neutral' as const,
        () => 'unconfirmed' as const,
      );
    this.#tellRefusal(rig.cut());
    // What the board took it has taken, whatever becomes of the bus.
    await this.#bus?.close().catch(() => {});
    return end;
  }

  #tellRefusal(refusal: PinError | undefined): void {
    if (refusal === undefined) return;
    this.#dependencies.onFault({ cause: refusal.code, text: refusal.message, trouble: refusal.trouble });
  }

  get #openPins(): () => Promise<Pins> {
    return this.#dependencies.openPins ?? noPins;
  }

  async #insistUntil(deadlineMs: number, step: () => Promise<void>): Promise<void> {
    const { nowMs, wait } = this.#dependencies;
    for (;;) {
      try {
        await step();
        return;
      } catch (error) {
        this.#busErrors += 1;
        await wait(endPauseMs);
        if (nowMs() >= deadlineMs) throw error;
      }
    }
  }

  #outgoing(): Outputs {
    const { steering, throttle } = this.#wanted;
    return this.#design.outputs({ steering, throttle: this.#phase === 'ready' ? throttle : 0 });
  }

  #pump(): void {
    if (this.#working) return;
    this.#working = true;
    this.#work = this.#run();
  }

  async #run(): Promise<void> {
    for (let job = this.#nextJob(); job !== undefined; job = this.#nextJob()) await this.#attempt(job);
    this.#working = false;
  }

  #nextJob(): Job | undefined {
    if (this.#ending || this.#waitsForTick) return undefined;
    const nowMs = this.#dependencies.nowMs();
    const rig = this.#rig;
    if (this.#phase === 'closed' || rig === undefined) {
      return nowMs >= this.#reopenAtMs ? () => this.#open() : undefined;
    }
    if (this.#phase === 'starting') return () => this.#start(rig);
    if (this.#phase === 'faulted') return () => this.#recover(rig);
    if (this.#phase === 'holding' && nowMs >= this.#holdUntilMs && this.#written !== undefined) this.#becomeReady();
    const outgoing = this.#outgoing();
    const written = this.#written;
    if (written === undefined || !same(written, outgoing)) {
      return () => this.#write(rig, outgoing);
    }
    if (nowMs - this.#writtenAtMs >= refreshMs) return () => this.#refresh(rig, written);
    if (nowMs - this.#checkedAtMs >= checkMs) return () => this.#check(rig, written);
    return undefined;
  }

  /**
   * An error of the bus is met with one more try at once, then one each tick, and counts as a fault when it lasts. A start that
   * failed waits at once: the neutral that comes before the next one may well succeed, and would make every failure the first.
   */
  async #attempt(job: Job): Promise<void> {
    try {
      await job();
      this.#patience.succeeded();
    } catch (error) {
      // A bug ends the process, and the wheels go neutral: tried again and again it would be called the board's fault.
      const code = error instanceof I2cError || error instanceof PinError ? error.code : errnoName(error);
      if (code === undefined) throw error;
      const nowMs = this.#dependencies.nowMs();
      this.#busErrors += 1;
      this.#written = undefined;
      const { isFirst, isBearable } = this.#patience.failed(code, nowMs);
      if (!isFirst || this.#phase === 'closed' || this.#phase === 'starting') this.#waitsForTick = true;
      if (this.#phase === 'starting') this.#patience.startFailed(error, nowMs);
      const drives = this.#phase === 'ready' || this.#phase === 'holding';
      if (drives && isBearable) return;
      const fault = { cause: code, text: reasonOf(error), trouble: troubleOf(error) };
      if (this.#phase === 'faulted') {
        this.#fault = this.#cutFor(fault);
        return;
      }
      if (this.#phase !== 'closed') this.#phase = 'faulted';
      this.#tell(fault);
    }
  }

  async #open(): Promise<void> {
    this.#reopenAtMs = this.#dependencies.nowMs() + reopenMs;
    const bus = await this.#dependencies.openBus();
    this.#bus = bus;
    this.#rig = this.#design.attach({ bus, waiter: this.#dependencies, openPins: this.#openPins });
    this.#phase = 'starting';
  }

  async #start(rig: Rig): Promise<void> {
    this.#patience.checkAnswered();
    await rig.start();
    this.#patience.startSucceeded();
    this.#noteWritten(this.#neutral);
    this.#holdUntilMs = this.#writtenAtMs + this.#design.armingNeutralMs;
    this.#phase = 'holding';
    this.#tell({ cause: 'starting', text: 'neutral is held until the speed controller has armed' });
  }

  /** The board answers again, or it held something else: it may have lost its power, so it is set up anew, in good time. */
  async #recover(rig: Rig): Promise<void> {
    await rig.holdNeutral();
    if (this.#patience.mayStart(this.#dependencies.nowMs())) this.#phase = 'starting';
    else this.#waitsForTick = true;
  }

  async #write(rig: Rig, outputs: Outputs): Promise<void> {
    await rig.write(outputs);
    this.#noteWritten(outputs);
  }

  async #refresh(rig: Rig, outputs: Outputs): Promise<void> {
    await this.#look(rig, 'leds', outputs);
    if (this.#phase !== 'faulted') await this.#write(rig, outputs);
  }

  async #check(rig: Rig, outputs: Outputs): Promise<void> {
    this.#checkedAtMs = this.#dependencies.nowMs();
    await this.#look(rig, checkOrder[this.#checkIndex++ % checkOrder.length]!, outputs);
  }

  async #look(rig: Rig, what: RegisterCheck, outputs: Outputs): Promise<void> {
    this.#patience.askedForCheck();
    const found = await rig.divergence(what, outputs);
    this.#patience.checkAnswered();
    if (found === undefined) {
      this.#looks += 1;
      return;
    }
    this.#phase = 'faulted';
    this.#written = undefined;
    this.#tell({ cause: 'register-divergence', ...found });
  }

  #noteWritten(outputs: Outputs): void {
    this.#written = outputs;
    this.#writtenAtMs = this.#dependencies.nowMs();
  }

  #becomeReady(): void {
    this.#phase = 'ready';
    this.#tell(undefined);
  }

  #tell(news: BoardFault | undefined): void {
    const fault = news !== undefined && this.#phase === 'faulted' ? this.#cutFor(news) : news;
    if (this.#fault?.cause === fault?.cause && this.#fault?.text === fault?.text) return;
    this.#fault = fault;
    this.#dependencies.onFault(fault);
  }

  /** Cuts the outputs off, where they can be. A wire that does not obey is told with the fault that it was wanted for. */
  #cutFor(fault: BoardFault): BoardFault {
    return withRefusedCut(fault, this.#rig?.cut());
  }
}

function same(one: Outputs, other: Outputs): boolean {
  return one.every((value, index) => value === other[index]);
}
