import type { I2cBus } from '../bus/i2c-bus.ts';

/** Control bytes (SSD1306 data sheet rev. 1.1, section 8.1.5.2): what follows is commands, or the picture. */
const commandStream = 0x00;
const pictureStream = 0x40;
const displayOff = 0xae;
const displayOn = 0xaf;

const screenWidthPx = 128;
export type ScreenHeightPx = 32 | 64;
/** Eight rows are a page; a byte is a column of one, its lowest bit on top. */
const pageRows = 8;
/** Short, so that the wheels wait 0.5 ms for one at 400 kHz, and 2 ms at 100 kHz. */
const chunkBytes = 16;

/** How many bytes a whole picture has: pages from the top, columns from the left. */
export function pictureBytes(heightPx: ScreenHeightPx): number {
  return (screenWidthPx * heightPx) / pageRows;
}

/**
 * A screen of 128 columns behind an SSD1306. What it shows is brought to the chip a piece at a time, and only what has changed.
 * The chip says nothing back: whether it kept its power is not to be seen, so everything is written anew after `begin`.
 */
export class Ssd1306 {
  readonly #address: number;
  readonly #heightPx: ScreenHeightPx;
  #wanted: Uint8Array;
  readonly #shown: Uint8Array;
  /** Chunks of which it is not known what the chip holds. */
  readonly #unknown = new Set<number>();
  #isOn = false;

  constructor(address: number, heightPx: ScreenHeightPx) {
    this.#address = address;
    this.#heightPx = heightPx;
    this.#wanted = new Uint8Array(pictureBytes(heightPx));
    this.#shown = new Uint8Array(pictureBytes(heightPx));
  }

  /** @returns false for a picture of another size, which is not shown. */
  show(picture: Uint8Array): boolean {
    if (picture.length !== pictureBytes(this.#heightPx)) return false;
    this.#wanted = picture;
    return true;
  }

  /** Sets the chip up, as after its power-on; one transfer. It stays dark until the first picture is whole. */
  async begin(bus: I2cBus): Promise<void> {
    for (let chunk = 0; chunk < this.#wanted.length / chunkBytes; chunk++) this.#unknown.add(chunk);
    this.#isOn = false;
    await this.#command(
      bus,
      // Clock as after reset; so many rows, from the first one on, none shifted.
      ...[0xd5, 0x80, 0xa8, this.#heightPx - 1, 0xd3, 0x00, 0x40],
      // The charge pump makes the panel's voltage from 3.3 V (application note, section 2).
      ...[0x8d, 0x14],
      // Columns count on, page after page; column 127 and the last row at the connector's corner.
      ...[0x20, 0x00, 0xa1, 0xc8],
      // How the rows of the two panels are wired to the chip; contrast, precharge and level as Adafruit's library has them.
      ...[0xda, this.#heightPx === 32 ? 0x02 : 0x12, 0x81, 0x8f, 0xd9, 0xf1, 0xdb, 0x40],
      // No scrolling, the memory is shown, a set bit is lit.
      ...[0x2e, 0xa4, 0xa6],
    );
  }

  /** Brings one piece that differs to the chip: two short transfers. None, when the chip shows what it should. */
  async draw(bus: I2cBus): Promise<void> {
    const chunk = this.#nextChunk();
    if (chunk === undefined) {
      if (!this.#isOn) await this.#command(bus, displayOn);
      this.#isOn = true;
      return;
    }
    const at = chunk * chunkBytes;
    const bytes = Uint8Array.from(this.#wanted.subarray(at, at + chunkBytes));
    const page = Math.floor(at / screenWidthPx);
    const column = at % screenWidthPx;
    this.#unknown.add(chunk);
    await this.#command(bus, 0x21, column, column + chunkBytes - 1, 0x22, page, page);
    await bus.writeRegisters(this.#address, pictureStream, bytes);
    this.#shown.set(bytes, at);
    this.#unknown.delete(chunk);
  }

  async turnOff(bus: I2cBus): Promise<void> {
    this.#isOn = false;
    await this.#command(bus, displayOff);
  }

  #nextChunk(): number | undefined {
    for (let chunk = 0; chunk < this.#wanted.length / chunkBytes; chunk++) {
      const at = chunk * chunkBytes;
      const wanted = this.#wanted.subarray(at, at + chunkBytes);
      if (this.#unknown.has(chunk) || Buffer.compare(wanted, this.#shown.subarray(at, at + chunkBytes)) !== 0) {
        return chunk;
      }
    }
    return undefined;
  }

  #command(bus: I2cBus, ...bytes: number[]): Promise<void> {
    return bus.writeRegisters(this.#address, commandStream, Uint8Array.from(bytes));
  }
}
