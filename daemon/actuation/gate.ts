import type { DriveCommand } from '../protocol/actuation-messages.ts';
import { stickCentre } from '../protocol/driver-command.ts';
import { rates } from '../protocol/rates.ts';
import { checkGateLimits, type GateLimits } from './gate-limits.ts';
import type {
  GateCounters,
  GateInput,
  GateOutput,
  GateStep,
  GateTransition,
  NeutralReason,
  TransitionCause,
} from './gate-types.ts';
import { axisAtRest, slewAxis } from './slew.ts';

/** Clocks are one and the same on a machine; this allows for rounding and a time stamp taken a little ahead. */
export const maxFutureMs = 50;
/** A request to arm or to clear a stop that waited longer than this is no longer what anyone wants now. */
const requestLifetimeMs = 500;
const violationsToDisarm = 3;
/** After the throttle went neutral the wheels keep their angle this long, then centre: a hiccup is no swerve. */
export const steeringHoldMs = 40;

/**
 * The last gate before the wheels. It denies by default: the throttle leaves neutral only while the car is armed, the
 * board is sound, no stop is latched and a command no older than its lifetime asks for it. Time is an argument.
 */
export class Gate {
  readonly #limits: GateLimits;
  #nowMs: number | undefined;
  #ended = false;
  #armed = false;
  /** When arming was asked for: commands issued before it do not drive. */
  #armedAtMs = 0;
  #stopLatched = false;
  #boardFault: string | undefined = 'it was not looked at yet';
  #command: DriveCommand | undefined;
  /** Whether there was one since arming. Means nothing while there is one. */
  #commandExpired = false;
  /** Arming, or the arrival of the newest accepted command. */
  #heardAtMs = 0;
  #driving = false;
  #droveAtMs = 0;
  #lastSequence: number | undefined;
  #violations = 0;
  #steering = axisAtRest;
  #throttle = axisAtRest;
  #counters = { accepted: 0, expired: 0, stale: 0, invalid: 0 };
  #transitions: GateTransition[] = [];

  /** Throws RangeError on limits that are no limits: NaN, zero, infinite. */
  constructor(limits: GateLimits) {
    checkGateLimits(limits);
    this.#limits = { ...limits };
  }

  get stopLatched(): boolean {
    return this.#stopLatched;
  }

  get lastSequence(): number | undefined {
    return this.#lastSequence;
  }

  get counters(): GateCounters {
    return { ...this.#counters };
  }

  /** One input at one time, on the monotonic clock. Call it with `tick` at least every actuation period. */
  step(input: GateInput, nowMs: number): GateStep {
    this.#transitions = [];
    let elapsedMs = nowMs - (this.#nowMs ?? nowMs);
    if (!(elapsedMs >= 0)) {
      elapsedMs = 0;
      this.#disarm('clock', `the monotonic clock went from ${this.#nowMs} to ${nowMs} ms`);
    }
    this.#nowMs = nowMs;
    this.#watch(nowMs);
    this.#take(input, nowMs);
    return { output: this.#settle(nowMs, elapsedMs), transitions: this.#transitions };
  }

  /** What takes authority away is always obeyed; what grants it must be fresh. */
  #take(input: GateInput, nowMs: number): void {
    switch (input.kind) {
      case 'tick':
        break;
      case 'drive':
        this.#drive(input, nowMs);
        break;
      case 'violation':
        this.#violate(input.text);
        break;
      case 'arm':
        if (!this.#armed) this.#arm(input.atMs, nowMs);
        break;
      case 'disarm':
        this.#disarm('disarmed', input.reason);
        break;
      case 'emergency-stop':
        if (!this.#stopLatched) this.#cut('emergency-stop', input.reason);
        this.#stopLatched = true;
        break;
      case 'clear-stop':
        if (this.#stopLatched) this.#clearStop(input.atMs, nowMs);
        break;
      case 'board':
        if (input.fault !== this.#boardFault) this.#board(input.fault);
        break;
      case 'end':
        if (!this.#ended) this.#cut('ending', input.reason);
        this.#ended = true;
        break;
    }
  }

  #arm(atMs: number, nowMs: number): void {
    const obstacles: string[] = [];
    if (this.#ended) obstacles.push('the process is ending');
    if (this.#stopLatched) obstacles.push('the emergency stop is latched');
    if (this.#boardFault !== undefined) obstacles.push(`the motor board is not ready: ${this.#boardFault}`);
    if (!isFresh(atMs, nowMs, requestLifetimeMs)) obstacles.push(`the request is ${ageText(atMs, nowMs)}`);
    const throttle = this.#command?.throttle ?? 0;
    if (Math.abs(throttle) > stickCentre) obstacles.push(`the throttle asked for is ${throttle}, not neutral`);
    if (obstacles.length > 0) {
      this.#tell('arming-refused', obstacles.join('; '));
      return;
    }
    this.#armed = true;
    this.#armedAtMs = atMs;
    this.#heardAtMs = nowMs;
    this.#command = undefined;
    this.#commandExpired = false;
    this.#violations = 0;
    this.#tell('armed', 'armed at neutral');
  }

  #clearStop(atMs: number, nowMs: number): void {
    if (isFresh(atMs, nowMs, requestLifetimeMs)) {
      this.#stopLatched = false;
      this.#tell('stop-cleared', 'the emergency stop was cleared; the car stays disarmed');
    } else {
      this.#tell('clear-stop-refused', `the request is ${ageText(atMs, nowMs)}`);
    }
  }

  #board(fault: string | undefined): void {
    const wasSound = this.#boardFault === undefined;
    this.#boardFault = fault;
    if (fault === undefined) this.#tell('board-ready', 'the motor board is ready');
    else if (wasSound) this.#cut('board-fault', fault);
  }

  #drive(command: DriveCommand, nowMs: number): void {
    const { sequence, issuedAtMs, steering, throttle } = command;
    const sound = Number.isSafeInteger(sequence) && Number.isFinite(issuedAtMs) && isUnit(steering) && isUnit(throttle);
    if (!sound || issuedAtMs - nowMs > maxFutureMs) {
      this.#violate(
        `number ${sequence}, issued ${ageText(issuedAtMs, nowMs)}, steering ${steering}, throttle ${throttle}`,
      );
      return;
    }
    const reordered = this.#lastSequence !== undefined && sequence <= this.#lastSequence;
    const beforeArming = this.#armed && issuedAtMs < this.#armedAtMs;
    if (reordered || beforeArming || !isFresh(issuedAtMs, nowMs, this.#limits.commandLifetimeMs)) {
      this.#counters.stale += 1;
      return;
    }
    this.#counters.accepted += 1;
    this.#lastSequence = sequence;
    this.#violations = 0;
    this.#command = command;
    this.#heardAtMs = nowMs;
  }

  #violate(text: string): void {
    this.#counters.invalid += 1;
    this.#violations += 1;
    if (this.#violations >= violationsToDisarm) {
      this.#disarm('violations', `${this.#violations} invalid commands in a row, the last one: ${text}`);
    }
  }

  #disarm(cause: TransitionCause, text: string): void {
    if (this.#armed) this.#cut(cause, text);
  }

  #cut(cause: TransitionCause, text: string): void {
    this.#armed = false;
    this.#tell(cause, text);
  }

  #tell(cause: TransitionCause, text: string): void {
    this.#transitions.push({ armed: this.#armed, cause, text });
  }

  /**
   * What changes by the passing of time alone. It comes before the input: a process that was stopped for a while passes
   * through neutral even when a fresh command is the first thing it hears.
   */
  #watch(nowMs: number): void {
    const command = this.#command;
    if (command !== undefined && !isFresh(command.issuedAtMs, nowMs, this.#limits.commandLifetimeMs)) {
      this.#command = undefined;
      this.#commandExpired = true;
      this.#driving = false;
      this.#throttle = axisAtRest;
      if (this.#armed) {
        this.#counters.expired += 1;
        this.#tell('command-expired', `command ${command.sequence} is ${ageText(command.issuedAtMs, nowMs)}`);
      }
    }
    if (!(nowMs - this.#heardAtMs <= rates.driverDisarmAfterMs)) {
      this.#disarm('commands-lost', `no usable command for ${rates.driverDisarmAfterMs} ms`);
    }
  }

  /** The command that may drive, or why none may. */
  #verdict(): DriveCommand | NeutralReason {
    if (this.#ended) return 'shutting down';
    if (this.#stopLatched) return 'emergency stop';
    if (this.#boardFault !== undefined) return 'motor board not ready';
    if (!this.#armed) return 'not armed';
    return this.#command ?? (this.#commandExpired ? 'command too old' : 'no command yet');
  }

  #settle(nowMs: number, elapsedMs: number): GateOutput {
    const { steeringSlewPerS, throttleSlewPerS, maxForward, maxReverse } = this.#limits;
    const verdict = this.#verdict();
    if (typeof verdict === 'string') {
      this.#driving = false;
      this.#throttle = axisAtRest;
      const holding = !this.#ended && nowMs - this.#droveAtMs < steeringHoldMs;
      const target = holding ? this.#steering.value : 0;
      this.#steering = slewAxis(this.#steering, target, steeringSlewPerS, elapsedMs);
    } else {
      if (!this.#driving) this.#tell('driving', `from command ${verdict.sequence} on`);
      this.#driving = true;
      this.#droveAtMs = nowMs;
      const target = Math.min(maxForward, Math.max(0 - maxReverse, verdict.throttle));
      // Who asks for neutral wants the car to stop: that is no change to be made gently.
      this.#throttle = target === 0 ? axisAtRest : slewAxis(this.#throttle, target, throttleSlewPerS, elapsedMs);
      this.#steering = slewAxis(this.#steering, verdict.steering, steeringSlewPerS, elapsedMs);
    }
    return {
      steering: this.#steering.value,
      throttle: this.#throttle.value,
      armed: this.#armed,
      neutralReason: typeof verdict === 'string' ? verdict : undefined,
    };
  }
}

/** False for NaN anywhere. */
function isFresh(atMs: number, nowMs: number, lifetimeMs: number): boolean {
  const ageMs = nowMs - atMs;
  return ageMs >= -maxFutureMs && ageMs <= lifetimeMs;
}

/** False for NaN. */
function isUnit(value: number): boolean {
  return value >= -1 && value <= 1;
}

function ageText(atMs: number, nowMs: number): string {
  return `${Math.round(nowMs - atMs)} ms old`;
}
