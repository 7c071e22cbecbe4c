import type { z } from 'zod';
import { kindOf, wantedBy } from '../../../platform/issue-words.ts';
import { withoutControls } from '../../../platform/log-line.ts';
import { nearestWord } from '../../../platform/nearest-word.ts';

/** A card is somebody else's text, and may hold any key, and any number of them. */
const longestSaid = 60;
const mostSaid = 10;

/** How much of a field its user wrote, when he left off its end: `class`. */
const shortestBeginning = 4;

/** What a card may say, by the names that are read. */
export interface CardFields {
  readonly whole: readonly string[];
  /** Of its `input`. */
  readonly input: readonly string[];
}

/**
 * Fields of a card that nobody reads though they look as if they were to say something: misspelled ones, those of `input` that
 * stand outside of it, and any that `input` does not know. Others are its author's own, as source or licence.
 * @returns each with what it may have meant, for people
 */
export function unreadFields(content: Readonly<Record<string, unknown>>, known: CardFields): string[] {
  const outside = Object.keys(content).flatMap((key) => {
    const meant = meantOf(key, known.whole) ?? known.input.find((field) => field === key && !isSize(field));
    if (known.whole.includes(key) || meant === undefined) return [];
    return [`${said(key)} (did you mean "${known.whole.includes(meant) ? meant : `input.${meant}`}"?)`];
  });
  const input = content['input'];
  const inside = Object.keys(typeof input === 'object' && input !== null ? input : {}).flatMap((key) => {
    if (known.input.includes(key)) return [];
    const meant = meantOf(key, known.input) ?? known.whole.find((field) => field === key);
    const hint = meant === undefined ? `known there: ${known.input.join(', ')}` : `did you mean "${meant}"?`;
    return [`${said(`input.${key}`)} (${hint})`];
  });
  const all = [...outside, ...inside];
  return all.length <= mostSaid ? all : [...all.slice(0, mostSaid), `${all.length - mostSaid} more`];
}

/** What a card's content is refused for, for people. */
export function refusedFields({ issues }: z.ZodError, content: unknown): string {
  return issues
    .map((issue) => {
      const where = issue.path.length === 0 ? 'the whole card' : issue.path.join('.');
      const given = issue.path.reduce<unknown>(
        (part, step) => (typeof part === 'object' && part !== null ? Reflect.get(part, step) : undefined),
        content,
      );
      return `${where}: ${wantedBy(issue, given)}; given is ${givenText(given)}`;
    })
    .slice(0, mostSaid)
    .join('; ');
}

function meantOf(key: string, known: readonly string[]): string | undefined {
  const isBeginning = key.length >= shortestBeginning;
  return nearestWord(key, known) ?? known.find((field) => isBeginning && field.startsWith(key.toLowerCase()));
}

/** Sizes are noted by many a card, and taken from the network itself. */
function isSize(field: string): boolean {
  return field.endsWith('Px');
}

function said(text: string): string {
  return withoutControls(JSON.stringify(text.slice(0, longestSaid)));
}

function givenText(value: unknown): string {
  if (typeof value === 'string') return said(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
}
