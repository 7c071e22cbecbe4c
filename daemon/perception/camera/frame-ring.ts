/** A frame's memory, and how many still read it: who waits for its fate, and the encoding of its JPEG. */
export interface FrameSlot {
  readonly rgb: Uint8Array;
  readers: number;
}

/**
 * A few frame buffers, made once. At any time one may be written, one holds the newest frame, and the rest are being
 * read; a buffer that is read or newest is never written.
 */
export class FrameRing {
  readonly #slots: readonly FrameSlot[];
  #newest: FrameSlot | undefined;
  #writing: FrameSlot | undefined;

  constructor(slotCount: number, frameBytes: number) {
    this.#slots = Array.from({ length: slotCount }, () => ({
      rgb: new Uint8Array(frameBytes),
      readers: 0,
    }));
  }

  get newest(): FrameSlot | undefined {
    return this.#newest;
  }

  /** The buffer for the next frame; undefined while readers hold all others. */
  claim(): FrameSlot | undefined {
    this.#writing = this.#slots.find((slot) => slot.readers === 0 && slot !== this.#newest);
    return this.#writing;
  }

  /** The claimed buffer is whole: it is the newest now. */
  publish(): void {
    if (this.#writing === undefined) throw new Error('no frame was being written');
    this.#newest = this.#writing;
    this.#writing = undefined;
  }
}
