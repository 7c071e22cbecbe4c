import type { ActuatorConfig } from '../protocol/actuation-messages.ts';
import { errorCode, errorText, type I2cBus } from './bus/i2c-bus.ts';
import { neutralThenOff } from './drivers/neutral-then-off.ts';
import { Pca9685, type PulseCounts, type RegisterCheck } from './drivers/pca9685.ts';
import { countOfValue, type PwmTiming, pulseOfCount, pwmTiming, steeringRange, throttleRange } from './pulses.ts';

export interface BoardDependencies {
  openBus(): Promise<I2cBus>;
  /** Monotonic clock. */
  nowMs(): number;
  wait(milliseconds: number): Promise<void>;
  /** Whenever the board becomes fit to drive (undefined) or stops being so. */
  onFault(fault: BoardFault | undefined): void;
}

export interface BoardFault {
  /** An errno name, `starting`, `register-divergence`. */
  readonly cause: string;
  readonly text: string;
}

/**
 * How it ended. `neutral`: the board took neutral and the end of the pulses. `unconfirmed`: it refused, or was silent.
 * `never-reached`: the bus could not be opened, so nothing was written; what a predecessor wrote may still pulse on.
 */
export type BoardEnd = 'neutral' | 'unconfirmed' | 'never-reached';

/** Registers are written again after this long without a change, each time after a look whether they still hold. */
const refreshMs = 100;
/** One read-back this often: the LED registers every second time, so each is seen at least every 200 ms. */
const checkMs = 45;
const checkOrder: readonly RegisterCheck[] = ['leds', 'mode', 'leds', 'prescale'];
/** A device that refuses is given up after this long; a bus that is silent a little later, for nothing reaches it. */
const refusalToleranceMs = 100;
const silenceToleranceMs = 250;
/** Read-backs that fail one after another, though writes succeed, before the board counts as unknown. */
const unansweredChecksLimit = 5;
const reopenMs = 250;
/** How long a speed controller wants to see neutral before it arms, where the configuration does not say. */
const defaultArmingNeutralMs = 1000;
/** How long the end keeps trying to reach neutral on a bus that does not answer. */
const endLimitMs = 2000;
const endPauseMs = 5;

type Phase = 'closed' | 'starting' | 'holding' | 'ready' | 'faulted';
type Job = () => Promise<void>;

/**
 * Keeps one PCA9685 at the newest pulses, one transfer at a time, and watches it. It starts with neutral and holds it until
 * the speed controller has armed; a refusing bus or a register that does not hold what was written is a fault, after which
 * it tries neutral on every tick until the board answers, and then starts over. While it is not ready, the throttle is
 * neutral whatever is asked for. It has no timer: `tick` drives it.
 */
export class Board {
  readonly #config: ActuatorConfig;
  readonly #dependencies: BoardDependencies;
  readonly #timing: PwmTiming;
  readonly #neutral: PulseCounts;
  #phase: Phase = 'closed';
  #fault: BoardFault | undefined = { cause: 'starting', text: 'the motor board is being started' };
  #bus: I2cBus | undefined;
  #chip: Pca9685 | undefined;
  #wanted: PulseCounts;
  /** Undefined while it is not known what the registers hold. */
  #written: PulseCounts | undefined;
  #writtenAtMs = 0;
  #checkedAtMs = 0;
  #checkIndex = 0;
  #holdUntilMs = 0;
  #reopenAtMs = 0;
  #failures = 0;
  #failingSinceMs = 0;
  #unansweredChecks = 0;
  #waitsForTick = false;
  #working = false;
  #work: Promise<void> = Promise.resolve();
  #ending = false;
  #busErrors = 0;
  #looks = 0;

  constructor(config: ActuatorConfig, dependencies: BoardDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#timing = pwmTiming(config.pca9685.frequencyHz);
    this.#neutral = this.#counts({ steering: 0, throttle: 0 });
    this.#wanted = this.#neutral;
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
    const { steering, throttle } = this.#outgoing();
    return { steering: pulseOfCount(steering, this.#timing), throttle: pulseOfCount(throttle, this.#timing) };
  }

  /** Normalised values. The newest wins; it is on its way when this returns, unless a transfer is under way. */
  set(output: { readonly steering: number; readonly throttle: number }): void {
    this.#wanted = this.#counts(output);
    this.#pump();
  }

  tick(): void {
    this.#waitsForTick = false;
    this.#pump();
  }

  /**
   * Throttle neutral for two periods, then no more pulses; nothing that is set afterwards counts. Steering keeps its pulse
   * until the last. Tries for two seconds at most. A board that was never reached is not tried for the first time now.
   */
  async end(): Promise<BoardEnd> {
    this.#ending = true;
    await this.#work;
    const chip = this.#chip;
    if (chip === undefined) return 'never-reached';
    const deadlineMs = this.#dependencies.nowMs() + endLimitMs;
    const neutral = { throttle: this.#neutral.throttle, timing: this.#timing };
    const end = await neutralThenOff(chip, neutral, (step) => this.#insistUntil(deadlineMs, step)).then(
      () => 'neutral' as const,
      () => 'unconfirmed' as const,
    );
    await this.#bus?.close();
    return end;
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

  #counts(output: { readonly steering: number; readonly throttle: number }): PulseCounts {
    return {
      steering: countOfValue(output.steering, steeringRange(this.#config.steering), this.#timing),
      throttle: countOfValue(output.throttle, throttleRange(this.#config.throttle), this.#timing),
    };
  }

  #outgoing(): PulseCounts {
    if (this.#phase === 'ready') return this.#wanted;
    return { steering: this.#wanted.steering, throttle: this.#neutral.throttle };
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
    const chip = this.#chip;
    if (this.#phase === 'closed' || chip === undefined) {
      return nowMs >= this.#reopenAtMs ? () => this.#open() : undefined;
    }
    if (this.#phase === 'starting') return () => this.#start(chip);
    if (this.#phase === 'faulted') return () => this.#recover(chip);
    if (this.#phase === 'holding' && nowMs >= this.#holdUntilMs && this.#written !== undefined) this.#becomeReady();
    const outgoing = this.#outgoing();
    const written = this.#written;
    if (written === undefined || written.steering !== outgoing.steering || written.throttle !== outgoing.throttle) {
      return () => this.#write(chip, outgoing);
    }
    if (nowMs - this.#writtenAtMs >= refreshMs) return () => this.#refresh(chip, written);
    if (nowMs - this.#checkedAtMs >= checkMs) return () => this.#check(chip, written);
    return undefined;
  }

  /** An error of the bus is met with one more try at once, then one each tick, and counts as a fault when it lasts. */
  async #attempt(job: Job): Promise<void> {
    try {
      await job();
      this.#failures = 0;
    } catch (error) {
      const nowMs = this.#dependencies.nowMs();
      const code = errorCode(error);
      this.#busErrors += 1;
      this.#written = undefined;
      if (this.#failures === 0) this.#failingSinceMs = nowMs;
      this.#failures += 1;
      if (this.#failures > 1 || this.#phase === 'closed') this.#waitsForTick = true;
      const toleranceMs = code === 'ETIMEDOUT' || code === 'EBUSY' ? silenceToleranceMs : refusalToleranceMs;
      const drives = this.#phase === 'ready' || this.#phase === 'holding';
      const bearable = nowMs - this.#failingSinceMs < toleranceMs && this.#unansweredChecks < unansweredChecksLimit;
      if (drives && bearable) return;
      const fault = { cause: code, text: errorText(error) };
      if (this.#phase === 'faulted') {
        this.#fault = fault;
        return;
      }
      if (this.#phase !== 'closed') this.#phase = 'faulted';
      this.#tell(fault);
    }
  }

  async #open(): Promise<void> {
    this.#reopenAtMs = this.#dependencies.nowMs() + reopenMs;
    const { pca9685, steering, throttle } = this.#config;
    this.#bus = await this.#dependencies.openBus();
    const channels = { steering: steering.channel, throttle: throttle.channel };
    this.#chip = new Pca9685(this.#bus, pca9685.address, channels, this.#timing, this.#dependencies);
    this.#phase = 'starting';
  }

  async #start(chip: Pca9685): Promise<void> {
    this.#unansweredChecks = 0;
    await chip.initialise(this.#neutral);
    this.#noteWritten(this.#neutral);
    this.#holdUntilMs = this.#writtenAtMs + (this.#config.throttle.armingNeutralMs ?? defaultArmingNeutralMs);
    this.#phase = 'holding';
    this.#tell({ cause: 'starting', text: 'neutral is held until the speed controller has armed' });
  }

  /** The board answers again, or it held something else: it may have lost its power, so it is set up anew. */
  async #recover(chip: Pca9685): Promise<void> {
    // Whatever it counts in now: the same count is another pulse in another period. Neutral must not wait for one that
    // does not say.
    const timing = await chip.runningTiming().catch(() => this.#timing);
    if (timing !== undefined) {
      await chip.holdNeutral(countOfValue(0, throttleRange(this.#config.throttle), timing), timing);
    }
    this.#phase = 'starting';
  }

  async #write(chip: Pca9685, counts: PulseCounts): Promise<void> {
    await chip.write(counts);
    this.#noteWritten(counts);
  }

  async #refresh(chip: Pca9685, counts: PulseCounts): Promise<void> {
    await this.#look(chip, 'leds', counts);
    if (this.#phase !== 'faulted') await this.#write(chip, counts);
  }

  async #check(chip: Pca9685, counts: PulseCounts): Promise<void> {
    this.#checkedAtMs = this.#dependencies.nowMs();
    await this.#look(chip, checkOrder[this.#checkIndex++ % checkOrder.length]!, counts);
  }

  async #look(chip: Pca9685, what: RegisterCheck, counts: PulseCounts): Promise<void> {
    this.#unansweredChecks += 1;
    const text = await chip.divergence(what, counts);
    this.#unansweredChecks = 0;
    if (text === undefined) {
      this.#looks += 1;
      return;
    }
    this.#phase = 'faulted';
    this.#written = undefined;
    this.#tell({ cause: 'register-divergence', text: `the motor board lost its settings: ${text}` });
  }

  #noteWritten(counts: PulseCounts): void {
    this.#written = counts;
    this.#writtenAtMs = this.#dependencies.nowMs();
  }

  #becomeReady(): void {
    this.#phase = 'ready';
    this.#tell(undefined);
  }

  #tell(fault: BoardFault | undefined): void {
    if (this.#fault?.cause === fault?.cause && this.#fault?.text === fault?.text) return;
    this.#fault = fault;
    this.#dependencies.onFault(fault);
  }
}
