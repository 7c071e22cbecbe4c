import type { AskProgram } from '../platform/ask-program.ts';
import { reasonOf } from '../platform/reason-of.ts';
import { ToldError } from '../platform/user-error.ts';
import type { PowerAction, PowerAnswer, PowerObstacle, PowerState } from '../protocol/power.ts';
import { powerActions } from '../protocol/power.ts';
import { trouble } from '../protocol/troubles.ts';

/** The status with which the program ends when it is to be started again; `RestartForceExitStatus=` of the unit. */
export const restartStatus = 75;
/** Five starts in a minute, and systemd holds the car down: a person at the button must not get there. */
const leastUptimeMs = 15_000;

export interface SystemPowerOptions {
  readonly ask: AskProgram;
  /** Ends the program so that systemd starts it again; undefined where systemd did not start it. */
  readonly restartProgram: (() => void) | undefined;
  readonly startedAtMs: number;
  readonly nowMs: () => number;
}

const logind = ['call', 'org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager'] as const;
const methods = { 'restart-car': 'Reboot', 'shut-down': 'PowerOff' } as const;

/**
 * The computer's own power, by logind over D-Bus: no root and no sudo, but polkit has to allow it to the car's user, for
 * which install.sh leaves rules. @see org.freedesktop.login1(5)
 */
export class SystemPower {
  readonly #options: SystemPowerOptions;

  constructor(options: SystemPowerOptions) {
    this.#options = options;
  }

  async state(): Promise<PowerState> {
    const actions = await Promise.all(
      powerActions.map(async (action) => {
        const obstacle = await this.#obstacle(action);
        return { action, ...(obstacle !== undefined && { obstacle }) };
      }),
    );
    return { isSimulated: false, actions };
  }

  async begin(action: PowerAction): Promise<PowerAnswer> {
    const obstacle = await this.#obstacle(action);
    if (obstacle !== undefined)
      throw new ToldError(trouble('power-hindered', {}), `${obstacle.text}. ${obstacle.cure}`);
    if (action === 'restart-program') {
      this.#options.restartProgram?.();
      return { kind: 'begun', text: 'The program ends, and systemd starts it again' };
    }
    try {
      // false: nobody is there to be asked for a password.
      await this.#options.ask('busctl', [...logind, methods[action], 'b', 'false']);
    } catch (error) {
      throw new ToldError(trouble('power-failed', {}), `logind did not do it: ${reasonOf(error)}`);
    }
    return { kind: 'begun', text: action === 'shut-down' ? 'The car shuts down' : 'The car restarts' };
  }

  async #obstacle(action: PowerAction): Promise<PowerObstacle | undefined> {
    if (action === 'restart-program') return this.#restartObstacle();
    let answer: string;
    try {
      answer = await this.#options.ask('busctl', [...logind, `Can${methods[action]}`]);
    } catch {
      return {
        code: 'no-service-manager',
        text: 'This computer has no logind that answers',
        cure: 'Shut it down on its own terminal',
      };
    }
    // One string, as busctl prints it: s "yes".
    if (/^s "yes"/.test(answer.trim())) return undefined;
    return {
      code: 'not-allowed',
      text: `polkit does not allow it to the user that the car runs as (${answer.trim() || 'no answer'})`,
      cure: 'On the car, run install.sh of the release again: it leaves the rule',
    };
  }

  #restartObstacle(): PowerObstacle | undefined {
    const { restartProgram, nowMs, startedAtMs } = this.#options;
    if (restartProgram === undefined) {
      return {
        code: 'not-a-service',
        text: 'The car was started by hand, and nothing would start it again',
        cure: 'End it with Ctrl-C where it was started, and start it there again',
      };
    }
    if (nowMs() - startedAtMs >= leastUptimeMs) return undefined;
    return { code: 'just-started', text: 'The program has only just started', cure: 'Wait a quarter of a minute' };
  }
}

const wouldDo: Readonly<Record<PowerAction, string>> = {
  'restart-program': 'This simulated car would end its program and let systemd start it again',
  'restart-car': 'This simulated car would restart its computer',
  'shut-down': 'This simulated car would shut its computer down',
};

/** Of a simulated car: says what it would do, and does nothing to the computer that simulates it. */
export class PretendedPower {
  async state(): Promise<PowerState> {
    return { isSimulated: true, actions: powerActions.map((action) => ({ action })) };
  }

  async begin(action: PowerAction): Promise<PowerAnswer> {
    return { kind: 'would', text: wouldDo[action] };
  }
}
