import type { BatteryReading, BoardHint, BoardReadings, ReadingLevel } from '../protocol/board.ts';
import type { EventCode } from '../protocol/events.ts';
import type { ArmingObstacle } from '../protocol/modes.ts';
import type { ModeEvent } from './modes.ts';

/** What was measured last; absent where this car measures nothing of the kind. */
export interface Readings {
  readonly board?: BoardReadings;
  readonly battery?: BatteryReading;
}

/** Hints of the board with which a drive goes on, but none begins. */
const hindersArming: ReadonlySet<BoardHint['code']> = new Set(['memory-low', 'disk-low']);

/**
 * What the computer's temperature and the battery have to do with driving. The levels come with their own hysteresis: a
 * sag while the car speeds up is none.
 */
export class ReadingsWatch {
  #temperature: ReadingLevel = 'normal';
  #battery: ReadingLevel = 'normal';
  #hints: BoardReadings['hints'] = [];
  #pending: ModeEvent[] = [];
  #notices: EventCode[] = [];

  accept({ board, battery }: Readings): void {
    // What falls silent is as it was: a sensor that does not answer makes no battery full.
    const temperature = board?.temperatureLevel ?? this.#temperature;
    if (temperature !== this.#temperature) {
      if (temperature === 'critical') this.#pending.push({ kind: 'too-hot' });
      else this.#notices.push(temperature === 'warning' ? 'hot' : 'cool');
    }
    const charge = battery?.level ?? this.#battery;
    if (charge !== this.#battery) {
      if (charge === 'critical') this.#pending.push({ kind: 'battery-empty' });
      else this.#notices.push(charge === 'warning' ? 'battery-low' : 'battery-good');
    }
    this.#temperature = temperature;
    this.#battery = charge;
    this.#hints = board?.hints ?? [];
  }

  events(): ModeEvent[] {
    const events = this.#pending;
    this.#pending = [];
    return [...events, { kind: this.#temperature === 'normal' ? 'cool' : 'hot' }];
  }

  /** @param options.begins false where a person takes the wheel of a car that drives: with hints alone that goes on. */
  obstacles({ begins }: { readonly begins: boolean }): ArmingObstacle[] {
    const hints = begins ? (this.#hints ?? []) : [];
    const obstacles: ArmingObstacle[] = hints.filter(({ code }) => hindersArming.has(code));
    if (this.#temperature === 'critical') {
      obstacles.push({ code: 'too-hot', text: 'The computer is too hot', cure: 'Let it cool, check the fan' });
    }
    if (this.#battery === 'critical') {
      obstacles.push({ code: 'battery-empty', text: 'The battery is empty', cure: 'Charge it' });
    }
    return obstacles;
  }

  takeNotices(): { readonly code: EventCode }[] {
    const notices = this.#notices;
    this.#notices = [];
    return notices.map((code) => ({ code }));
  }
}
