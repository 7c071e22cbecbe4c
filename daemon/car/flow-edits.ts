import type { YAMLMap, YAMLSeq } from 'yaml';
import { entriesOf, rearranged } from './yaml-entries.ts';
import {
  commentsAbove,
  endOf,
  endOfPair,
  hasComment,
  isNode,
  lineStart,
  type Splice,
  type Step,
} from './yaml-places.ts';
import type { Writer } from './yaml-writer.ts';

/** As the other pairs stand: one below the other, or one behind the other. */
export function flowAddition(text: string, group: YAMLMap, key: string, value: unknown, writer: Writer): Splice {
  const added = `${writer.key(key)}: ${writer.flow(value, true)}`;
  const last = group.items.at(-1);
  if (last === undefined) {
    const at = group.range![0] + 1;
    return { from: at, to: at, text: added };
  }
  const at = endOfPair(last);
  const keyAt = isNode(last.key) ? last.key.range![0] : at;
  const indent = text.slice(lineStart(text, keyAt), keyAt);
  const behind = /^[ \t]*(,?)[ \t]+#[^\r\n]*/.exec(text.slice(at));
  if (behind !== null) {
    // The line's comment stays with the pair that it is about.
    const [line, comma = ''] = behind;
    const column = indent.replaceAll(/\S/gu, ' ');
    const ended = `${comma === '' ? ',' : ''}${line}${writer.lineEnd}`;
    return { from: at, to: at + line.length, text: `${ended}${column}${added}${comma}` };
  }
  const between = indent.trim() === '' && indent !== '' ? `,${writer.lineEnd}${indent}` : ', ';
  return { from: at, to: at, text: `${between}${added}` };
}

/** Takes out a pair, with the comments that are about it and the comma that it needed. */
export function flowRemoval(text: string, { group, pair }: Step): Splice {
  const at = group.items.indexOf(pair);
  const from = pair.key.range![0];
  const to = endOfPair(pair);
  const before = group.items[at - 1];
  const next = group.items[at + 1]?.key;
  const nextAt = isNode(next) ? next.range![0] : undefined;
  const gapBefore = text.slice(before === undefined ? group.range![0] + 1 : endOfPair(before), from);
  const gapBehind = text.slice(to, nextAt ?? group.range![1] - 1);
  const start = before === undefined ? from : endOfPair(before);
  if (!hasComment(gapBefore) && !hasComment(gapBehind)) {
    return nextAt === undefined ? { from: start, to, text: '' } : { from, to: nextAt, text: '' };
  }
  const own = entriesOf(text, group)?.entries[at];
  if (own !== undefined) return { from: own.from, to: own.to, text: '' };
  if (nextAt !== undefined && !gapBehind.includes('\n')) return { from, to: nextAt, text: '' };
  // A comment behind several pairs of a line is about the line, and stays.
  if (!gapBefore.includes('\n') && before !== undefined) return { from: start, to, text: '' };
  const behind = /^(?:[ \t]*,)?(?:[ \t]+#[^\r\n]*)?/.exec(text.slice(to))![0];
  const end = to + behind.length;
  const line = lineStart(text, from);
  const indent = text.slice(line, from);
  const lineBreak = /^[ \t]*\r?\n/.exec(text.slice(end))?.[0];
  if (indent.trim() !== '' || lineBreak === undefined) return { from, to: end, text: '' };
  const above = commentsAbove(text, line, indent);
  return { from: above < start ? line : above, to: end + lineBreak.length, text: '' };
}

/** Of a list between brackets with a line for each entry: lines of entries that stay are kept, with their comments. */
export function flowListReplacement(
  text: string,
  list: YAMLSeq,
  before: readonly unknown[],
  values: readonly unknown[],
  writer: Writer,
): Splice | undefined {
  const own = entriesOf(text, list);
  const last = own?.entries.at(-1);
  if (own === undefined || last === undefined) return undefined;
  const ends = list.items.map((item) => endOf(item));
  const hasComma = (at: number) => /^[ \t]*,/.test(text.slice(ends[at], own.entries[at]!.to));
  const isEndingInComma = hasComma(list.items.length - 1);
  const lines = rearranged(
    own,
    before,
    values,
    (at, isLast) => {
      const { from, to } = own.entries[at]!;
      const needsComma = !isLast || isEndingInComma;
      if (hasComma(at) === needsComma) return text.slice(from, to);
      const behind = text.slice(ends[at], to);
      return text.slice(from, ends[at]) + (needsComma ? `,${behind}` : behind.replace(/^[ \t]*,/, ''));
    },
    (value, isLast) =>
      `${own.indent}${writer.flow(value, true)}${!isLast || isEndingInComma ? ',' : ''}${writer.lineEnd}`,
  );
  return { from: own.entries[0]!.from, to: last.to, text: lines };
}
