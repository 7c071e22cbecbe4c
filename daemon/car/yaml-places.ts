import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

/** A place in the text, and what is put there. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** One step of a path: the group, and the pair of it that the path goes by. */
export interface Step {
  readonly group: YAMLMap;
  readonly pair: Pair<Node, Node | null>;
}

export function isNode(value: unknown): value is Node {
  return isCollection(value) || isScalar(value) || isAlias(value);
}

export function isFlow(group: YAMLMap | YAMLSeq): boolean {
  return group.flow === true;
}

/** Where the last letter of a pair stands; what only follows it, a comment, is not its own. */
export function endOfPair(pair: { readonly key: unknown; readonly value: unknown }): number {
  const key = isNode(pair.key) ? pair.key.range![1] : 0;
  return isNode(pair.value) ? Math.max(key, endOf(pair.value)) : key;
}

export function endOf(node: unknown): number {
  if (isMap(node) && !isFlow(node)) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOfPair(last);
  }
  if (isSeq(node) && !isFlow(node) && node.items.length > 0) return endOf(node.items.at(-1));
  return isNode(node) ? node.range![1] : 0;
}

export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** Behind the end of the line that something ends in; of a text with lines of its own, the line's end is its last letter. */
export function lineEnd(text: string, end: number): number {
  if (end > 0 && text[end - 1] === '\n') return end;
  const at = text.indexOf('\n', end);
  return at < 0 ? text.length : at + 1;
}

/** Behind the comments on lines of their own that stand deeper than an entry above them: they are about it. */
export function behindDeeperComments(text: string, at: number, indent: string): number {
  const deeper = new RegExp(`${indent}[ \\t]+#[^\\n]*(?:\\n|$)`, 'y');
  let end = at;
  for (deeper.lastIndex = end; deeper.test(text); deeper.lastIndex = end) end = deeper.lastIndex;
  return end;
}

/** An entry that has been taken out of use by a mark before it is about no other. */
const commentedOut = /^#\s*(?:-\s|["'\w-]+\s*:(?:\s|$))/;

/** Where the comments begin that stand right above an entry, as deep as it does; where the entry's line does if there are none. */
export function commentsAbove(text: string, line: number, indent: string): number {
  let start = line;
  while (start > 0) {
    const above = lineStart(text, start - 1);
    const comment = text.slice(above + indent.length, start);
    if (!text.startsWith(indent, above) || !comment.startsWith('#') || commentedOut.test(comment)) break;
    start = above;
  }
  return start;
}

/** Whether a text between two entries, which has nothing else in it than blanks, commas and comments, has comments. */
export function hasComment(text: string): boolean {
  return /(?:^|\s)#/.test(text);
}
