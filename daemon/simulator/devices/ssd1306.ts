import type { RegisterDevice } from './bus.ts';

/** Control bytes (SSD1306 data sheet rev. 1.1, section 8.1.5.2), which stand where other chips have a register. */
const commandStream = 0x00;
const pictureStream = 0x40;

const columns = 128;
const pages = 8;
const pageRows = 8;

/** Bytes that follow a command (table 9-1), of those that have any. */
const operands: Readonly<Record<number, number>> = {
  32: 1, // addressing mode
  33: 2, // columns
  34: 2, // pages
  38: 6, // scrolling right, left, both with rows, its area
  39: 6,
  41: 5,
  42: 5,
  163: 2,
  129: 1, // contrast
  141: 1, // charge pump
  168: 1, // multiplex ratio
  211: 1, // offset
  213: 1, // clock
  217: 1, // precharge
  218: 1, // COM pins
  219: 1, // level
};

/**
 * Model of the SSD1306 behind I2C, as far as a picture depends on it: memory, addressing modes, which corner is the first, what
 * turns it dark. Not modelled: scrolling, contrast, the panel's wiring (COM pins), and that RAM holds noise after power-on.
 */
export class Ssd1306 implements RegisterDevice {
  readonly #memory = new Uint8Array(columns * pages);
  #isOn = false;
  #hasPump = false;
  #isInverted = false;
  #isAllLit = false;
  #mode: 'horizontal' | 'vertical' | 'page' = 'page';
  #columns = { first: 0, last: columns - 1, at: 0 };
  #pages = { first: 0, last: pages - 1, at: 0 };
  #isMirrored = false;
  #isUpsideDown = false;
  #rows = columns / 2;
  #firstRow = 0;
  #offsetRows = 0;

  answersTo(_address: number): boolean {
    return false;
  }

  write(register: number, bytes: readonly number[], _nowMs?: number): void {
    if (register === pictureStream) for (const byte of bytes) this.#store(byte);
    else if (register === commandStream) this.#obey(bytes);
  }

  /** A status byte whatever is asked for: bit 6 says that it is dark (table 9-3). */
  read(_register: number, length: number, _nowMs?: number): number[] {
    return Array.from({ length }, () => (this.#isOn ? 0x00 : 0x40));
  }

  /** Whether the panel gives light at all. */
  get isLit(): boolean {
    return this.#isOn && this.#hasPump;
  }

  /** What a person sees, row by row from the top, `#` for a lit pixel; on a panel that is mounted as the usual modules are. */
  picture(): string[] {
    return Array.from({ length: this.#rows }, (_, row) =>
      Array.from({ length: columns }, (_each, column) => (this.#isLitAt(column, row) ? '#' : ' ')).join(''),
    );
  }

  #isLitAt(column: number, row: number): boolean {
    if (!this.isLit) return false;
    if (this.#isAllLit) return true;
    // The modules' connector is at the chip's far corner: remapped and scanned backwards the picture stands upright.
    const fromColumn = this.#isMirrored ? column : columns - 1 - column;
    const scanned = this.#isUpsideDown ? row : this.#rows - 1 - row;
    const fromRow = (scanned + this.#offsetRows + this.#firstRow) % (pages * pageRows);
    const byte = this.#memory[Math.floor(fromRow / pageRows) * columns + fromColumn]!;
    return ((byte >> (fromRow % pageRows)) & 1) === (this.#isInverted ? 0 : 1);
  }

  #store(byte: number): void {
    this.#memory[this.#pages.at * columns + this.#columns.at] = byte & 0xff;
    switch (this.#mode) {
      case 'page':
        this.#columns.at = (this.#columns.at + 1) % columns;
        return;
      case 'horizontal':
        if (advance(this.#columns)) advance(this.#pages);
        return;
      case 'vertical':
        if (advance(this.#pages)) advance(this.#columns);
        return;
    }
  }

  #obey(bytes: readonly number[]): void {
    for (let at = 0; at < bytes.length; ) {
      const command = bytes[at]!;
      const count = operands[command] ?? 0;
      const given = bytes.slice(at + 1, at + 1 + count);
      // A command that is cut off by the end of the transfer is none.
      if (given.length === count) this.#command(command, given[0] ?? 0, given[1] ?? 0);
      at += 1 + count;
    }
  }

  #command(command: number, first: number, second: number): void {
    if (command <= 0x0f) this.#columns.at = (this.#columns.at & 0xf0) | command;
    else if (command <= 0x1f) this.#columns.at = ((command & 0x07) << 4) | (this.#columns.at & 0x0f);
    else if (command === 0x20) this.#mode = (['horizontal', 'vertical', 'page', 'page'] as const)[first & 3]!;
    else if (command === 0x21) this.#columns = { first: first & 127, last: second & 127, at: first & 127 };
    else if (command === 0x22) this.#pages = { first: first & 7, last: second & 7, at: first & 7 };
    else if (command >= 0x40 && command <= 0x7f) this.#firstRow = command & 0x3f;
    else if (command === 0x8d) this.#hasPump = (first & 0x04) !== 0;
    else if (command === 0xa0 || command === 0xa1) this.#isMirrored = command === 0xa1;
    else if (command === 0xa4 || command === 0xa5) this.#isAllLit = command === 0xa5;
    else if (command === 0xa6 || command === 0xa7) this.#isInverted = command === 0xa7;
    else if (command === 0xa8) this.#rows = Math.max(16, (first & 0x3f) + 1);
    else if (command === 0xae || command === 0xaf) this.#isOn = command === 0xaf;
    else if (command >= 0xb0 && command <= 0xb7) this.#pages.at = command & 7;
    else if (command >= 0xc0 && command <= 0xcf) this.#isUpsideDown = (command & 0x08) !== 0;
    else if (command === 0xd3) this.#offsetRows = first & 0x3f;
  }
}

/** @returns whether it began anew. */
function advance(range: { first: number; last: number; at: number }): boolean {
  const isEnd = range.at === range.last;
  range.at = isEnd ? range.first : range.at + 1;
  return isEnd;
}
