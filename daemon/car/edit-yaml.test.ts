import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { type ConfigChanges, leaves } from './config-changes.ts';
import { editYaml } from './edit-yaml.ts';
import { merge } from './load-config.ts';

const edit = (text: string, changes: ConfigChanges) => editYaml(text, leaves(changes));

describe('a value', () => {
  test.each<[string, string, ConfigChanges, string]>([
    [
      'before a comment that stands far off',
      'camera:\n  heightM: 0.12      # measured\n',
      { camera: { heightM: 0.2 } },
      'camera:\n  heightM: 0.2      # measured\n',
    ],
    ['between quotes', "a: 'x'  #y\n", { a: 'z' }, 'a: z  #y\n'],
    ['that is what it was, however it is written', 'a: 0x10\nb: 1.50\n', { a: 16, b: 1.5 }, 'a: 0x10\nb: 1.50\n'],
    ['behind many blanks', 'a:     1\nb:    2   \n', { b: 3 }, 'a:     1\nb:    3   \n'],
    ['of lines that end as on Windows', 'a: 1\r\nb: 2 # c\r\n', { a: 5, c: 6 }, 'a: 5\r\nb: 2 # c\r\nc: 6\r\n'],
    ['in brackets', 'a: {b: 1,   c: 2} # d\n', { a: { b: 3, d: 'x, y' } }, 'a: {b: 3,   c: 2, d: "x, y"} # d\n'],
    [
      'in brackets over several lines',
      'a: {\n    b: 1, # one\n    c: 2 # two\n  }\n',
      { a: { c: 3, d: 4 } },
      'a: {\n    b: 1, # one\n    c: 3, # two\n    d: 4\n  }\n',
    ],
    ['in empty brackets', 'a: {}  # none\n', { a: { b: { c: 1 } } }, 'a: {b: {c: 1}}  # none\n'],
    ['of several lines', 'a: |\n  x\n  y\nb: 1\n', { a: 'z' }, 'a: z\nb: 1\n'],
    ['of several lines with a comment', 'a: |- # x\n  # y\nb:   1\n', { a: 'z' }, 'a: z # x\nb:   1\n'],
    ['that gets several lines', 'a: 1 # x\nb:   1\n', { a: 'y\nz' }, 'a: "y\\nz" # x\nb:   1\n'],
    [
      'that is new to its group',
      'a:\n    b: 1  # one\n\n# of c\nc: 2\n',
      { a: { d: 3 } },
      'a:\n    b: 1  # one\n    d: 3\n\n# of c\nc: 2\n',
    ],
    ['of a group that is new', '# mine\na: 1', { b: { c: 2 } }, '# mine\na: 1\nb:\n  c: 2\n'],
    ['of a file that says nothing yet', '# mine\n', { b: 2 }, '# mine\nb: 2\n'],
    ['of a file with a document mark alone', '---\n# mine\n', { b: 2 }, '---\n# mine\nb: 2\n'],
    ['behind a byte order mark', '\uFEFFa: 1   # x\n', { a: 2 }, '\uFEFFa: 2   # x\n'],
    ['of no file yet', '', { b: { c: 2 } }, 'b:\n  c: 2\n'],
    ['of a list', 'a:  [x,y] # z\n', { a: ['y', 'w, v'] }, 'a:  [y, "w, v"] # z\n'],
    [
      'of a list with an entry a line, of which some stay',
      'a:\n  - x   # the first\n  - y   # the second\n  - z\nb: 1\n',
      { a: ['y', 'w', 'z'] },
      'a:\n  - y   # the second\n  - w\n  - z\nb: 1\n',
    ],
    [
      'that is taken out',
      'a:\n  b: 1 # one\n  # of c\n  c: 2\nd: 3\n',
      { a: { b: null } },
      'a:\n  # of c\n  c: 2\nd: 3\n',
    ],
    [
      'that was alone in its group, and is taken out',
      '# x\na:\n  b: {c: 1}\nd: 3\n',
      { a: { b: { c: null } } },
      '# x\nd: 3\n',
    ],
    ['that is taken out from between brackets', 'a: { b: 1, c: 2, d: 3 }\n', { a: { c: null } }, 'a: { b: 1, d: 3 }\n'],
    ['that is taken out from before a bracket', 'a: { b: 1, c: 2 }\n', { a: { c: null } }, 'a: { b: 1 }\n'],
    ['that is not there to be taken out', 'a: {}\nb:   1\n', { a: { c: null }, d: null }, 'a: {}\nb:   1\n'],
    [
      'of JSON',
      '{\n    "a":1,\n    "b": {"c": [1]}\n}\n',
      { a: 2, d: 'x' },
      '{\n    "a":2,\n    "b": {"c": [1]},\n    "d": "x"\n}\n',
    ],
    ['of JSON in one line', '{"a": {"b":true}}', { a: { b: false, c: ['x'] } }, '{"a": {"b":false, "c": ["x"]}}'],
    ['behind a document mark', '---\na: 1   # x\n', { a: 2, b: 3 }, '---\na: 2   # x\nb: 3\n'],
    [
      'between brackets whose last line ends in a comment',
      'a: { b: 1, # one\n   }\n',
      { a: { d: 3 } },
      'a: { b: 1, # one\n     d: 3,\n   }\n',
    ],
    [
      'taken out from the last line between brackets',
      'a: { b: 1, # one\n     d: 3 # three\n   }\n',
      { a: { d: null } },
      'a: { b: 1, # one\n   }\n',
    ],
    [
      'taken out from between brackets, with what is above it',
      'a: {\n  b: 1, # one\n  # about d\n  d: 3, # three\n  # about e\n  e: 4\n}\n',
      { a: { d: null } },
      'a: {\n  b: 1, # one\n  # about e\n  e: 4\n}\n',
    ],
    [
      'of an entry of a list that comments stand above',
      'a:\n  # about x\n  - x\n  # about y\n  - y\n',
      { a: ['y', 'z'] },
      'a:\n  # about y\n  - y\n  - z\n',
    ],
    [
      'of the first entry of a list with a heading',
      'a:\n  # all of them\n  - x # one\n  - y',
      { a: ['y'] },
      'a:\n  # all of them\n  - y',
    ],
    [
      'of a list with an entry a line that gets none',
      'a: # list\n  # all of them\n  - x # one\n  - y\nb:   1\n',
      { a: [] },
      'a: [] # list\n  # all of them\nb:   1\n',
    ],
    ['instead of a list with an entry a line', 'a: # list\n- x\n- y\nb:   1\n', { a: 5 }, 'a: 5 # list\nb:   1\n'],
    [
      'of a list of groups',
      'a:\n- x\n-   y: 1 # q\n    z: 2\nb:   1\n',
      { a: [{ y: 1, z: 2 }, 'w'] },
      'a:\n-   y: 1 # q\n    z: 2\n- w\nb:   1\n',
    ],
    [
      'of a list that refers to a value elsewhere',
      'a:   &a 1\nb:\n- x\n- *a\n',
      { b: [1, 'y'] },
      'a:   &a 1\nb:\n- *a\n- y\n',
    ],
    [
      'of a list between brackets with comments',
      'a: [ # all\n  x, # 1\n  y # 2\n]\nb:   1\n',
      { a: ['y', 'z', 'x'] },
      'a: [ # all\n  y, # 2\n  z,\n  x # 1\n]\nb:   1\n',
    ],
    ['of a list of JSON', '{"a": [\n  1,\n  2\n]}\n', { a: [2, 1, 3] }, '{"a": [\n  2,\n  1,\n  3\n]}\n'],
    ['new to a file that begins with a byte order mark', '\uFEFFa: 1   # x\n', { b: 2 }, '\uFEFFa: 1   # x\nb: 2\n'],
    ['where none was', 'a:   1\nb:\nc:   2\n', { b: 2 }, 'a:   1\nb: 2\nc:   2\n'],
    ['where a comment alone was', 'a:   1\nb: # later\n', { b: 2 }, 'a:   1\nb: 2 # later\n'],
    ['in a group that was nothing', 'a:   ~ # none\nb:  1\n', { a: { c: 2 } }, 'a:   {c: 2} # none\nb:  1\n'],
    [
      'in a group whose keys are comments',
      'a:\n    # b: 1\nc:  1\n',
      { a: { d: { e: 2 } } },
      'a:\n    d:\n      e: 2\n    # b: 1\nc:  1\n',
    ],
    [
      'in a group that stands elsewhere',
      'a: &x {c:  1}\nb: *x # as a\n',
      { b: { d: 2 } },
      'a: &x {c:  1}\nb: {c: 1, d: 2} # as a\n',
    ],
    [
      'behind a group that ends in a comment of its own',
      'a:\n  b: 1\n  # c: 2\n\n',
      { d: 1 },
      'a:\n  b: 1\n  # c: 2\nd: 1\n\n',
    ],
    ['of a key between brackets that stands alone', 'a: {b,  c} # d\n', { a: { b: 1 } }, 'a: {b: 1,  c} # d\n'],
    ['with a mark before its key, taken out', '? a # x\n: 1\nb:   2\n', { a: null }, 'b:   2\n'],
    [
      'of another kind than its tag says',
      'a: !!str 5 # x\nb:   !\nc: !t |\n  y\n',
      { a: 7, b: 8, c: 9 },
      'a: 7 # x\nb:   8\nc: 9\n',
    ],
    ['of a key that is a number', '1:   x # y\n', { 1: 'z' }, '1:   z # y\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edit(before, changes)).toBe(after);
  });

  test('that another refers to is replaced where that can be said, and else refused', () => {
    expect(edit('a: &x 1\nb: *x\n', { b: 2 })).toBe('a: &x 1\nb: 2\n');
    expect(() => edit('a: &x 1\nb: *x\n', { a: 2 })).toThrow('other values of the file refer to it');
  });

  test('in the place of which a group would have to be is refused', () => {
    expect(() => edit('a: 1\n', { a: { b: 2 } })).toThrow('a is a single value there, not a group of values');
    expect(() => edit('a: {b: [1]}\n', { a: { b: { c: 2 } } })).toThrow('a.b is a list there, not a group of values');
    expect(() => edit('a: &x 5\nb: *x\n', { b: { c: 2 } })).toThrow('b is a single value there, not a group of values');
    expect(() => edit('- a\n', { b: 2 })).toThrow('the whole file is a list there, not a group of values');
  });

  test('that is written in a way of its own is changed all the same', () => {
    const before = '? a\n: b: 1\n';
    expect(parse(edit(before, { a: { c: 2 } }))).toEqual({ a: { b: 1, c: 2 } });
  });
});

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
