import { trouble } from '../../protocol/troubles.ts';
import type { Divergence } from '../rig.ts';

/** What differs on a motor board, or at the pins of its bridges, is what a loss of power leaves behind, or a bad wire. */
export function lostSettings(text: string | undefined): Divergence | undefined {
  if (text === undefined) return undefined;
  return { text: `the motor board lost its settings: ${text}`, trouble: trouble('board-settings-lost', {}) };
}
