import { type PulseRange, throttleRange, valueOfPulse } from '../../daemon/actuation/pulses.ts';
import { slewCreditMs } from '../../daemon/actuation/slew.ts';
import type { PulseActuatorConfig } from '../../daemon/protocol/actuator-config.ts';

/** One count of the PCA9685, as a share of the way from neutral to an end. */
const oneCount = 0.011;
const slewWindowMs = 250;

/** What is true of the car at the moment of a register write, by the harness's own account. */
export interface Moment {
  readonly atMs: number;
  readonly gateArmed: boolean;
  /** How often arming was asked for by a person, and how often it was granted so far. */
  readonly armingsAsked: number;
  readonly armingsGranted: number;
  /** As the pins of the chip's model have them; 0 is no pulse. */
  readonly throttlePulseUs: number;
  readonly steeringPulseUs: number;
}

/** I1 to I4 of the campaign, judged at every write that reaches the registers. Says what was broken; keeps a short memory. */
export class Invariants {
  readonly violations: string[] = [];
  writes = 0;
  /** While somebody else turns the chip's registers, the pulses are not our doing. */
  isJudging = true;
  readonly #config: PulseActuatorConfig;
  readonly #throttle: PulseRange;
  #path: { atMs: number; value: number }[] = [];

  constructor(config: PulseActuatorConfig) {
    this.#config = config;
    this.#throttle = throttleRange(config.throttle);
  }

  judge(moment: Moment): void {
    this.writes += 1;
    if (!this.isJudging) return;
    const { atMs, throttlePulseUs, steeringPulseUs } = moment;
    const { throttle, steering } = this.#config;
    const value = throttlePulseUs === 0 ? 0 : valueOfPulse(throttlePulseUs, this.#throttle);
    const drives = Math.abs(value) > oneCount;
    if (drives && !moment.gateArmed) this.#break('I1', atMs, `throttle ${value.toFixed(3)} while not armed`);
    if (value > throttle.maxForward + oneCount || value < -throttle.maxReverse - oneCount) {
      this.#break('I2', atMs, `throttle ${value.toFixed(3)} beyond its limits`);
    }
    const ends = [steering.leftPulseUs, steering.rightPulseUs];
    const beyond = steeringPulseUs < Math.min(...ends) - 6 || steeringPulseUs > Math.max(...ends) + 6;
    if (steeringPulseUs !== 0 && beyond) this.#break('I2', atMs, `steering pulse of ${steeringPulseUs} us`);
    this.#judgeSlew(atMs, value);
    if (moment.armingsGranted > moment.armingsAsked) this.#break('I4', atMs, 'armed without having been asked');
  }

  /** Towards neutral at once; away from it only as fast as the slew allows. */
  #judgeSlew(atMs: number, value: number): void {
    this.#path = this.#path.filter((point) => atMs - point.atMs <= slewWindowMs);
    for (const point of this.#path) {
      const sameSide = point.value * value >= 0;
      const away = sameSide ? Math.max(0, Math.abs(value) - Math.abs(point.value)) : Math.abs(value);
      const allowed = (this.#config.throttle.slewPerS * (atMs - point.atMs + slewCreditMs)) / 1000 + 2 * oneCount;
      if (away > allowed)
        this.#break('I3', atMs, `from ${point.value.toFixed(3)} to ${value.toFixed(3)} in ${atMs - point.atMs} ms`);
    }
    this.#path.push({ atMs, value });
  }

  #break(invariant: string, atMs: number, text: string): void {
    if (this.violations.length < 20) this.violations.push(`${invariant} at ${atMs} ms: ${text}`);
  }
}
