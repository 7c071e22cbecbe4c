import type { BatteryReading, BoardReadings } from '../protocol/board.ts';
import type { Mode } from '../protocol/modes.ts';

/** What somebody who stands beside the car wants to know of it. */
export interface CarAtAGlance {
  /** Where phones reach it; undefined where only this machine does. */
  readonly url: string | undefined;
  readonly mode: Mode;
  /** Why it cannot be armed; the first of them. */
  readonly obstacle: string | undefined;
  readonly battery: BatteryReading | undefined;
  readonly board: BoardReadings | undefined;
  /** Six digits, while a device may be paired. */
  readonly pairing: { readonly code: string; readonly forS: number } | undefined;
}

/** A font of one height and width: `fontData` has `width` bytes a glyph, each a column with its lowest bit on top. */
export interface BitmapFont {
  readonly width: number;
  readonly fontData: readonly number[];
  readonly lookup: readonly string[];
}

const columns = 128;
const pageRows = 8;
const linesOfText = 4;
/** Glyphs of five columns, and one between them. */
const lineLength = 21;

/** Four lines of at most 21 letters: where it is, how it is, how to pair a phone or how warm it is, what is in the way. */
export function statusLines(car: CarAtAGlance): string[] {
  const { url, mode, obstacle, battery, pairing } = car;
  return [
    url?.replace(/^https?:\/\//, '').replace(/\/$/, '') ?? 'this machine alone',
    bothEnds(mode, battery === undefined ? '' : inWords(battery)),
    pairing === undefined
      ? bothEnds(...surroundings(car.board))
      : bothEnds(`code ${pairing.code.slice(0, 3)} ${pairing.code.slice(3)}`, `${Math.ceil(pairing.forS / 60)} min`),
    obstacle ?? '',
  ].map((line) => line.slice(0, lineLength));
}

function inWords({ volts, share }: BatteryReading): string {
  const percent = share === undefined ? '' : ` ${Math.round(share * 100)}%`;
  return `${volts.toFixed(1)}V${percent}`;
}

function surroundings(board: BoardReadings | undefined): [string, string] {
  const hottest = Math.max(...(board?.temperatures ?? []).map(({ celsius }) => celsius));
  const signalDbm = board?.wifi?.signalDbm;
  return [
    Number.isFinite(hottest) ? `${Math.round(hottest)}°C` : '',
    signalDbm === undefined ? '' : `WiFi ${Math.round(signalDbm)}dBm`,
  ];
}

function bothEnds(left: string, right: string): string {
  return right === '' ? left : `${left}${' '.repeat(Math.max(1, lineLength - left.length - right.length))}${right}`;
}

/**
 * Text as a picture for the status screen, in the order of the SSD1306: pages of eight rows from the top, a byte a column. On 64 rows
 * every second page stays dark. A letter that the font lacks is a space.
 */
export function drawLines(lines: readonly string[], heightPx: 32 | 64, font: BitmapFont): Uint8Array {
  const picture = new Uint8Array((columns * heightPx) / pageRows);
  const pagesPerLine = heightPx / pageRows / linesOfText;
  for (const [index, line] of lines.slice(0, linesOfText).entries()) {
    const start = index * pagesPerLine * columns;
    for (const [place, letter] of [...line].slice(0, lineLength).entries()) {
      const glyph = font.lookup.indexOf(letter);
      if (glyph < 0) continue;
      const bytes = font.fontData.slice(glyph * font.width, (glyph + 1) * font.width);
      picture.set(bytes, start + place * (font.width + 1));
    }
  }
  return picture;
}
