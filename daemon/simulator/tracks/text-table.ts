/** One row of a text table, with the line it stands on for error messages. */
export interface TableRow {
  readonly line: number;
  readonly fields: readonly string[];
}

export interface TextTable {
  /** Names of the columns, lower case, when a line of words stands before the numbers, behind a '#' or not. */
  readonly header: readonly string[] | undefined;
  readonly rows: readonly TableRow[];
}

const isNumber = (field: string) => field !== '' && Number.isFinite(Number(field));

/**
 * Splits comma, semicolon, tab or blank separated text. Lines that start with '#' or '//' are comments; the last one
 * before the first row whose fields look like column names is the header (F1TENTH writes its header so).
 */
export function readTextTable(text: string): TextTable {
  let header: string[] | undefined;
  const rows: TableRow[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, raw] of lines.entries()) {
    const trimmed = raw.trim();
    if (trimmed === '') continue;
    const comment = /^(?:#|\/\/)+\s*(.*)$/.exec(trimmed);
    const fields = splitFields(comment?.[1] ?? trimmed);
    const isHeader = fields.length >= 2 && fields.every((field) => /^[A-Za-z_][\w .()/[\]-]*$/.test(field));
    if (rows.length === 0 && isHeader && (comment !== null || header === undefined)) {
      header = fields.map((field) => field.toLowerCase());
      continue;
    }
    if (comment === null) rows.push({ line: index + 1, fields });
  }
  return { header, rows };
}

function splitFields(line: string): string[] {
  const separator = line.includes(';') ? ';' : line.includes(',') ? ',' : /\s+/;
  const fields = line.split(separator).map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  while (fields.length > 1 && fields.at(-1) === '') fields.pop();
  return fields;
}

/** The numbers of a row; undefined when one of its fields is none. */
export function rowNumbers(row: TableRow): number[] | undefined {
  return row.fields.every(isNumber) ? row.fields.map(Number) : undefined;
}
