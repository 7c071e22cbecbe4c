import type { CarConfig } from '../car/config.ts';
import { settingsOf, withSettings } from '../car/settings.ts';
import {
  type CalibrationQuantity,
  deadZoneBelow,
  deadZoneSearch,
  joined,
  patchOf,
  quantitiesOf,
  quantityBounds,
  quantityOf,
  turnedMotor,
  withinBounds,
} from '../protocol/calibration.ts';
import type { SettingsPatch } from '../protocol/settings.ts';
import type { Held } from './bench-wheels.ts';

/** Whoever watches the wheels. */
export interface Person {
  /** Undefined when nobody answers any more. */
  ask(question: string): Promise<string | undefined>;
  tell(text: string): void;
}

/** What moves the wheels; every trial ends with the throttle at neutral, or at the next trial's. */
export interface Bench {
  /** Has motor control, with this configuration, hold these values until the next call. */
  hold(actuators: CarConfig['actuators'], values: Held): Promise<void>;
  /** The same for a moment; then the throttle is neutral. */
  pulse(actuators: CarConfig['actuators'], values: Held): Promise<void>;
}

export interface CalibrationRun {
  /** What is to be changed; empty where nothing was, or where the person left. */
  readonly patch: SettingsPatch;
  readonly outcome: 'finished' | 'left';
}

/** More throttle than this no trial gives, even where the caps allow more. */
export const gentlestCap = 0.45;

const questions: Readonly<Record<CalibrationQuantity, { readonly name: string; readonly look: string }>> = {
  centrePulseUs: { name: 'Straight ahead', look: 'The front wheels should point straight ahead.' },
  leftPulseUs: {
    name: 'Full left',
    look: 'They should just reach their stop on the LEFT; a servo that hums pushes against it.',
  },
  rightPulseUs: { name: 'Full right', look: 'They should just reach their stop on the RIGHT.' },
  neutralPulseUs: { name: 'Neutral', look: 'The driven wheels should stand still, and the speed controller not beep.' },
  deadZone: { name: 'Dead zone', look: '' },
  maxForward: { name: 'Most throttle forward', look: 'What is let through, whoever drives.' },
  maxReverse: {
    name: 'Most throttle backward',
    look: 'What is let through, whoever drives. 0: this car does not reverse.',
  },
};

/** What is held while a quantity is set. */
const heldFor: Readonly<Partial<Record<CalibrationQuantity, Held>>> = {
  centrePulseUs: { steering: 0, throttle: 0 },
  leftPulseUs: { steering: 1, throttle: 0 },
  rightPulseUs: { steering: -1, throttle: 0 },
  neutralPulseUs: { steering: 0, throttle: 0 },
};

export type Answer =
  | { readonly kind: 'adjust'; readonly steps: number }
  | { readonly kind: 'set'; readonly value: number }
  | { readonly kind: 'keep' | 'back' | 'leave' | 'unclear' };

/** `+`, `--`: by so many steps; `1480`, `30 %`: to that; nothing keeps it, `b` goes back, `q` leaves. */
export function readAnswer(text: string | undefined): Answer {
  const said = text?.trim().toLowerCase();
  if (said === undefined || said === 'q') return { kind: 'leave' };
  if (said === '') return { kind: 'keep' };
  if (said === 'b') return { kind: 'back' };
  if (/^(\++|-+)$/.test(said)) return { kind: 'adjust', steps: said.startsWith('+') ? said.length : -said.length };
  const number = /^(\d+(?:\.\d+)?)\s*(%|us|µs)?$/.exec(said);
  if (number === null) return { kind: 'unclear' };
  const value = Number(number[1]);
  return { kind: 'set', value: number[2] === '%' ? value / 100 : value };
}

/**
 * Goes through what this car has, one quantity after the other: shows it at the wheels, and asks until the person is content.
 * A value that the car would refuse is refused in its words, and nothing moves by it.
 * @param options.problemsOf everything that is wrong with a configuration, in words.
 */
export async function calibrateWheels(options: {
  readonly config: CarConfig;
  readonly person: Person;
  readonly bench: Bench;
  readonly problemsOf: (actuators: CarConfig['actuators']) => string[];
}): Promise<CalibrationRun> {
  const { config, person, bench, problemsOf } = options;
  const quantities = quantitiesOf(settingsOf(config));
  let patch: SettingsPatch = {};
  const current = (): CarConfig => withSettings(config, patch);
  /** Whether it is in force. */
  const take = (change: SettingsPatch): boolean => {
    const candidate = joined(patch, change);
    const problems = problemsOf(withSettings(config, candidate).actuators);
    for (const problem of problems) person.tell(`  ${problem}`);
    if (problems.length === 0) patch = candidate;
    return problems.length === 0;
  };

  for (let at = 0; at < quantities.length; ) {
    const quantity = quantities[at];
    if (quantity === undefined) break;
    const move = quantity === 'deadZone' ? await askForDeadZone() : await askFor(quantity);
    if (move === 'leave') return { patch: {}, outcome: 'left' };
    at = Math.max(0, at + (move === 'back' ? -1 : 1));
  }
  return { patch, outcome: 'finished' };

  async function askFor(quantity: CalibrationQuantity): Promise<'on' | 'back' | 'leave'> {
    const { name, look } = questions[quantity];
    const bounds = quantityBounds[quantity];
    for (;;) {
      const value = quantityOf(settingsOf(current()), quantity) ?? bounds.min;
      const held = heldFor[quantity];
      if (held !== undefined) await bench.hold(current().actuators, held);
      const answer = readAnswer(
        await person.ask(
          `${name}: ${inWords(quantity, value)}. ${look}\n  + - or a number, Enter keeps it, b goes back, q leaves: `,
        ),
      );
      switch (answer.kind) {
        case 'adjust':
          take(patchOf(quantity, withinBounds(value + answer.steps * bounds.step, bounds)));
          break;
        case 'set': {
          // "30" means per cent where a share is asked for.
          const asked = bounds.max <= 1 && answer.value > 1 ? answer.value / 100 : answer.value;
          if (asked >= bounds.min && asked <= bounds.max) take(patchOf(quantity, asked));
          else person.tell(`  Between ${inWords(quantity, bounds.min)} and ${inWords(quantity, bounds.max)}, please.`);
          break;
        }
        case 'unclear':
          person.tell('  That was none of these.');
          break;
        case 'keep':
          return 'on';
        case 'back':
        case 'leave':
          return answer.kind;
      }
    }
  }

  /** Raises the throttle until the motor turns; whoever sees it says which way. */
  async function askForDeadZone(): Promise<'on' | 'back' | 'leave'> {
    person.tell(
      'Now the motor: a little more throttle each time, for a second and a half, until the driven wheels turn.',
    );
    const { step } = deadZoneSearch;
    const cap = current().actuators.throttle.maxForward;
    const to = Math.min(deadZoneSearch.to, cap);
    for (let count = 1; count * step <= to + 1e-9; count++) {
      const share = withinBounds(count * step, quantityBounds.deadZone);
      await bench.pulse(bare(current().actuators), { steering: 0, throttle: share });
      const said = (
        await person.ask(
          `Throttle ${inWords('deadZone', share)}: [n]ot yet, [f]orward, [r]everse, s skips, b goes back, q leaves: `,
        )
      )
        ?.trim()
        .toLowerCase();
      if (said === undefined || said === 'q') return 'leave';
      if (said === 's') return 'on';
      if (said === 'b') return 'back';
      if (said !== 'f' && said !== 'r') continue;
      if (said === 'r') turnRound();
      take(patchOf('deadZone', deadZoneBelow(share)));
      person.tell(`  Dead zone: ${inWords('deadZone', quantityOf(settingsOf(current()), 'deadZone') ?? 0)}.`);
      return 'on';
    }
    person.tell(
      '  Nothing turned: look at the motor battery, the switch of the speed controller, its channel. Left as it was.',
    );
    if (to === cap) person.tell(`  The search ended at the most throttle forward, ${inWords('maxForward', cap)}.`);
    return 'on';
  }

  function turnRound(): void {
    const { motor } = settingsOf(current());
    if (motor === undefined) {
      person.tell('  It turns the wrong way: exchange forward and reverse of its motors in the configuration.');
    } else if (take(turnedMotor(motor))) person.tell('  It turns the other way now.');
  }
}

/** Without a dead zone of its own, so that a trial's throttle is what the motor gets; never above what the owner lets through. */
function bare(actuators: CarConfig['actuators']): CarConfig['actuators'] {
  const throttle = {
    deadZone: 0,
    maxForward: Math.min(gentlestCap, actuators.throttle.maxForward),
    maxReverse: Math.min(gentlestCap, actuators.throttle.maxReverse),
  };
  // A change of the throttle's limits is one for each kind of car.
  return { ...actuators, throttle: { ...actuators.throttle, ...throttle } } as CarConfig['actuators'];
}

function inWords(quantity: CalibrationQuantity, value: number): string {
  return quantity.endsWith('PulseUs') ? `${value} µs` : `${Math.round(value * 100)} %`;
}
