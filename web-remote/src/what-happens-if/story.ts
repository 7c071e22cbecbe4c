import {
  initialModeState,
  type ModeEvent,
  type ModeState,
  neutralReason,
  reduceMode,
  slowReason,
} from '../../../daemon/planning/modes.ts';
import { eventTexts, type Severity } from '../../../daemon/protocol/events.ts';

/** One line of what a reader did and what came of it. */
export interface Told {
  readonly pressed: string;
  readonly mode: ModeState['mode'];
  readonly lines: readonly { readonly severity: Severity; readonly text: string }[];
}

export interface Story {
  readonly state: ModeState;
  readonly nowMs: number;
  /** Newest first. */
  readonly told: readonly Told[];
}

export const begin: Story = { state: initialModeState, nowMs: 0, told: [] };
const keptLines = 12;

/** The car's own mode machine, with a reader in place of its watches. */
export function press(story: Story, pressed: string, event: ModeEvent): Story {
  const nowMs = story.nowMs + 3000;
  // Time goes by between two presses: a takeover is over, a stopping car stands.
  const waited = reduceMode(story.state, { kind: 'tick', stickCentred: true }, nowMs);
  const step = reduceMode(waited.state, event, nowMs);
  const lines = step.effects.flatMap((effect) => {
    if (effect.kind === 'announce') {
      const { severity, text, cure } = eventTexts[effect.code];
      return [{ severity, text: cure === '' ? text : `${text}. ${cure}` }];
    }
    if (effect.kind !== 'refuse') return [];
    return effect.obstacles.map(({ text, cure }) => ({ severity: 'warning' as const, text: `${text}. ${cure}` }));
  });
  const entry = { pressed, mode: step.state.mode, lines };
  return { state: step.state, nowMs, told: [entry, ...story.told].slice(0, keptLines) };
}

/** What the motor may do, in words. */
export function motorText(state: ModeState): string {
  const reason = neutralReason(state);
  if (reason !== undefined) return `Neutral: ${reason}`;
  const slow = slowReason(state);
  return slow === undefined ? 'Driven' : `Driven, slower: ${slow}`;
}
