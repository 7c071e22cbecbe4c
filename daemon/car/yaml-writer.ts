import { stringify } from 'yaml';
import { parseJson } from '../platform/line-channel.ts';

/** Writes values as the file around them is written. */
export interface Writer {
  readonly lineEnd: string;
  key(key: string): string;
  /** On one line. @param isInside brackets, where commas and brackets mean something */
  flow(value: unknown, isInside: boolean): string;
  /** On lines of their own. */
  block(values: object, indent: string): string;
}

export function newWriter(text: string): Writer {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const json = isJson(text);
  const flow = (value: unknown, isInside: boolean): string => {
    if (json || (isInside && typeof value !== 'number')) return json ? JSON.stringify(value) : flowYaml(value);
    return typeof value === 'object'
      ? flowYaml(value)
      : stringify(value, { lineWidth: 0, blockQuote: false }).trimEnd();
  };
  return {
    lineEnd,
    key: (key) => (json ? JSON.stringify(key) : flowYaml(key)),
    flow,
    block(values, indent) {
      const lines = stringify(values, { lineWidth: 0 }).trimEnd().split('\n');
      return `${lines.map((line) => `${indent}${line}`).join(lineEnd)}${lineEnd}`;
    },
  };
}

export function isJson(text: string): boolean {
  return parseJson(text).ok;
}

function flowYaml(value: unknown): string {
  // Within a list, so that what means something between brackets is quoted.
  const list = stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 });
  return list.trim().slice(1, -1);
}
