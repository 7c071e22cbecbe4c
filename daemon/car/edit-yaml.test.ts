import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ConfigChanges, leaves } from './config-changes.ts';
import { editYaml } from './edit-yaml.ts';

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
