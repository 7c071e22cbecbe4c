import type { YAMLMap, YAMLSeq } from 'yaml';
import { entriesOf, rearranged } from './yaml-entries.ts';
import { behindDeeperComments, endOfPair, isNode, lineEnd, lineStart, type Splice, type Step } from './yaml-places.ts';
import { newWriter, type Writer } from './yaml-writer.ts';

/** Whole lines, at the end of one. */
export function addition(text: string, at: number, lines: string): Splice {
  const isAtLineStart = at === 0 || text[at - 1] === '\n';
  return { from: at, to: at, text: isAtLineStart ? lines : `${newWriter(text).lineEnd}${lines}` };
}

export function blockAddition(
  text: string,
  group: YAMLMap,
  key: string,
  value: unknown,
  writer: Writer,
): Splice | undefined {
  const first = group.items[0]?.key;
  const last = group.items.at(-1);
  if (!isNode(first) || last === undefined) return undefined;
  const at = first.range![0];
  // What may stand before a key: a mark that it is one, a name and a tag of it.
  const indent = /^( *)(?:\? +)?(?:[&!]\S* +)*$/.exec(text.slice(lineStart(text, at), at))?.[1];
  if (indent === undefined) return undefined;
  const end = behindDeeperComments(text, lineEnd(text, endOfPair(last)), indent);
  return addition(text, end, writer.block({ [key]: value }, indent));
}

/** The first pair of a group that has been named, and has nothing in it; its keys may stand there as comments. */
export function firstAddition(
  text: string,
  { pair }: Step,
  key: string,
  value: unknown,
  writer: Writer,
): Splice | undefined {
  const at = pair.key.range![0];
  const indent = text.slice(lineStart(text, at), at);
  if (indent.trim() !== '') return undefined;
  const end = lineEnd(text, endOfPair(pair));
  const deeper = /^([ ]*)#/.exec(text.slice(end))?.[1];
  const inner = deeper !== undefined && deeper.length > indent.length ? deeper : `${indent}  `;
  return addition(text, end, writer.block({ [key]: value }, inner));
}

export function blockRemoval(text: string, { group, pair }: Step): Splice | undefined {
  const end = lineEnd(text, endOfPair(pair));
  const own = entriesOf(text, group)?.entries[group.items.indexOf(pair)];
  if (own !== undefined) return { from: own.from, to: end, text: '' };
  const from = pair.key.range![0];
  const start = lineStart(text, from);
  return text.slice(start, from).trim() === '' ? { from: start, to: end, text: '' } : undefined;
}

/** Of a list with an entry a line: lines of entries that stay are kept, with what stands about them. */
export function listReplacement(
  text: string,
  list: YAMLSeq,
  before: readonly unknown[],
  values: readonly unknown[],
  writer: Writer,
): Splice | undefined {
  const own = entriesOf(text, list);
  const last = own?.entries.at(-1);
  if (own === undefined || last === undefined) return undefined;
  const isEnded = text[last.to - 1] === '\n';
  const lines = rearranged(
    own,
    before,
    values,
    (at) => {
      const { from, to } = own.entries[at]!;
      return text.slice(from, to) + (isEnded || to !== last.to ? '' : writer.lineEnd);
    },
    (value) => `${own.indent}- ${writer.flow(value, false)}${writer.lineEnd}`,
  );
  const to = isEnded ? lines.length : -writer.lineEnd.length;
  return { from: own.entries[0]!.from, to: last.to, text: lines.slice(0, to) };
}

/** A value on the line of its key, instead of a list or a group on lines of their own; what is about no entry of it stays. */
export function inlineReplacement(text: string, { pair }: Step, value: unknown, writer: Writer): Splice | undefined {
  const list = pair.value as YAMLMap | YAMLSeq;
  const colon = pair.srcToken?.sep?.findLast(({ type }) => ['map-value-ind', 'anchor', 'tag'].includes(type));
  const own = entriesOf(text, list);
  const last = own?.entries.at(-1);
  if (colon === undefined || own === undefined || last === undefined) return undefined;
  const at = colon.offset + colon.source.length;
  const head = text.slice(at, own.entries[0]!.from);
  const loose = own.entries.map((entry) => entry.loose).join('');
  const lines = ` ${writer.flow(value, false)}${head}${loose}`;
  const isEnded = text[last.to - 1] === '\n';
  return { from: at, to: last.to, text: isEnded ? lines : lines.replace(/\r?\n$/, '') };
}
