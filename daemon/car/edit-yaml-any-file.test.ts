import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { editYaml } from './edit-yaml.ts';
import { merge } from './load-config.ts';

/** What people put around values. */
const blanks = fc.constantFrom('', ' ', '   ', '\t ');
const comment = fc.constantFrom('', ' # why', '  # two blanks', '       #none', ' # a: {b, "c"} - d', '\t# tab');
const between = fc.constantFrom('', '\n', '\n\n', '# alone\n', '    # far: off\n', '\n# x\n  \n');
const keyStyle = fc.constantFrom('a', '"a"', "'a'").map((style) => (key: string) => style.replace('a', key));
const scalar = fc.oneof(
  fc.constantFrom(
    '1',
    '1.50',
    '.5',
    '-7',
    '1e3',
    '0x1F',
    'true',
    'null',
    '~',
    'word',
    'two words',
    "it's",
    'a#b',
    'a:b',
  ),
  fc.constantFrom('"quoted # no"', "'single: no'", '"esc \\" aped"', "'it''s'", '"[1, 2]"', '""'),
);
const newValue = fc.oneof(
  fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => Math.round(value * 1000) / 1000 + 0),
  fc.constantFrom(
    'word',
    'a, b',
    '# no comment',
    'a: b',
    '',
    ' ',
    '[x]',
    '{x}',
    "it's",
    '"',
    '\\',
    '- x',
    'true',
    '1',
    'Xin chào',
    '*x',
    '!x',
  ),
  fc.boolean(),
  fc.array(fc.constantFrom('person', 'stop sign', 'a, b', ': x'), { maxLength: 3 }),
);

interface Written {
  readonly text: string;
  /** Where each value stands, by its path. */
  readonly places: readonly { readonly path: readonly string[]; readonly from: number; readonly to: number }[];
}

const names = ['alpha', 'beta', 'gamma', 'delta'];
const groupNames = ['camera', 'pilot', 'detector'];

const pairStyle = fc.record({
  style: keyStyle,
  gap: fc.constantFrom(' ', '   '),
  value: scalar,
  end: blanks,
  comment,
  between,
});
const group = fc.record({
  keys: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
  kind: fc.constantFrom('block', 'flow', 'lines'),
  indent: fc.integer({ min: 1, max: 6 }),
  style: keyStyle,
  comment,
  pairs: fc.array(pairStyle, { minLength: 4, maxLength: 4 }),
  between,
});
/** Files that are odd, and right. */
const written: fc.Arbitrary<Written> = fc
  .record({
    groups: fc.array(group, { minLength: 3, maxLength: 3 }),
    count: fc.integer({ min: 1, max: 3 }),
    head: fc.constantFrom('', '# my car\n', '---\n', '\n\n', '%YAML 1.2\n---\n'),
    endsInLine: fc.boolean(),
    windows: fc.boolean(),
  })
  .map(({ groups, count, head, endsInLine, windows }) => {
    let text: string = head;
    const places: { path: string[]; from: number; to: number }[] = [];
    const put = (path: string[], value: string) => {
      places.push({ path, from: text.length, to: text.length + value.length });
      text += value;
    };
    for (const [at, each] of groups.slice(0, count).entries()) {
      const name = groupNames[at]!;
      const pairs = each.keys.map((key, index) => ({ key, ...each.pairs[index]! }));
      text += each.between;
      if (each.kind === 'block') {
        text += `${each.style(name)}:${each.comment}\n`;
        for (const { key, style, gap, value, end, comment: behind, between: next } of pairs) {
          text += `${' '.repeat(each.indent)}${style(key)}:${gap}`;
          put([name, key], value);
          text += `${end}${behind === '' ? '' : ` ${behind}`}\n${next}`;
        }
        continue;
      }
      // Between brackets commas, and what follows a colon, mean something.
      const open = each.kind === 'lines' ? `{\n${' '.repeat(each.indent)}` : '{';
      const separator = each.kind === 'lines' ? `,\n${' '.repeat(each.indent)}` : ',  ';
      text += `${each.style(name)}: ${open}`;
      for (const [index, { key, style, value }] of pairs.entries()) {
        text += `${index === 0 ? '' : separator}${style(key)}: `;
        put([name, key], /^["'\w.-]/.test(value) && !/a:b/.test(value) ? value : '0');
      }
      text += `${each.kind === 'lines' ? '\n}' : ' }'}${each.comment}\n`;
    }
    if (!endsInLine) text = text.replace(/\n$/, '');
    if (!windows) return { text, places };
    const shift = (index: number) => index + text.slice(0, index).split('\n').length - 1;
    return {
      text: text.replaceAll('\n', '\r\n'),
      places: places.map(({ path, from, to }) => ({ path, from: shift(from), to: shift(to) })),
    };
  })
  .filter(({ text }) => parseDocument(text, { logLevel: 'silent' }).errors.length === 0);

/** How many letters two texts have in common at their beginnings, and then at their ends. */
function commonLetters(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let head = 0;
  while (head < most && one[head] === other[head]) head++;
  let tail = 0;
  while (tail < most - head && one.at(-1 - tail) === other.at(-1 - tail)) tail++;
  return head + tail;
}

const valuesOf = (text: string): unknown => parse(text) ?? {};

describe('of any file', () => {
  test('a change of one value leaves all before and behind it to the letter', () => {
    fc.assert(
      fc.property(written, fc.nat(), newValue, ({ text, places }, which, value) => {
        const { path, from, to } = places[which % places.length]!;
        const after = editYaml(text, [{ path: [...path], value }]);
        expect(valuesOf(after)).toEqual(merge(valuesOf(text), { [path[0]!]: { [path[1]!]: value } }));
        expect(after.slice(0, from)).toBe(text.slice(0, from));
        expect(after.endsWith(text.slice(to))).toBe(true);
        expect(after.length).toBeGreaterThanOrEqual(from + text.length - to);
      }),
    );
  });

  test('a new value is put in, and nothing else is touched', () => {
    fc.assert(
      fc.property(written, fc.constantFrom(...groupNames, 'safety'), newValue, ({ text }, name, value) => {
        const after = editYaml(text, [{ path: [name, 'brandNew'], value }]);
        expect(valuesOf(after)).toEqual(merge(valuesOf(text), { [name]: { brandNew: value } }));
        expect(commonLetters(text, after)).toBeGreaterThanOrEqual(text.length);
      }),
    );
  });

  test('a value is taken out, and nothing else is touched', () => {
    fc.assert(
      fc.property(written, fc.nat(), ({ text, places }, which) => {
        const { path } = places[which % places.length]!;
        const after = editYaml(text, [{ path: [...path], value: null }]);
        const [name = '', key = ''] = path;
        const before = valuesOf(text) as Record<string, Record<string, unknown>>;
        const { [key]: _, ...others } = before[name]!;
        const { [name]: __, ...groups } = before;
        expect(valuesOf(after)).toEqual(Object.keys(others).length === 0 ? groups : { ...before, [name]: others });
        expect(commonLetters(text, after)).toBeGreaterThanOrEqual(after.length);
      }),
    );
  });
});
