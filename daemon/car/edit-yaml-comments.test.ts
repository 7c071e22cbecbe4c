import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Parser, parse, parseDocument } from 'yaml';
import { editYaml } from './edit-yaml.ts';
import { merge } from './load-config.ts';

/** A line of a file, and the entry that it is about: its group's name and its own. */
interface Line {
  readonly text: string;
  readonly about?: string;
}

interface File {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>> | readonly unknown[]>>;
}

interface EntryStyle {
  readonly value: string;
  readonly above: number;
  readonly gap: string;
  readonly isCommented: boolean;
}

const entryStyle: fc.Arbitrary<EntryStyle> = fc.record({
  value: fc.constantFrom(
    '1',
    '0x1F',
    '1.50',
    'word',
    "'# no'",
    '"a, b"',
    'true',
    "it's",
    '{x: 1,  y: [2]}',
    '[p,  q]',
    '"z"',
  ),
  above: fc.constantFrom(0, 0, 1, 2),
  gap: fc.constantFrom(' ', '   ', '\t'),
  isCommented: fc.boolean(),
});
const groupStyle = fc.record({
  kind: fc.constantFrom('group', 'list', 'group in brackets', 'list in brackets', 'group behind a bracket'),
  entries: fc.array(entryStyle, { minLength: 1, maxLength: 4 }),
  indent: fc.integer({ min: 1, max: 5 }),
  isEndingInComma: fc.boolean(),
  emptyLines: fc.nat(2),
  isCommented: fc.boolean(),
});
type GroupStyle = typeof groupStyle extends fc.Arbitrary<infer Style> ? Style : never;

const keys = ['alpha', 'beta', 'gamma', 'delta'];

/** Files with a comment of its own, which occurs once, at every place that may have one. */
const files: fc.Arbitrary<File> = fc
  .record({
    groups: fc.array(groupStyle, { minLength: 1, maxLength: 3 }),
    head: fc.constantFrom('', '\uFEFF', '---\n', '\n'),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    endsInLine: fc.boolean(),
  })
  .map(({ groups, head, lineEnd, endsInLine }) => {
    let count = 0;
    const comment = () => `# c${++count}.`;
    const lines = groups.flatMap((style, at) => linesOf(`group${at}`, style, comment));
    const text = head.replace('\n', lineEnd) + lines.map((line) => line.text).join(lineEnd);
    return { text: endsInLine ? text + lineEnd : text, lines, values: parse(text) as File['values'] };
  });

function linesOf(name: string, style: GroupStyle, comment: () => string): Line[] {
  const { kind, entries, indent, isEndingInComma, emptyLines, isCommented } = style;
  const isList = kind.startsWith('list');
  const isBlock = kind === 'group' || kind === 'list';
  const isBehind = kind === 'group behind a bracket';
  const blanks = ' '.repeat(indent);
  const opening = `${name}:${isBlock ? '' : isList ? ' [' : ' {'}`;
  const inner = entries.flatMap(({ value, above, gap, isCommented: isEnded }, at): Line[] => {
    // Comments over the first entry alone are about all of them.
    const isHeading = at === 0 && entries.slice(1).every((entry) => entry.above === 0);
    const about = `${name}.${isList ? at : keys[at]}`;
    const comma = isBlock || (at === entries.length - 1 && !isEndingInComma) ? '' : ',';
    const head = isList ? (isBlock ? '- ' : '') : `${keys[at]}: `;
    const own = `${head}${value}${comma}${isEnded ? gap + comment() : ''}`;
    const first = isBehind && at === 0;
    const over = Array.from({ length: first ? 0 : above }, () => {
      const text = blanks + comment();
      return { text, about: isHeading ? name : about };
    });
    return [...over, { text: first ? `${opening} ${own}` : blanks + own, about }];
  });
  return [
    ...Array.from({ length: emptyLines }, () => ({ text: '' })),
    ...(isBehind ? [] : [{ text: opening + (isCommented ? `  ${comment()}` : ''), about: name }]),
    ...inner,
    ...(isBlock ? [] : [{ text: `${blanks}${isList ? ']' : '}'}${isCommented ? ` ${comment()}` : ''}`, about: name }]),
  ];
}

/** Every comment, as YAML sees it: what looks like one between quotes is none. */
function commentsOf(text: string): string[] {
  const found: string[] = [];
  const walk = (token: unknown): void => {
    if (typeof token !== 'object' || token === null) return;
    if ('type' in token && token.type === 'comment' && 'source' in token) found.push(String(token.source));
    for (const inner of Object.values(token)) walk(inner);
  };
  for (const token of new Parser().parse(text)) walk(token);
  return found.toSorted();
}

/** Lines, but for the comma that an entry gets or loses with another behind it. */
const plain = (text: string) => text.replace(/^\uFEFF/, '').replace(/,(?=\s*(?:#.*)?$)/, '');
const plainLines = (text: string) => text.split(/\r?\n/).map(plain);

/** Of all lines that are not about what was changed, none is lost, and none is another. */
function expectKept(file: File, after: string, isChanged: (about: string) => boolean): void {
  const kept = file.lines.filter(({ about }) => about === undefined || !isChanged(about));
  expect(after.startsWith('\uFEFF')).toBe(file.text.startsWith('\uFEFF'));
  expect(after.includes('\r\n')).toBe(after.includes('\n') && file.text.includes('\r\n'));
  const left = plainLines(after);
  for (const { text } of kept) {
    const at = left.indexOf(plain(text));
    expect(at, `the line ${JSON.stringify(text)} of ${JSON.stringify(after)}`).toBeGreaterThanOrEqual(0);
    left.splice(at, 1);
  }
}

const newValue = fc.constantFrom<unknown>(7, 0.5, 'word', 'a, b', '# none', '', false, ['x', 'y: z'], []);
const hash = /c\d+\./;
const numbersOf = (texts: readonly string[]) =>
  texts.map((text) => hash.exec(text)?.[0]).filter((each) => each !== undefined);

describe('every comment', () => {
  const groupsOf = ({ values }: File) => Object.entries(values).filter(([, group]) => !Array.isArray(group));
  const listsOf = ({ values }: File) => Object.entries(values).filter(([, group]) => Array.isArray(group));

  test('stays where a value is changed or put in', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.constantFrom(...keys, 'brandNew'), newValue, (file, which, key, value) => {
        const groups = groupsOf(file);
        if (groups.length === 0) return;
        const [name, group] = groups[which % groups.length]!;
        const names = Object.keys(group);
        const shared = new RegExp(`${name}: \\{ `);
        const after = editYaml(file.text, [{ path: [name, key], value }]);
        expect(parse(after)).toEqual({ ...file.values, [name]: { ...group, [key]: value } });
        expect(commentsOf(after)).toEqual(commentsOf(file.text));
        // A new entry may stand on the line of the last, where a bracket is.
        const isShared = (about: string) => about === `${name}.${names.at(-1)}` && shared.test(file.text);
        expectKept(file, after, (about) => about === `${name}.${key}` || isShared(about));
        // And what stood behind a value stands there still.
        for (const { text } of file.lines.filter(({ text, about }) => about === `${name}.${key}` && hash.test(text))) {
          expect(after).toContain(text.slice(text.search(/# c\d/)));
        }
      }),
    );
  });

  test('stays where a value is taken out, but for those about it', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.nat(), (file, which, index) => {
        const groups = groupsOf(file);
        if (groups.length === 0) return;
        const [name, group] = groups[which % groups.length]!;
        const names = Object.keys(group);
        const key = names[index % names.length]!;
        const after = editYaml(file.text, [{ path: [name, key], value: null }]);
        const { [key]: _, ...others } = group as Record<string, unknown>;
        const { [name]: __, ...rest } = file.values;
        expect(parse(after) ?? {}).toEqual(names.length === 1 ? rest : { ...file.values, [name]: others });
        const isGone = (about: string) => (names.length === 1 ? about.startsWith(name) : about === `${name}.${key}`);
        const isOf = ({ about }: Line) => about !== undefined && isGone(about);
        const expected = numbersOf(file.lines.filter((line) => !isOf(line)).map(({ text }) => text));
        expect(numbersOf(commentsOf(after)).toSorted()).toEqual(expected.toSorted());
        // The line of a bracket stays where its first pair goes.
        const isBehind = file.lines.some(({ text, about }) => about === `${name}.${key}` && text.startsWith(name));
        expectKept(file, after, (about) => isGone(about) || (isBehind && about.startsWith(name)));
      }),
    );
  });

  test('of a list goes with its entry, and stays with it', () => {
    const fresh = fc.array(fc.constantFrom<unknown>('new', 8, 'a: b', ['q']), { maxLength: 2 });
    fc.assert(
      fc.property(files, fc.nat(), fc.infiniteStream(fc.nat(3)), fresh, (file, which, choice, added) => {
        const lists = listsOf(file);
        if (lists.length === 0) return;
        const [name, before] = lists[which % lists.length]! as [string, unknown[]];
        const texts = before.map((value) => JSON.stringify(value));
        // Which of two alike entries stays cannot be told.
        if (new Set(texts).size < texts.length) return;
        const order = before.map((_, at) => ({ at, by: choice.next().value! })).filter(({ by }) => by > 0);
        const kept = order.toSorted((one, other) => one.by - other.by).map(({ at }) => at);
        const values = [...kept.map((at) => before[at]), ...added];
        const after = editYaml(file.text, [{ path: [name], value: values }]);
        expect(parse(after)).toEqual({ ...file.values, [name]: values });
        const isGone = (about: string) => before.some((_, at) => !kept.includes(at) && about === `${name}.${at}`);
        const expected = numbersOf(file.lines.filter(({ about }) => !isGone(about ?? '')).map(({ text }) => text));
        const isSame = JSON.stringify(values) === JSON.stringify(before);
        if (!isSame) expect(numbersOf(commentsOf(after)).toSorted()).toEqual(expected.toSorted());
        expectKept(file, after, (about) => isGone(about) || about === name);
      }),
    );
  });
});

/** Entries as hardly anybody writes them, with `#!` where a comment is. */
const oddEntries = [
  ...['a: 1 #!\n', 'b:\n', 'b: #!\n', 'b:\n  #!\n', 'c: *x #!\n', 'd: &x {f:  1} #!\n', 'd: &x\n  f:  1 #!\n  #!\n'],
  ...['e:\n  #!\n  - p #!\n  #!\n\n  - q\n', 'e: [p, #!\n  q #!\n  ] #!\n', 'e: [\n  #!\n  p, q\n]\n', 'e: [] #!\n'],
  ...[
    'f: {f: 1, #!\n  #!\n  g: 2 #!\n  } #!\n',
    'f: {f: 1\n  #!\n  , g: 2 #!\n  , #!\n  }\n',
    'f: { #!\n}\n',
    'f: {f, g} #!\n',
  ],
  ...[
    '? g #!\n: 5 #!\n',
    '? g\n',
    'g: !!str 5 #!\n',
    'g: ! #!\n',
    'g: |+ #!\n  # text\n\n',
    'g: "x\n  # no\n  y" #!\n',
  ],
  ...['h:\n- - p #!\n  - q\n- {r: 1} #!\n-\n', 'h:\n  - x: 1 #!\n    y: 2\n  #!\n  - &z q #!\n', '"h": ~ #!\n'],
];
const oddFiles = fc
  .record({
    entries: fc.uniqueArray(fc.constantFrom(...oddEntries), { minLength: 1, maxLength: 5, selector: keyOf }),
    mark: fc.constantFrom('', '\uFEFF'),
    lineEnd: fc.constantFrom('\n', '\r\n'),
  })
  .map(({ entries, mark, lineEnd }) => {
    let count = 0;
    const numbered = entries.map((entry) => entry.replaceAll('#!', () => `# c${++count}.`).replaceAll('\n', lineEnd));
    return { text: mark + numbered.join(''), entries: numbered };
  })
  .filter(({ text }) => /^[^*]*$|&x[\s\S]*\*x/.test(text))
  .filter(({ text }) => parseDocument(text, { logLevel: 'silent' }).errors.length === 0);

function keyOf(entry: string): string {
  return /[a-z]/.exec(entry)![0];
}

test('the oddest file says what was asked for, or it is said in words why not, and no other entry loses a comment', () => {
  const paths = fc.tuple(fc.constantFrom(...'abcdefghn'), fc.constantFrom([], ['f'], ['g'], ['z'], ['f', 'g']));
  fc.assert(
    fc.property(oddFiles, paths, newValue, ({ text, entries }, [key, inner], value) => {
      const path = [key, ...inner];
      let after: string;
      try {
        after = editYaml(text, [{ path, value }]);
      } catch (error) {
        expect(String(error)).toMatch(/not a group of values|refer to it/);
        return;
      }
      const asked = path.reduceRight<unknown>((within, each) => ({ [each]: within }), value);
      expect(parse(after)).toEqual(merge(parse(text), asked));
      const others = entries.filter((entry) => keyOf(entry) !== key);
      const left = numbersOf(commentsOf(after));
      for (const comment of others.flatMap((entry) => numbersOf(commentsOf(entry)))) expect(left).toContain(comment);
    }),
  );
});
