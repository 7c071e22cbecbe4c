import { type ErrorCode, parseDocument, type YAMLError } from 'yaml';
import { reasonOf } from '../platform/reason-of.ts';
import { ToldError } from '../platform/user-error.ts';
import { trouble } from '../protocol/troubles.ts';

/** What is wrong, and what would be right, for those who write a few lines of YAML. */
const sentences: Partial<Record<ErrorCode, string>> = {
  BAD_INDENT: 'this line begins in the wrong column: keys of one group stand exactly below one another',
  BLOCK_AS_IMPLICIT_KEY:
    'a key stands where a value should end: a second colon in one line, or the next line begins further right than its neighbours',
  BLOCK_IN_FLOW: 'within { } or [ ] a comma is missing here, or a group lacks brackets of its own',
  UNEXPECTED_TOKEN: 'this does not fit what stands before it',
  DUPLICATE_KEY: 'this key stands twice in one group. Leave one of them',
  MULTILINE_IMPLICIT_KEY: 'this is no "key: value": a colon is missing, or a quote is not closed',
  MULTIPLE_DOCS: 'another document begins here. Take out the "---" between them',
  TAB_AS_INDENT: 'a tab stands before this line: right would be blanks',
  BAD_SCALAR_START: 'a value cannot begin like this: put it between quotes',
  BAD_DQ_ESCAPE: 'between "double quotes" a backslash has a meaning of its own: write \\\\, or use \'single quotes\'',
  BAD_ALIAS: 'a value that begins with * or & is a reference in YAML: put it between quotes',
  TAG_RESOLVE_FAILED: 'a value that begins with ! is a type in YAML: put it between quotes',
  KEY_OVER_1024_CHARS: 'this key is longer than 1024 letters',
};

/** Longer lines are cut, around the place that is meant. */
const shownLetters = 70;

/**
 * What YAML says, and JSON, which is YAML as well.
 * @throws UserError with the line, the column and the line itself.
 */
export function readYaml({ file, text }: { readonly file: string; readonly text: string }): unknown {
  const document = parseDocument(text, { logLevel: 'error' });
  const [fault] = document.errors;
  if (fault?.code === 'MULTIPLE_DOCS') {
    throw new ToldError(
      trouble('config-several-documents', { file }),
      `the configuration ${file} holds several documents. Leave one: take out the "---" between them.`,
    );
  }
  if (fault !== undefined) throw notYaml(file, describe(fault, text));
  try {
    return document.toJS();
  } catch (error) {
    throw notYaml(
      file,
      `: a value that begins with * is a reference in YAML, and one leads nowhere or to too much (${reasonOf(error)}). ` +
        'Put it between quotes.',
    );
  }
}

function notYaml(file: string, why: string): ToldError {
  return new ToldError(
    trouble('config-not-yaml', { file }),
    `the configuration ${file} is neither YAML nor JSON${why}`,
  );
}

function describe(fault: YAMLError, text: string): string {
  const [place] = fault.linePos ?? [];
  // The library adds the place, and the line, to its own words.
  const why = missing(fault) ?? sentences[fault.code] ?? fault.message.replace(/ at line \d[\s\S]*/, '');
  if (place === undefined) return `: ${why}.`;
  const { line, col } = place;
  return `, at line ${line}, column ${col}: ${why}.\n${shown(text.split('\n')[line - 1] ?? '', line, col)}`;
}

/** A character that is not there has no place of its own: the library names it. */
function missing({ code, message }: YAMLError): string | undefined {
  if (code !== 'MISSING_CHAR' && code !== 'BAD_INDENT') return undefined;
  const bracket = /must (?:.*and )?end with an? ([\]}])/.exec(message)?.[1];
  if (bracket !== undefined) return `a "${bracket === '}' ? '{' : '['}" is not closed: "${bracket}" is missing`;
  const quote = /closing (['"])quote/.exec(message)?.[1];
  if (quote !== undefined) return `a ${quote} is not closed: another ${quote} is missing`;
  if (message.startsWith('Implicit map keys'))
    return 'this is no "key: value": the colon and a blank behind it are missing';
  if (message.startsWith('Comments must')) return 'a comment begins with a blank before its #';
  if (message.startsWith('Sequence item')) return 'each entry of this list begins with "- "';
  const between = /^Missing (, or :|,|space after :)/.exec(message)?.[1];
  return between === undefined ? undefined : `"${between.replace('space after :', ': ')}" is missing before this`;
}

/** The line as it stands there, and below it where in it. */
function shown(content: string, line: number, column: number): string {
  const from = Math.max(0, column - 1 - Math.floor(shownLetters / 2));
  const part = content
    .slice(from, from + shownLetters)
    .replace(/\t/g, ' ')
    .replace(/\p{Cc}/gu, '?');
  const number = `  ${line} | `;
  return `${number}${part}\n${' '.repeat(number.length + column - 1 - from)}^`;
}
