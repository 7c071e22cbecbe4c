import { isDeepStrictEqual } from 'node:util';
import { type CST, isMap, type YAMLMap, type YAMLSeq } from 'yaml';
import { behindDeeperComments, commentsAbove, endOf, endOfPair, isFlow, lineEnd, lineStart } from './yaml-places.ts';

/** An entry of a list or a group with whole lines for each. */
export interface Entry {
  /** Lines between the entry before and this one that are about neither. */
  readonly loose: string;
  /** Where its own lines begin, with the comments that are about it, and where they end. */
  readonly from: number;
  readonly to: number;
}

export interface Entries {
  readonly indent: string;
  readonly entries: readonly Entry[];
}

/**
 * What belongs to which entry: the comments right above it, which are as deep as it is, and the deeper ones below it. Comments
 * over the first entry alone are a heading, which is about all of them, and so are those over the first group of the file.
 * @param list read with its source tokens
 * @returns `undefined` where an entry has no line of its own
 */
export function entriesOf(text: string, list: YAMLMap | YAMLSeq): Entries | undefined {
  const starts = isFlow(list) ? startsBetweenBrackets(list) : startsOfLines(list);
  const [first] = starts;
  if (first === undefined || starts.length !== list.items.length) return undefined;
  const indent = text.slice(lineStart(text, first), first);
  if (indent.trim() !== '' || !starts.every((at) => text.slice(lineStart(text, at), at) === indent)) return undefined;
  const ends = starts.map((start, at) => {
    const end = isMap(list) ? endOfPair(list.items[at]!) : endOf(list.items[at]);
    if (isFlow(list)) return behindOwnLine(text, end);
    return behindDeeperComments(text, lineEnd(text, Math.max(start + 1, end)), indent);
  });
  const lines = starts.map((at) => lineStart(text, at));
  const above = lines.map((line) => commentsAbove(text, line, indent));
  const isHeading = above.every((start, at) => at === 0 || start === lines[at]) || (isMap(list) && indent === '');
  const entries: Entry[] = [];
  for (const [at, line] of lines.entries()) {
    const from = at === 0 && isHeading ? line : above[at]!;
    const to = ends[at];
    const before = entries.at(-1)?.to ?? from;
    if (to === undefined || before > from) return undefined;
    entries.push({ loose: text.slice(before, from), from, to });
  }
  return { indent, entries };
}

/**
 * Lines for other values: those of entries that stay are kept, with what is about them.
 * @param before what the entries say
 * @param keptLines an entry's own
 * @param newLine that of a new value
 */
export function rearranged(
  { entries }: Entries,
  before: readonly unknown[],
  values: readonly unknown[],
  keptLines: (at: number, isLast: boolean) => string,
  newLine: (value: unknown, isLast: boolean) => string,
): string {
  const left = new Set(entries.keys());
  const kept = values.map((value) => {
    const at = [...left].find((each) => isDeepStrictEqual(before[each], value));
    if (at !== undefined) left.delete(at);
    return at;
  });
  // What is about none of the entries stands before the next that stays.
  let loose = '';
  const above = entries.map((entry, at) => {
    loose += entry.loose;
    if (left.has(at)) return '';
    const own = loose;
    loose = '';
    return own;
  });
  const lines = values.map((value, index) => {
    const at = kept[index];
    const isLast = index === values.length - 1;
    return at === undefined ? newLine(value, isLast) : `${above[at]}${keptLines(at, isLast)}`;
  });
  return lines.join('') + loose;
}

function startsOfLines({ srcToken }: YAMLMap | YAMLSeq): number[] {
  if (srcToken?.type !== 'block-seq' && srcToken?.type !== 'block-map') return [];
  const items: readonly CST.CollectionItem[] = srcToken.items;
  return items.flatMap(({ start, key }) => {
    const head = start.find(({ type }) => !['space', 'newline', 'comment'].includes(type)) ?? key;
    return head ? [head.offset] : [];
  });
}

function startsBetweenBrackets({ srcToken }: YAMLMap | YAMLSeq): number[] {
  if (srcToken?.type !== 'flow-collection') return [];
  const items: readonly CST.CollectionItem[] = srcToken.items;
  return items.flatMap(({ start, key, value }) => {
    const head = start.find(({ type }) => !['space', 'newline', 'comment', 'comma'].includes(type)) ?? key ?? value;
    return head ? [head.offset] : [];
  });
}

/** Behind the line that an entry between brackets ends in, if nothing but a comma and a comment follows there. */
function behindOwnLine(text: string, end: number): number | undefined {
  const rest = /[ \t]*,?(?:[ \t]+#[^\n]*|[ \t\r]*)\n/y;
  rest.lastIndex = end;
  return rest.test(text) ? rest.lastIndex : undefined;
}
