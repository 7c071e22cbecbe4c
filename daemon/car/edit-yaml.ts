import { isDeepStrictEqual } from 'node:util';
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument, type YAMLSeq } from 'yaml';
import {
  addition,
  blockAddition,
  blockRemoval,
  firstAddition,
  inlineReplacement,
  listReplacement,
} from './block-edits.ts';
import type { Leaf } from './config-changes.ts';
import { flowAddition, flowListReplacement, flowRemoval } from './flow-edits.ts';
import { merge } from './load-config.ts';
import { hasComment, isFlow, type Splice, type Step } from './yaml-places.ts';
import { isJson, newWriter, type Writer } from './yaml-writer.ts';

const byteOrderMark = '\uFEFF';

/**
 * The text of a YAML or JSON file with other values at some places; `null` takes a value out, and the groups that have nothing
 * else in them. All else stays to the letter: comments, blanks, quotes, empty lines. A comment right above an entry, as deep as
 * it is, and one behind it are about it. Only where the file is written in a way that no such change is known for is it written
 * anew, with its comments.
 * @throws Error where a place cannot be changed: for a value that stands where a group would have to be, say.
 */
export function editYaml(text: string, changes: readonly Leaf[]): string {
  const [mark, body] = text.startsWith(byteOrderMark) ? [byteOrderMark, text.slice(1)] : ['', text];
  return mark + changes.reduce((before, change) => changed(before, change), body);
}

function changed(before: string, { path, value }: Leaf): string {
  const document = parseDocument(before, { keepSourceTokens: true, logLevel: 'silent' });
  const values: unknown = document.toJS() ?? {};
  if (value !== null) refuseWithin(values, path);
  const wanted = value === null ? without(values, path) : merge(values, nested(path, value));
  if (isDeepStrictEqual(values, wanted)) return before;
  const change = aroundAlias(document, wanted, { path, value });
  const splice = spliceFor(before, document, change);
  const after = splice && before.slice(0, splice.from) + splice.text + before.slice(splice.to);
  if (after !== undefined && says(after, wanted, before)) return after;
  const anew = writtenAnew(before, document, change);
  if (anew !== undefined && says(anew, wanted, before)) return anew;
  throw new Error(
    /[&*]/.test(before)
      ? 'other values of the file refer to it'
      : 'the file writes it in a way that only a person can change',
  );
}

/** A value is no group, and is not made one unasked: what it says would be lost. */
function refuseWithin(values: unknown, path: readonly string[]): void {
  let node = values;
  for (const [depth, key] of path.entries()) {
    if (!isGroup(node)) {
      const name = depth === 0 ? 'the whole file' : path.slice(0, depth).join('.');
      throw new Error(`${name} is ${Array.isArray(node) ? 'a list' : 'a single value'} there, not a group of values`);
    }
    node = Object.hasOwn(node, key) ? Reflect.get(node, key) : undefined;
    if (node === undefined || node === null) return;
  }
}

/** What is within a group that stands elsewhere is changed here alone: the group is written out. */
function aroundAlias(document: Document.Parsed, wanted: unknown, { path, value }: Leaf): Leaf {
  const way = pairsOn(document, path);
  if (way.length === path.length || !isAlias(way.at(-1)?.pair.value)) return { path, value };
  const place = path.slice(0, way.length);
  const group = place.reduce(
    (node, key) => (isGroup(node) && Object.hasOwn(node, key) ? node[key] : undefined),
    wanted,
  );
  return { path: place, value: group ?? null };
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

function writtenAnew(before: string, document: Document.Parsed, { path, value }: Leaf): string | undefined {
  try {
    if (value === null) removeFrom(document, path);
    else setIn(document, path, value);
    const text = isJson(before) ? `${JSON.stringify(document.toJS(), undefined, 2)}\n` : document.toString();
    return text.replaceAll('\n', newWriter(before).lineEnd);
  } catch {
    // Nothing that the library knows a way to.
    return undefined;
  }
}

function setIn(document: Document.Parsed, path: readonly string[], value: unknown): void {
  const old: unknown = document.getIn(path, true);
  if (!isSeq(old) || !Array.isArray(value)) {
    document.setIn(path, value);
    return;
  }
  // The entries that stay keep their comments.
  const left = [...old.items] as Node[];
  old.items = value.map((each: unknown) => {
    const at = left.findIndex((item) => isDeepStrictEqual(item.toJS(document), each));
    return at < 0 ? document.createNode(each) : left.splice(at, 1)[0];
  });
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
  const step = way.at(-1);
  const writer = newWriter(text);
  if (value === null) return way.length === path.length ? removal(text, way) : undefined;
  if (step !== undefined && way.length === path.length) return replacement(text, document, step, value, writer);
  const inner = nested(path.slice(way.length + 1), value);
  const key = path[way.length]!;
  const group = step === undefined ? document.contents : step.pair.value;
  if (isMap(group)) {
    return isFlow(group)
      ? flowAddition(text, group, key, inner, writer)
      : blockAddition(text, group, key, inner, writer);
  }
  // Behind a document mark, too, nothing at all is said.
  const isNothing = group === null || (isScalar(group) && group.source === '');
  if (step === undefined)
    return isNothing ? addition(text, text.length, writer.block({ [key]: inner }, '')) : undefined;
  if (isNothing && !isFlow(step.group)) return firstAddition(text, step, key, inner, writer);
  return replacement(text, document, step, { [key]: inner }, writer);
}

/** As far as the file has what the path leads to. */
function pairsOn(document: Document.Parsed, path: readonly string[]): Step[] {
  const way: Step[] = [];
  let node: unknown = document.contents;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((each) => isScalar(each.key) && String(each.key.value) === key);
    if (pair === undefined) break;
    way.push({ group: node, pair: pair as Step['pair'] });
    node = pair.value;
  }
  return way;
}

function replacement(
  text: string,
  document: Document.Parsed,
  step: Step,
  value: unknown,
  writer: Writer,
): Splice | undefined {
  const { group, pair } = step;
  const { value: old } = pair;
  if (old === null && isFlow(group)) {
    // A key that stands alone.
    const at = pair.key.range![1];
    return { from: at, to: at, text: `: ${writer.flow(value, true)}` };
  }
  const range = old?.range;
  if (!old || !range) return undefined;
  const [from, to] = range;
  if (isSeq(old) && Array.isArray(value)) {
    const before = old.items.map((item) => (item as Node).toJS(document) as unknown);
    const rearrange = isFlow(old) ? flowListReplacement : listReplacement;
    const lines =
      value.length === 0 && !isFlow(old) ? undefined : rearrange(text, old as YAMLSeq, before, value, writer);
    if (lines !== undefined) return lines;
    // On one line those that are about entries that stay would have no place.
    if (isFlow(old) && value.length > 0 && hasComment(text.slice(from, to))) return undefined;
  }
  if ((isSeq(old) || isMap(old)) && !isFlow(old)) return inlineReplacement(text, step, value, writer);
  const written = writer.flow(value, isFlow(group));
  // What kind of value it was, the new one need not be.
  const tag = old.anchor === undefined ? pair.srcToken?.sep?.find(({ type }) => type === 'tag') : undefined;
  const start = tag?.offset ?? from;
  if (from === to) {
    if (tag !== undefined) return { from: start, to: start + tag.source.length, text: written };
    // Nothing stands there so far, not even a blank.
    const [blank, behind] = [/\s/.test(text[from - 1] ?? '') ? '' : ' ', text[to] === '#' ? ' ' : ''];
    return { from, to, text: `${blank}${written}${behind}` };
  }
  const lines = text.slice(from, to);
  if (!lines.endsWith('\n')) return { from: start, to, text: written };
  // Text on lines of its own; what may be said of it stands behind its mark.
  const comment = /^[|>][^\s#]*([ \t]+#[^\r\n]*)/.exec(lines)?.[1] ?? '';
  return { from: start, to, text: written + comment + writer.lineEnd };
}

/** Takes out a pair, or the outermost group that has nothing else in it. */
function removal(text: string, way: readonly Step[]): Splice | undefined {
  let depth = way.length - 1;
  while (depth > 0 && way[depth]!.group.items.length === 1) depth--;
  const step = way[depth];
  if (step === undefined) return undefined;
  return isFlow(step.group) ? flowRemoval(text, step) : blockRemoval(text, step);
}

function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value);
}

/** Without the value, and without the groups that have nothing else in them. */
function without(values: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || !isGroup(values) || !Object.hasOwn(values, key)) return values;
  const before = values[key];
  const inner = rest.length === 0 ? undefined : without(before, rest);
  if (rest.length > 0 && inner === before) return values;
  const isGone = rest.length === 0 || (isGroup(inner) && Object.keys(inner).length === 0);
  const kept = Object.entries(values).flatMap(([name, old]) =>
    name !== key ? [[name, old]] : isGone ? [] : [[name, inner]],
  );
  return Object.fromEntries(kept);
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
