import font from 'oled-font-5x7';

/** Rows of a line of text on a screen of 32, and columns of a letter with the gap behind it. */
const lineRows = 8;
const cellColumns = font.width + 1;

/** What a person reads on a line of the screen, of a picture with `#` for a lit pixel. A cell that is no letter reads `?`. */
export function readLine(picture: readonly string[], line: number): string {
  const rows = picture.slice(lineRows * line, lineRows * (line + 1));
  const cells = Math.floor((rows[0]?.length ?? 0) / cellColumns);
  const read = Array.from({ length: cells }, (_, cell) => letterAt(rows, cell * cellColumns));
  return read.join('').trimEnd();
}

function letterAt(rows: readonly string[], column: number): string {
  const columns = Array.from({ length: font.width }, (_, at) =>
    rows.reduce((byte, row, bit) => byte | (row[column + at] === '#' ? 1 << bit : 0), 0),
  );
  const glyph = font.lookup.findIndex((_, index) =>
    columns.every((byte, at) => font.fontData[index * font.width + at] === byte),
  );
  return font.lookup[glyph] ?? (columns.every((byte) => byte === 0) ? ' ' : '?');
}
