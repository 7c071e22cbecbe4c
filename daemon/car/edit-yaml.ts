import { isDeepStrictEqual } from 'node:util';
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { parseJson } from '../platform/line-channel.ts';
import type { Leaf } from './config-changes.ts';
import { merge } from './load-config.ts';

/** A place in the text, and what is put there. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text of a YAML or JSON file with other values at some places; `null` takes a value out, and the groups that have nothing
 * else in them. All else stays to the letter: comments, blanks, quotes, empty lines. Only where the file is written in a way
 * that no such change is known for is it written anew, with its comments.
 * @throws Error where a place cannot be changed: for a value that stands where a group would have to be, say.
 */
export function editYaml(text: string, changes: readonly Leaf[]): string {
  return changes.reduce((before, change) => changed(before, change), text);
}

function changed(before: string, { path, value }: Leaf): string {
  const document = parseDocument(before);
  const values: unknown = document.toJS() ?? {};
  const wanted = value === null ? without(values, path) : merge(values, nested(path, value));
  if (isDeepStrictEqual(values, wanted)) return before;
  const splice = spliceFor(before, document, { path, value });
  const after = splice && before.slice(0, splice.from) + splice.text + before.slice(splice.to);
  if (after !== undefined && says(after, wanted, before)) return after;
  const anew = writtenAnew(before, document, { path, value });
  if (says(anew, wanted, before)) return anew;
  throw new Error('other values of the file refer to it');
}

/** The judge of every change: the file says what was wanted, no more and no less, and what was JSON still is. */
function says(text: string, wanted: unknown, before: string): boolean {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0 || (isJson(before) && !isJson(text))) return false;
  try {
    return isDeepStrictEqual(document.toJS() ?? {}, wanted);
  } catch {
    // An alias that has lost what it refers to.
    return false;
  }
}

function writtenAnew(before: string, document: Document.Parsed, { path, value }: Leaf): string {
  if (value !== null) document.setIn(path, value);
  else removeFrom(document, path);
  return isJson(before) ? `${JSON.stringify(document.toJS(), undefined, 2)}\n` : document.toString();
}

function removeFrom(document: Document.Parsed, path: readonly string[]): void {
  document.deleteIn(path);
  for (let depth = path.length - 1; depth > 0; depth--) {
    const group = document.getIn(path.slice(0, depth));
    if (!isMap(group) || group.items.length > 0) return;
    document.deleteIn(path.slice(0, depth));
  }
}

function spliceFor(text: string, document: Document.Parsed, { path, value }: Leaf): Splice | undefined {
  const way = pairsOn(document, path);
  const pair = way.length === path.length ? way.at(-1) : undefined;
  const writer = newWriter(text);
  if (value === null) return removal(text, way);
  if (pair !== undefined) return replacement(text, pair, value, writer);
  const group = way.length === 0 ? document.contents : way.at(-1)!.pair.value;
  const inner = nested(path.slice(way.length + 1), value);
  const key = path[way.length]!;
  // Behind a document mark, too, nothing at all is said.
  const isNothing = group === null || (isScalar(group) && group.source === '');
  if (isNothing && way.length === 0) return addition(text, text.length, writer.block({ [key]: inner }, ''));
  if (!isMap(group)) return undefined;
  return isFlow(group) ? flowAddition(text, group, key, inner, writer) : blockAddition(text, group, key, inner, writer);
}

/** One step of a path: the group, and the pair of it that the path goes by. */
interface Step {
  readonly group: YAMLMap;
  readonly pair: Pair<Node, Node | null>;
}

/** As far as the file has what the path leads to. */
function pairsOn(document: Document.Parsed, path: readonly string[]): Step[] {
  const way: Step[] = [];
  let node: unknown = document.contents;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((each) => isScalar(each.key) && each.key.value === key);
    if (pair === undefined) break;
    way.push({ group: node, pair: pair as Step['pair'] });
    node = pair.value;
  }
  return way;
}

function replacement(text: string, { group, pair }: Step, value: unknown, writer: Writer): Splice | undefined {
  const { value: old } = pair;
  const range = old?.range;
  if (!old || !range) return undefined;
  if (isSeq(old) && !isFlow(old)) return Array.isArray(value) ? listReplacement(text, old, value, writer) : undefined;
  if (isMap(old) && !isFlow(old)) return undefined;
  const [from, to] = range;
  const isBlockText = text.slice(from, to).endsWith('\n');
  return { from, to, text: writer.flow(value, isFlow(group)) + (isBlockText ? writer.lineEnd : '') };
}

/** Of a list with an entry a line: lines of entries that stay are kept, with what stands behind them. */
function listReplacement(text: string, list: YAMLSeq, values: readonly unknown[], writer: Writer): Splice | undefined {
  const starts = list.items.map((item) => {
    const at = isScalar(item) ? item.range?.[0] : undefined;
    return at === undefined ? undefined : lineStart(text, at);
  });
  if (values.length === 0 || !starts.every((at) => at !== undefined)) return undefined;
  const [from] = starts;
  const last = list.items.at(-1);
  if (from === undefined || last === undefined) return undefined;
  const to = lineEnd(text, endOf(last));
  const indent = /^[ ]*/.exec(text.slice(from))![0];
  const kept = list.items.map((item, at) => ({
    value: isScalar(item) ? item.value : undefined,
    line: withLineEnd(text.slice(starts[at], starts[at + 1] ?? to), writer),
  }));
  const lines = values.map((value) => {
    const at = kept.findIndex((each) => isDeepStrictEqual(each.value, value));
    return at < 0 ? `${indent}- ${writer.flow(value, false)}${writer.lineEnd}` : kept.splice(at, 1)[0]!.line;
  });
  return { from, to, text: lines.join('') };
}

function blockAddition(text: string, group: YAMLMap, key: string, value: unknown, writer: Writer): Splice | undefined {
  const first = group.items[0]?.key;
  const last = group.items.at(-1);
  if (!isNode(first) || last === undefined) return undefined;
  const at = first.range![0];
  const indent = text.slice(lineStart(text, at), at);
  if (indent.trim() !== '') return undefined;
  return addition(text, lineEnd(text, endOfPair(last)), writer.block({ [key]: value }, indent));
}

/** Whole lines, at the end of one. */
function addition(text: string, at: number, lines: string): Splice {
  const isAtLineStart = at === 0 || text[at - 1] === '\n';
  return { from: at, to: at, text: isAtLineStart ? lines : `${newWriter(text).lineEnd}${lines}` };
}

/** As the other pairs stand: one below the other, or one behind the other. */
function flowAddition(text: string, group: YAMLMap, key: string, value: unknown, writer: Writer): Splice | undefined {
  const added = `${writer.key(key)}: ${writer.flow(value, true)}`;
  const last = group.items.at(-1);
  if (last === undefined) {
    const at = group.range![0] + 1;
    return { from: at, to: at, text: added };
  }
  const at = endOfPair(last);
  const keyAt = isNode(last.key) ? last.key.range![0] : at;
  const indent = text.slice(lineStart(text, keyAt), keyAt);
  const between = indent.trim() === '' && indent !== '' ? `,${writer.lineEnd}${indent}` : ', ';
  return { from: at, to: at, text: `${between}${added}` };
}

/** Takes out a pair, or the outermost group that has nothing else in it. */
function removal(text: string, way: readonly Step[]): Splice | undefined {
  let depth = way.length - 1;
  while (depth > 0 && way[depth]!.group.items.length === 1) depth--;
  const step = way[depth];
  if (step === undefined) return undefined;
  const { group, pair } = step;
  const from = pair.key.range![0];
  const to = endOfPair(pair);
  if (!isFlow(group)) {
    const start = lineStart(text, from);
    return text.slice(start, from).trim() === '' ? { from: start, to: lineEnd(text, to), text: '' } : undefined;
  }
  const at = group.items.indexOf(pair);
  const next = group.items[at + 1]?.key;
  if (isNode(next)) return { from, to: next.range![0], text: '' };
  const before = group.items[at - 1];
  return { from: before === undefined ? from : endOfPair(before), to, text: '' };
}

interface Writer {
  readonly lineEnd: string;
  key(key: string): string;
  /** On one line. @param isInside brackets, where commas and brackets mean something */
  flow(value: unknown, isInside: boolean): string;
  /** On lines of their own. */
  block(values: object, indent: string): string;
}

/** Writes values as the file around them is written. */
function newWriter(text: string): Writer {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const json = isJson(text);
  const flow = (value: unknown, isInside: boolean): string => {
    if (json || (isInside && typeof value !== 'number')) return json ? JSON.stringify(value) : flowYaml(value);
    return typeof value === 'object' ? flowYaml(value) : stringify(value, { lineWidth: 0 }).trimEnd();
  };
  return {
    lineEnd,
    key: (key) => (json ? JSON.stringify(key) : key),
    flow,
    block(values, indent) {
      const lines = stringify(values, { lineWidth: 0 }).trimEnd().split('\n');
      return `${lines.map((line) => `${indent}${line}`).join(lineEnd)}${lineEnd}`;
    },
  };
}

function flowYaml(value: unknown): string {
  // Within a list, so that what means something between brackets is quoted.
  const list = stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 });
  return list.trim().slice(1, -1);
}

function isJson(text: string): boolean {
  return parseJson(text).ok;
}

function isNode(value: unknown): value is Node {
  return isCollection(value) || isScalar(value) || isAlias(value);
}

function isFlow(group: YAMLMap | YAMLSeq): boolean {
  return group.flow === true;
}

/** Where the last letter of a pair stands; what only follows it, a comment, is not its own. */
function endOfPair(pair: { readonly key: unknown; readonly value: unknown }): number {
  const key = isNode(pair.key) ? pair.key.range![1] : 0;
  return isNode(pair.value) ? Math.max(key, endOf(pair.value)) : key;
}

function endOf(node: unknown): number {
  if (isMap(node) && !isFlow(node)) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOfPair(last);
  }
  if (isSeq(node) && !isFlow(node) && node.items.length > 0) return endOf(node.items.at(-1));
  return isNode(node) ? node.range![1] : 0;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Behind the end of the line that something ends in; of a text with lines of its own, the line's end is its last letter. */
function lineEnd(text: string, end: number): number {
  if (end > 0 && text[end - 1] === '\n') return end;
  const at = text.indexOf('\n', end);
  return at < 0 ? text.length : at + 1;
}

function withLineEnd(line: string, { lineEnd: end }: Writer): string {
  return line.endsWith('\n') ? line : `${line}${end}`;
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value);
}

/** Without the value, and without the groups that have nothing else in them. */
function without(values: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof values !== 'object' || values === null || !Object.hasOwn(values, key)) return values;
  const before: unknown = Reflect.get(values, key);
  const inner = rest.length === 0 ? undefined : without(before, rest);
  if (rest.length > 0 && inner === before) return values;
  const isGone = rest.length === 0 || (typeof inner === 'object' && inner !== null && Object.keys(inner).length === 0);
  const kept = Object.entries(values).flatMap(([name, old]) =>
    name !== key ? [[name, old]] : isGone ? [] : [[name, inner]],
  );
  return Object.fromEntries(kept);
}
